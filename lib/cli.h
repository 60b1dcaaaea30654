/* SPDX-License-Identifier: MIT */
/*
 * cli -- the command line, one way for every tool.
 *
 * Shape   A tool describes its options in one table; --help comes from there.
 *         cli_next() is getopt_long(3) over that table and the options every
 *         tool has, which it carries out itself: -h --help[=all], -V --version,
 *         -v --verbose, -q --quiet, --log-format text|json, --drain DURATION.
 *         A tool whose table uses the letter v or V or h or q keeps it; the
 *         common option then has only its long name.
 * Help    --help shows what fits a screen: of the options those that the
 *         synopsis names, where it ends in "[option ...]".  --help=all shows
 *         each.
 * Optional An argument written in brackets, "[WORD,...]", may be left out:
 *         -k or -kWORD, --keywords or --keywords=WORD; optarg is then NULL.
 * Verbs   A tool with verbs has one struct cli for each; name is then
 *         "rx-spool push".
 * Habits  Letters that the tools have which a user knows from elsewhere, and
 *         what to do here instead; told when one is given.
 * Errors  A wrong option: usage and the nearest right name on stderr, exit
 *         EX_USAGE.  --help and --version exit EX_OK, or EX_IOERR when stdout
 *         fails.
 * Versions  lines for --version: the libraries of a tool and what was left out
 *         of the build, "pcre2 10.42", "libhs not built in".
 */
#ifndef RX_CLI_H
#define RX_CLI_H

#include <stddef.h>

struct cli_option {
	int letter; /* the short option, or a number from CLI_LONG on */
	const char *name; /* the long one, NULL: none */
	const char *arg; /* what its argument is called, NULL: none,
			   * "[NAME]": may be left out */
	const char *help; /* a phrase, its default in brackets */
};

#define CLI_LONG 256 /* letters from here on have no short form */

struct cli_habit {
	const char *letters; /* none of them an option of the tool */
	const char *instead; /* half a sentence */
};

struct cli {
	const char *name; /* "rx-tail" */
	const char *synopsis; /* after the name, as SYNOPSIS has it */
	const char *about; /* one sentence */
	const struct cli_option *options; /* ends with a zeroed one */
	const char *examples; /* a few lines that work as typed */
	const char *versions; /* lines for --version, or NULL */
	const struct cli_habit *habits; /* ends with a zeroed one, or NULL */
};

/* The letter of the next option, its argument in optarg; -1 at the end. */
int cli_next(const struct cli *, int argc, char *argv[]);

/* Where in a file of --config it stands, "file:line:column: "; NULL: it does
 * not. */
const char *cli_place(void);

/*
 * usage and why on stderr, exit EX_USAGE; of an option in a file its place and
 * why, exit EX_CONFIG.
 */
_Noreturn void cli_usage(const struct cli *, const char *why, ...)
    __attribute__((format(printf, 2, 3)));

#endif
