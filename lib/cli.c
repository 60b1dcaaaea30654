/* SPDX-License-Identifier: MIT */
#include "lib/cli.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/cli_help.h"
#include "lib/cli_tables.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

/* What of the arguments is of a file of --config. */
static struct {
	char *const *args, *const *places;
	size_t n;
	const char *place; /* of the option at hand; NULL: the command line */
} file;

/* Letters of the common options that no tool's table can use. */
enum {
	COMMON_DRAIN = CLI_LONG + 1000,
	COMMON_LOG_FORMAT,
	COMMON_HELP,
	COMMON_VERSION,
	COMMON_VERBOSE,
	COMMON_QUIET,
	COMMON_SECTIONS = CLI_SECTIONS
};

static const struct {
	struct cli_option option;
	int id;
} common[] = {
	{ { CLI_LONG, "drain", "DURATION", "on TERM, end within this [10s]" },
	    COMMON_DRAIN },
	{ { 'h', "help", "[all]", "what is used most, or all" }, COMMON_HELP },
	{ { CLI_LONG, "log-format", "FORMAT",
	      "text or json, on stderr [text]" },
	    COMMON_LOG_FORMAT },
	{ { 'q', "quiet", NULL, "errors only" }, COMMON_QUIET },
	{ { CLI_LONG, "sections", NULL,
	      "name what is in the file of --config" },
	    COMMON_SECTIONS },
	{ { 'v', "verbose", NULL, "say more" }, COMMON_VERBOSE },
	{ { 'V', "version", NULL, "version, libraries" }, COMMON_VERSION },
};
#define N_COMMON (sizeof(common) / sizeof(*common))

static bool
tool_has_letter(const struct cli *cli, int letter)
{
	for (const struct cli_option *o = cli->options; o->letter != 0; o++)
		if (o->letter == letter)
			return true;
	return false;
}

/* --sections is for who reads options from a file. */
static bool
is_for(const struct cli *cli, int id)
{
	if (id != COMMON_SECTIONS)
		return true;
	for (const struct cli_option *o = cli->options; o->letter != 0; o++)
		if (o->name != NULL && strcmp(o->name, "config") == 0)
			return true;
	return false;
}

static _Noreturn void
finish_stdout(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		die_sys(EX_IOERR, "unable to write stdout");
	exit(EX_OK);
}

static _Noreturn void
help(const struct cli *cli, const char *how)
{
	struct cli_common had[N_COMMON];
	size_t n = 0;

	if (how != NULL && strcmp(how, "all") != 0)
		cli_usage(cli, "--help %s: all, or nothing", how);
	for (size_t i = 0; i < N_COMMON; i++)
		if (is_for(cli, common[i].id))
			had[n++] = (struct cli_common){ &common[i].option,
				!tool_has_letter(
				    cli, common[i].option.letter) };
	cli_help(cli, had, n, how != NULL);
	finish_stdout();
}

static _Noreturn void
version(const struct cli *cli)
{
	printf(
	    "%.*s %s\n", (int)strcspn(cli->name, " "), cli->name, RX_VERSION);
	if (cli->versions != NULL)
		fputs(cli->versions, stdout);
	finish_stdout();
}

