/*
 * rx-match -- keep the log records that matter and say how bad they are.
 * The case table is in match.h, the manual in rx-match(1).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

#include "keywords.h"
#include "keywords_find.h"
#include "level.h"
#include "match.h"

enum {
	OPT_CHECK = CLI_LONG,
	OPT_COLOR,
	OPT_FORMAT,
	OPT_LIST,
	OPT_MEMBER,
	OPT_SEVERITY,
	OPT_TEXT
};

static const struct cli_option options[] = {
	{ 'c', "count", NULL, "write how many were kept, not what" },
	{ OPT_CHECK, "check", NULL, "validate, then exit" },
	{ OPT_COLOR, "color", "WHEN", "auto, always or never [auto]" },
	{ 'e', "regexp", "REGEX", "search for this; again for more" },
	{ OPT_FORMAT, "format", "FORMAT", "json, classic, raw or view" },
	{ 'i', "ignore-case", NULL, "let -e match in either case" },
	{ 'k', "keywords", "[WORD,...]", "search for words [built-in]" },
	{ OPT_LIST, "list", NULL, "show keywords and severity map" },
	{ 'm', "max-count", "N", "stop after N kept, of each input" },
	{ OPT_MEMBER, "member", "NAME", "search in this one [log_line]" },
	{ OPT_SEVERITY, "severity-at-least", "LEVEL",
	    "critical, failure, error, warn or info" },
	{ OPT_TEXT, "text", NULL, "take stdin as plain text" },
	{ 'v', "invert-match", NULL, "keep what does not match" },
	{ 0, NULL, NULL, NULL },
};

static struct cli cli = {
	.name = "rx-match",
	.synopsis = "[-civ] [-e REGEX] [-k[WORD,...]] [-m N] [--check] "
		    "[--color WHEN] [--format FORMAT] [--list] [--member NAME] "
		    "[--severity-at-least LEVEL] [--text] [FILE ...]",
	.about = "Keep the log records that matter and say how bad they are.",
	.options = options,
	.examples = "  rx-tail /var/log/syslog | rx-match -k\n"
		    "  rx-match -e 'timed? out' --format raw app.log\n",
};

static _Noreturn void
list(void)
{
	struct outbuf out;

	outbuf_init(&out, STDOUT_FILENO);
	keywords_list(&out);
	level_list(&out);
	if (outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	exit(EX_OK);
}

/* Which of the words it is, n when it is none. */
static size_t
one_of(const char *word, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && (words[i] == NULL || strcmp(word, words[i]) != 0))
		i++;
	return i;
}

static enum format
parse_format(const char *word)
{
	static const char *const formats[] = { [FORMAT_JSON] = "json",
		[FORMAT_CLASSIC] = "classic",
		[FORMAT_RAW] = "raw",
		[FORMAT_VIEW] = "view" };

	size_t i = one_of(word, formats, sizeof(formats) / sizeof(*formats));

	if (i == sizeof(formats) / sizeof(*formats))
		cli_usage(
		    &cli, "--format %s: json, classic, raw or view", word);
	return (enum format)i;
}

static enum colour
parse_colour(const char *word)
{
	static const char *const whens[] = { [COLOUR_AUTO] = "auto",
		[COLOUR_ALWAYS] = "always",
		[COLOUR_NEVER] = "never" };
	size_t i = one_of(word, whens, sizeof(whens) / sizeof(*whens));

	if (i == sizeof(whens) / sizeof(*whens))
		cli_usage(&cli, "--color %s: auto, always or never", word);
	return (enum colour)i;
}

static void
add_words(struct job *j, const char *list_of_words)
{
	char why[REX_WHY];
	int got;

	got = list_of_words == NULL
	    ? keywords_builtin(j->rex, why)
	    : keywords_given(j->rex, span_of(list_of_words), why);
	if (got < 0)
		die(EX_USAGE, "-k: %s", why);
	j->only_builtin = list_of_words == NULL && !j->searching;
	j->searching = true;
}

static void
add_regexes(struct job *j, char *const *regexes, size_t n, unsigned flags)
{
	char why[REX_WHY];

	for (size_t i = 0; i < n; i++) {
		if (rex_add(j->rex, span_of(regexes[i]), flags, why) < 0)
			die(EX_USAGE, "-e %s: %s", regexes[i], why);
		j->searching = true;
		j->only_builtin = false;
	}
}

static bool
parse(struct job *j, int argc, char *argv[])
{
	char **regexes = calloc((size_t)argc + 1, sizeof(*regexes));
	bool checking = false;
	unsigned flags = 0;
	size_t n = 0;
	int ch;

	if (regexes == NULL || (j->rex = rex_new()) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case 'c': j->counting = true; break;
		case 'e': regexes[n++] = optarg; break;
		case 'i': flags |= REX_ICASE; break;
		case 'k': add_words(j, optarg); break;
		case 'm':
			j->most = num_opt_u64("-m", optarg, 0, UINT64_MAX);
			break;
		case 'v': j->invert = true; break;
		case OPT_CHECK: checking = true; break;
		case OPT_COLOR: j->colour = parse_colour(optarg); break;
		case OPT_FORMAT: j->format = parse_format(optarg); break;
		case OPT_LIST: list();
		case OPT_MEMBER: j->member = optarg; break;
		case OPT_SEVERITY:
			j->bar = severity_parse(span_of(optarg));
			if (j->bar == SEVERITY_NONE)
				cli_usage(&cli,
				    "--severity-at-least %s: no such severity",
				    optarg);
			break;
		case OPT_TEXT: j->as_text = true; break;
		default: break;
		}
	add_regexes(j, regexes, n, flags);
	free(regexes);
	if (!j->searching && j->bar == SEVERITY_NONE)
		add_words(j, NULL);
	return checking;
}

