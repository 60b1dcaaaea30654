/* SPDX-License-Identifier: MIT */
#include "lib/cli_help.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 79

/* Whether the synopsis names it: [-abc], [-a ARG] or [--name ...]. */
static bool
is_named(const char *synopsis, const struct cli_option *o)
{
	for (const char *p = synopsis; *p != '\0'; p++) {
		if (*p != '-' || p == synopsis || strchr("[ ", p[-1]) == NULL)
			continue;
		if (p[1] != '-') {
			size_t n = strspn(p + 1,
			    "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

			if (o->letter < CLI_LONG &&
			    memchr(p + 1, o->letter, n) != NULL)
				return true;
		} else if (o->name != NULL) {
			size_t n = strlen(o->name);

			if (strncmp(p + 2, o->name, n) == 0 &&
			    strchr("[] ", p[2 + n]) != NULL)
				return true;
		}
	}
	return false;
}

static void
print_option(const struct cli_option *o, bool with_letter)
{
	char left[64];
	int n = 0;

	if (with_letter && o->letter < CLI_LONG)
		n = snprintf(left, sizeof(left), "-%c%s", o->letter,
		    o->name != NULL ? ", " : "");
	else
		n = snprintf(left, sizeof(left), "    ");
	if (o->name != NULL)
		n += snprintf(
		    left + n, sizeof(left) - (size_t)n, "--%s", o->name);
	if (o->arg != NULL)
		snprintf(left + n, sizeof(left) - (size_t)n, "%s%s",
		    o->arg[0] == '[' ? "[=" : " ", o->arg + (o->arg[0] == '['));
	printf("  %-30s %s\n", left, o->help);
}

/* Folded where a bracket opens, so that an option and its argument stay
 * together. */
static void
print_usage(const struct cli *cli)
{
	int indent = printf("usage: %s ", cli->name), column = indent;
	const char *p = cli->synopsis;

	while (*p != '\0') {
		const char *next = strstr(p, " [");
		int n = (int)(next != NULL ? (size_t)(next - p) : strlen(p));

		if (column > indent && column + 1 + n > COLUMNS)
			column = printf("\n%*s", indent, "") - 1;
		else if (column > indent)
			column += printf(" ");
		column += printf("%.*s", n, p);
		p += n + (next != NULL);
	}
	printf("\n");
}

void
cli_help(
    const struct cli *cli, const struct cli_common *common, size_t n, bool all)
{
	const bool brief =
	    !all && strstr(cli->synopsis, "[option ...]") != NULL;

	print_usage(cli);
	printf("%s\n\n", cli->about);
	for (const struct cli_option *o = cli->options; o->letter != 0; o++)
		if (!brief || is_named(cli->synopsis, o))
			print_option(o, true);
	for (size_t i = 0; i < n; i++)
		if (!brief)
			print_option(common[i].option, common[i].with_letter);
	if (brief)
		printf("  %-30s the others, too; all of it: man %.*s\n",
		    "    --help=all", (int)strcspn(cli->name, " "), cli->name);
	if (cli->examples != NULL)
		printf("\n%s", cli->examples);
}
