/* SPDX-License-Identifier: MIT */
/*
 * The command line.  A feature with a file of its own has one line in the table
 * and one case, which hands the argument on.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/fixtures.h"
#include "lib/num.h"

#include "classify.h"
#include "keywords.h"
#include "keywords_find.h"
#include "level.h"
#include "match.h"
#include "patterns.h"
#include "reconfig.h"
#include "reject.h"
#include "rules_diff.h"
#include "rules_step.h"
#include "schema.h"
#include "settings.h"
#include "via.h"

enum {
	OPT_BY = CLI_LONG,
	OPT_CHECK,
	OPT_CLASSIFY,
	OPT_COLOR,
	OPT_CONFIG,
	OPT_COVERAGE,
	OPT_DEDUPE,
	OPT_DIFF,
	OPT_EXPLAIN,
	OPT_FORMAT,
	OPT_LIST,
	OPT_MAX_AGE,
	OPT_MAX_FUTURE,
	OPT_MEMBER,
	OPT_OLD,
	OPT_OVER,
	OPT_PARSE,
	OPT_RATE,
	OPT_NO_FILENAME,
	OPT_REDACT,
	OPT_REDACT_MEMBER,
	OPT_REJECT,
	OPT_SAMPLE,
	OPT_SCHEMA,
	OPT_SEVERITY,
	OPT_STATS,
	OPT_TEST,
	OPT_TEXT,
	OPT_VIA,
	OPT_VIA_ACCEPT,
	OPT_VIA_TIMEOUT
};

static const struct cli_option options[] = {
	{ 'A', "after-context", "N", "write N lines behind, too" },
	{ 'B', "before-context", "N", "write N lines before, too" },
	{ 'C', "context", "N", "write N lines around, too" },
	{ OPT_BY, "by", "NAME,...", "count --rate for each value apart" },
	{ 'c', "count", NULL, "write how many were kept, not what" },
	{ OPT_CHECK, "check", NULL, "validate, then exit" },
	{ OPT_CLASSIFY, "classify", "FILE", "set a class, by its keywords" },
	{ OPT_COLOR, "color", "WHEN", "auto, always or never [auto]" },
	{ OPT_CONFIG, "config", "FILE", "options, under \"rx-match\"" },
	{ OPT_COVERAGE, "coverage", NULL,
	    "count for each rule what it matched" },
	{ OPT_DEDUPE, "dedupe", "DURATION", "count repeats for that long" },
	{ OPT_DIFF, "diff", "RULES2", "say where these differ from -f" },
	{ 'e', "regexp", "REGEX", "search for this; again for more" },
	{ OPT_EXPLAIN, "explain", NULL, "say of each record why it is kept" },
	{ 'f', "rules", "RULES", "keep what the rules of this file keep" },
	{ OPT_FORMAT, "format", "FORMAT", "json, classic, raw or view" },
	{ 'H', "with-filename", NULL, "raw: begin lines with the file" },
	{ 'i', "ignore-case", NULL, "let -e match in either case" },
	{ 'k', "keywords", "[WORD,...]", "words, or @FILE [built-in]" },
	{ 'l', "files-with-matches", NULL, "write names of files only" },
	{ OPT_LIST, "list", NULL, "show keywords and severity map" },
	{ 'm', "max-count", "N", "stop after N kept, of each input" },
	{ OPT_MAX_AGE, "max-age", "DURATION", "drop records older than that" },
	{ OPT_MAX_FUTURE, "max-future", "DURATION",
	    "set later times to now and that" },
	{ OPT_MEMBER, "member", "NAME", "search in this one [log_line]" },
	{ 'n', "line-number", NULL, "raw: begin lines with the number" },
	{ OPT_NO_FILENAME, "no-filename", NULL, "raw: never with the file" },
	{ OPT_OLD, "old", "WHAT", "keep, drop, clamp or reject [drop]" },
	{ OPT_OVER, "over", "RATE", "--sample only above this" },
	{ OPT_PARSE, "parse", "NAME,...", "add members found in the text" },
	{ OPT_RATE, "rate", "RATE", "keep at most that many, as in 100/s" },
	{ OPT_REDACT, "redact", "WHAT",
	    "hide secrets: all, SET,... or NAME=REGEX" },
	{ OPT_REDACT_MEMBER, "redact-member", "NAME",
	    "hide them in this one [every one]" },
	{ OPT_REJECT, "reject", "FILE", "append what is refused, and why" },
	{ OPT_SAMPLE, "sample", "SHARE", "keep a share, as in 0.1" },
	{ OPT_SCHEMA, "schema", "FILE", "check against a JSON Schema" },
	{ OPT_SEVERITY, "severity-at-least", "LEVEL",
	    "critical, failure, error, warn or info" },
	{ OPT_STATS, "stats", "FILE", "own counters, for Prometheus" },
	{ OPT_TEST, "test", "DIR", "compare NAME.in with its NAME.out" },
	{ OPT_TEXT, "text", NULL, "take stdin as plain text" },
	{ 'v', "invert-match", NULL, "keep what does not match" },
	{ OPT_VIA, "via", "CMD", "pass stdin through this command instead" },
	{ OPT_VIA_ACCEPT, "via-accept", "STATUS,...",
	    "with which it may end [0]" },
	{ OPT_VIA_TIMEOUT, "via-timeout", "DURATION",
	    "how long it may do nothing [1m]" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli_habit habits[] = {
	{ "EGP", "each -e is a regular expression of PCRE2" },
	{ "F", "-kWORD searches for a word" },
	{ "rR", "rx-tail --once 'DIR/**' reads what lies below" },
	{ "w", "-kWORD searches for whole words" },
	{ NULL, NULL },
};
static struct cli cli = {
	.name = "rx-match",
	.synopsis = "[-cHilnv] [-A N] [-B N] [-C N] [-e REGEX] [-f RULES] "
		    "[-k[WORD,...]] [-m N] [--explain] [--format FORMAT] "
		    "[--severity-at-least LEVEL] [option ...] [FILE ...]",
	.about = "Keep the log records that matter and say how bad they are.",
	.options = options,
	.habits = habits,
	.examples = "  rx-tail /var/log/syslog | rx-match -k\n"
		    "  rx-match -e 'timed? out' --format raw app.log\n"
		    "  rx-match -k --severity-at-least error app.log\n",
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

/* The argument of -A, -B or -C. */
static intmax_t
around(struct job *j, const char *option, const char *arg)
{
	j->context.on = true;
	return (intmax_t)num_opt_u64(option, arg, 0, INTMAX_MAX);
}