static void
prepare(struct job *j)
{
	char why[REX_WHY];

	rex_always(j->rex, SPAN(RECORD_CONTROL));
	if (j->only_builtin)
		rex_sieve(j->rex, keywords_may);
	if (rex_compile(j->rex, why) < 0 || severity_init(why) < 0)
		die(EX_TEMPFAIL, "%s", why);
	if (rex_interpreted(j->rex))
		warn("no JIT for patterns here, which is slower: memory may "
		     "not be writable and executable");
	j->terminal = isatty(STDOUT_FILENO) == 1;
	if (j->format == FORMAT_AUTO)
		j->format = j->terminal ? FORMAT_VIEW : FORMAT_JSON;
	j->coloured = view_coloured(j->colour, j->terminal);
	if (rtime_init(&j->rtime, NULL) < 0)
		die(EX_USAGE, "TZ names no zone");
	buf_init(&j->text);
	buf_init(&j->line);
	buf_init(&j->label);
	record_init(&j->record);
}

static void
status(void *arg)
{
	const struct job *j = arg;

	info("%ju lines read, %ju kept, %ju no records, %ju too long, "
	     "%ju at a pattern's bound",
	    j->all_lines, j->all_kept, j->not_records,
	    j->overlong + j->in.overlong, j->limited);
}

/* Only what ends at a terminal may lose its marks. */
static void
begin_marked(struct job *j)
{
	const char *why = j->counting                  ? "-c"
	    : j->format == FORMAT_RAW                  ? "--format raw"
	    : j->format == FORMAT_VIEW && !j->terminal ? "--format view"
						       : NULL;

	j->marked = true;
	if (why != NULL)
		die(EX_USAGE,
		    "the input is marked, and %s has no place for marks", why);
}

/* Reads one input to its end; false when it cannot be read. */
static bool
run(struct job *j, int fd, int stop_fd, bool may_be_records)
{
	bool first = true, records = false;
	struct span block;
	int got;

	lines_init(&j->in, fd, stop_fd);
	j->kept = j->lines_before = 0;
	for (;;) {
		if (job_done(j) && !j->marked && !first)
			return true;
		/* Before we may wait, hand on all we have. */
		if (!lines_ready(&j->in) && outbuf_flush(&j->out) < 0)
			die_sys(EX_IOERR, "unable to write stdout");
		if ((got = lines_block(&j->in, &block)) <= 0)
			return got == 0;
		stop_poll();
		if (first) {
			records = may_be_records && block.at[0] == '{';
			if (records && record_is_control(block))
				begin_marked(j);
			first = false;
		}
		if (records)
			filter_block(j, block);
		else
			text_block(j, block);
	}
}

static void
write_count(struct job *j, bool named)
{
	char digits[NUM_DIGITS];

	if (named) {
		outbuf_add(&j->out, span_of(j->name));
		outbuf_add(&j->out, SPAN(":"));
	}
	outbuf_line(
	    &j->out, (struct span){ digits, num_render(digits, j->kept) });
}

static void
input(struct job *j, const char *name, int stop_fd, bool named)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = STDIN_FILENO;

	j->name = name;
	if (!is_stdin && (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0) {
		warn_sys("unable to open %s", name);
		j->unreadable++;
		return;
	}
	if (!run(j, fd, stop_fd, is_stdin && !j->as_text)) {
		if (is_stdin)
			die_sys(EX_IOERR, "unable to read stdin");
		warn_sys("unable to read %s", name);
		j->unreadable++;
	}
	j->overlong += j->in.overlong;
	lines_release(&j->in);
	if (!is_stdin)
		close(fd);
	if (j->counting)
		write_count(j, named);
}

static void
release(struct job *j)
{
	record_release(&j->record);
	buf_release(&j->text);
	buf_release(&j->line);
	buf_release(&j->label);
	rex_free(j->rex);
	severity_release();
}

static int
finish(struct job *j)
{
	uintmax_t refused = j->not_records + j->overlong + j->unreadable;

	if (outbuf_close(&j->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (j->not_records > 0)
		warn("%ju lines dropped that are no records", j->not_records);
	if (j->overlong > 0)
		warn("%ju lines dropped that are too long", j->overlong);
	if (j->limited > 0)
		warn("%ju records passed on which a pattern reached its bound",
		    j->limited);
	if (j->too_large > 0)
		warn("%ju records passed without severity, being too long",
		    j->too_large);
	if (j->replaced > 0)
		warn("%ju bytes replaced that are not UTF-8", j->replaced);
	if (refused > 0)
		return EX_PARTLY;
	return j->all_kept > 0 || j->marked || stop_asked() ? EX_OK : EX_PARTLY;
}

int
main(int argc, char *argv[])
{
	struct job j = { .member = "log_line", .most = UINTMAX_MAX };
	int stop_fd, status_code;

	diag_init("rx-match");
	cli.versions = rex_versions();
	bool checking = parse(&j, argc, argv);
	prepare(&j);
	if (checking) {
		release(&j);
		return EX_OK;
	}
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	stop_on_status(status, &j);
	outbuf_init(&j.out, STDOUT_FILENO);
	if (confine(optind < argc ? "stdio rpath" : "stdio") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	if (optind == argc)
		input(&j, "-", stop_fd, false);
	for (int i = optind; i < argc && !stop_asked(); i++)
		input(&j, argv[i], stop_fd, argc - optind > 1);
	status_code = finish(&j);
	release(&j);
	return status_code;
}