/* How many single edits lead from a to b. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= sizeof(row) / sizeof(*row))
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0]++;

		for (size_t j = 0; j < n; j++) {
			size_t best = corner + (a[i] != b[j]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			corner = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[n];
}

static const char *
nearest(const struct option *options, const char *wrong)
{
	const char *best = NULL;
	size_t least = strlen(wrong) / 3 + 1;

	for (; options->name != NULL; options++) {
		size_t d = distance(wrong, options->name);

		if (d < least) {
			least = d;
			best = options->name;
		}
	}
	return best;
}

void
cli_usage(const struct cli *cli, const char *format, ...)
{
	char why[DIAG_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (file.place == NULL)
		fprintf(stderr, "usage: %s %s\n", cli->name, cli->synopsis);
	die(EX_USAGE, "%s", why);
}

static _Noreturn void
wrong_letter(const struct cli *cli)
{
	const struct cli_habit *h = cli->habits;

	while (h != NULL && h->letters != NULL &&
	    strchr(h->letters, optopt) == NULL)
		h++;
	if (h != NULL && h->letters != NULL)
		cli_usage(cli, "no option -%c: %s", optopt, h->instead);
	cli_usage(cli, "no option -%c; see %s --help", optopt, cli->name);
}

static _Noreturn void
wrong_option(
    const struct cli *cli, const struct option *options, const char *word)
{
	const char *like;

	if (strncmp(word, "--", 2) != 0)
		wrong_letter(cli);
	for (const struct option *o = options; o->name != NULL; o++)
		if (strcspn(word + 2, "=") == strlen(o->name) &&
		    strncmp(word + 2, o->name, strlen(o->name)) == 0)
			cli_usage(cli, "--%s takes no argument", o->name);
	like = nearest(options, word + 2);
	if (like != NULL)
		cli_usage(cli, "no option %s; is --%s meant?", word, like);
	cli_usage(cli, "no option %s; see %s --help", word, cli->name);
}

/* Carries out a common option; false when ch is the tool's own. */
static bool
carry_out(const struct cli *cli, int ch)
{
	switch (ch) {
	case COMMON_HELP: help(cli, optarg);
	case COMMON_VERSION: version(cli);
	case COMMON_VERBOSE: diag_louder(); return true;
	case COMMON_QUIET: diag_quieter(); return true;
	case COMMON_SECTIONS: /* else cli_config() had ended it */
		cli_usage(cli, "--sections is about a file of --config");
	case COMMON_DRAIN:
		stop_drain_ms(
		    num_opt_duration("--drain", optarg, NUM_MS, 3600 * NUM_S) /
		    NUM_MS);
		return true;
	case COMMON_LOG_FORMAT:
		if (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0)
			cli_usage(cli, "--log-format %s: text or json", optarg);
		diag_json(optarg[0] == 'j');
		return true;
	default: return false;
	}
}

/* One of the words of getopt_long(3): no, required, optional argument. */
static int
argument_kind(const struct cli_option *o)
{
	if (o->arg == NULL)
		return no_argument;
	return o->arg[0] == '[' ? optional_argument : required_argument;
}

static size_t
add(const struct cli *cli, const struct cli_option *o, int id, char *letters,
    struct option *longs, size_t n)
{
	size_t at = strlen(letters);

	if (o->letter < CLI_LONG &&
	    (id == o->letter || !tool_has_letter(cli, o->letter))) {
		letters[at++] = (char)o->letter;
		for (int colons = argument_kind(o); colons > 0; colons--)
			letters[at++] = ':';
		letters[at] = '\0';
	}
	if (o->name != NULL && n < CLI_OPTIONS)
		longs[n++] =
		    (struct option){ o->name, argument_kind(o), NULL, id };
	return n;
}

void
cli_tables(const struct cli *cli, struct cli_tables *t)
{
	size_t n = 0;

	*t = (struct cli_tables){ .letters = ":" };
	for (const struct cli_option *o = cli->options; o->letter != 0; o++)
		n = add(cli, o, o->letter, t->letters, t->longs, n);
	for (size_t i = 0; i < N_COMMON; i++)
		if (is_for(cli, common[i].id))
			n = add(cli, &common[i].option, common[i].id,
			    t->letters, t->longs, n);
}

void
cli_places(char *const *args, char *const *places, size_t n)
{
	file.args = args;
	file.places = places;
	file.n = n;
}

const char *
cli_place(void)
{
	return file.place;
}

/* Each argument of a file is an option with its value in it. */
static void
find_place(const char *arg)
{
	file.place = NULL;
	for (size_t i = 0; i < file.n; i++)
		if (file.args[i] == arg)
			file.place = file.places[i];
	diag_about(file.place);
}

int
cli_next(const struct cli *cli, int argc, char *argv[])
{
	struct cli_tables t;

	cli_tables(cli, &t);
	opterr = 0;
	for (;;) {
		int before = optind == 0 ? 1 : optind;
		int ch = getopt_long(argc, argv, t.letters, t.longs, NULL);

		find_place(ch == -1 ? NULL : argv[optind - 1]);
		if (ch == ':')
			cli_usage(cli, "%s needs an argument",
			    argv[before < argc ? before : argc - 1]);
		if (ch == '?')
			wrong_option(cli, t.longs,
			    argv[before < argc ? before : argc - 1]);
		/* Common ones that share a letter come back by letter too. */
		for (size_t i = 0; i < N_COMMON; i++)
			if (ch == common[i].option.letter && ch < CLI_LONG &&
			    !tool_has_letter(cli, ch))
				ch = common[i].id;
		if (ch == -1 || !carry_out(cli, ch))
			return ch;
	}
}