/* An option that HUP may change. */
static void
set(int letter, const char *arg)
{
	const struct cli_option *o = options;

	while (o->letter != letter)
		o++;
	settings_option(o->name, arg);
}

bool
options_parse(struct job *j, int *n_args, char ***args)
{
	char **argv, why[CONF_WHY];
	intmax_t before = -1, after = -1, both = 0;
	int named = -1;
	bool checking = false, matching = false;
	const struct cli_config *config;
	int argc, ch, status;

	cli.versions = rex_versions();
	keywords_find_init();
	config = cli_config(&cli, OPT_CONFIG, n_args, args);
	reconfig_start(&cli, OPT_CONFIG, config, n_args, *args);
	argc = *n_args;
	argv = *args;
	while ((ch = cli_next(&cli, argc, argv)) != -1) {
		matching = matching ||
		    (ch != OPT_CHECK && ch != OPT_STATS && ch < OPT_VIA);
		switch (ch) {
		case 'A': after = around(j, "-A", optarg); break;
		case 'B': before = around(j, "-B", optarg); break;
		case 'C': both = around(j, "-C", optarg); break;
		case 'c': j->counting = true; break;
		case 'e': patterns_regex(OF_COMMAND, optarg); break;
		case 'H': named = 1; break;
		case 'f': rules_option(optarg); break;
		case 'i': patterns_ignore_case(OF_COMMAND); break;
		case 'k': patterns_words(OF_COMMAND, optarg); break;
		case 'l': j->listing = true; break;
		case 'm':
			j->most = num_opt_u64("-m", optarg, 0, UINT64_MAX);
			break;
		case 'n': j->numbered = true; break;
		case 'v': j->invert = true; break;
		case OPT_CHECK: checking = true; break;
		case OPT_CLASSIFY: classify_option(optarg); break;
		case OPT_COLOR: j->colour = parse_colour(optarg); break;
		case OPT_COVERAGE: rules_coverage_option(); break;
		case OPT_DIFF: diff_option(optarg); break;
		case OPT_EXPLAIN: j->explaining = true; break;
		case OPT_FORMAT: j->format = parse_format(optarg); break;
		case OPT_LIST: list();
		case OPT_NO_FILENAME: named = 0; break;
		case OPT_REJECT: reject_option(optarg); break;
		case OPT_SCHEMA: schema_option(optarg); break;
		case OPT_STATS: j->stats = optarg; break;
		case OPT_TEST: fixtures_option(optarg); break;
		case OPT_TEXT: j->as_text = true; break;
		case OPT_VIA: via_option(optarg); break;
		case OPT_VIA_ACCEPT: via_accept_option(optarg); break;
		case OPT_VIA_TIMEOUT: via_timeout_option(optarg); break;
		case OPT_BY:
		case OPT_DEDUPE:
		case OPT_MAX_AGE:
		case OPT_MAX_FUTURE:
		case OPT_MEMBER:
		case OPT_OLD:
		case OPT_OVER:
		case OPT_PARSE:
		case OPT_RATE:
		case OPT_REDACT:
		case OPT_REDACT_MEMBER:
		case OPT_SAMPLE:
		case OPT_SEVERITY: set(ch, optarg); break;
		default: break;
		}
	}
	if (via_asked()) {
		if (matching || patterns_any() || optind < argc)
			cli_usage(&cli,
			    "--via passes standard input through a command: no "
			    "other option and no FILE goes with it");
		return checking;
	}
	/* As in grep, the one that says less is no default for the other. */
	j->context.before = (uintmax_t)(before >= 0 ? before : both);
	j->context.after = (uintmax_t)(after >= 0 ? after : both);
	j->named = named >= 0 ? named : argc - optind > 1;
	if (j->listing && j->most > 1)
		j->most = 1;
	settings_ready(j);
	if ((status = patterns_build(j, why)) != EX_OK)
		die(status, "%s", why);
	j->operands = optind < argc;
	reconfig_allow(j);
	return checking;
}
