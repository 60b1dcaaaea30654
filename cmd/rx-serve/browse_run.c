/* SPDX-License-Identifier: MIT */
/* Which commands there are, and what may be said to each. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/browse.h"
#include "cmd/rx-serve/browse_part.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/num.h"

#define LINES 10 /* of head and tail */

static const struct browse_command {
	const char *name;
	const char *letters; /* options without an argument */
	bool counts; /* -n N, -c N */
	bool needs_path;
	void (*run)(const struct browse *);
} commands[] = {
	{ "cat", "", false, true, browse_cat },
	{ "head", "", true, true, browse_head },
	{ "ls", "1Aadln", false, false, browse_ls },
	{ "sha256sum", "", false, true, browse_sha256sum },
	{ "stat", "", false, true, browse_stat },
	{ "tail", "", true, true, browse_tail },
};

static int64_t left = BROWSE_BYTES;
static bool failed;

void
browse_put(const char *bytes, size_t n)
{
	if ((left -= (int64_t)n) < 0)
		die(EX_IOERR, "more than 1 GiB is not written");
	if (fwrite(bytes, 1, n, stdout) != n)
		die_sys(EX_IOERR, "unable to write stdout");
}

void
browse_putf(const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > 0)
		browse_put(text,
		    (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* Whoever made the name does not write to the terminal. */
void
browse_name(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name >= ' ' && *name <= '~' && *name != '\\')
			browse_put(name, 1);
		else
			browse_putf("\\x%02x", (unsigned char)*name);
}

void
browse_failed(const char *path)
{
	if (errno == EXDEV || errno == ELOOP)
		errno = ENOENT; /* what is elsewhere is not there */
	warn_sys("%s", path);
	failed = true;
}

static const struct browse_command *
find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	die(EX_USAGE,
	    "only cat, head, ls, sha256sum, stat and tail are for use here");
}

static void
set_count(struct browse *b, char unit, const char *text)
{
	const char *why;

	b->unit = unit;
	b->from_start = *text == '+';
	if (num_u64(span_of(text + (*text == '+' || *text == '-')), &b->count,
		&why) < 0)
		die(EX_USAGE, "-%c %s: no number", unit, text);
}

/* One word of options; the number of words it took. */
static size_t
take_options(
    struct browse *b, const struct browse_command *c, char *const word[])
{
	const char *o = word[0] + 1;

	if (c->counts && isdigit((unsigned char)*o)) {
		set_count(b, 'n', o);
		return 1;
	}
	if (c->counts && (*o == 'n' || *o == 'c')) {
		if (o[1] == '\0' && word[1] == NULL)
			die(EX_USAGE, "%s: needs a number", word[0]);
		set_count(b, *o, o[1] == '\0' ? word[1] : o + 1);
		return o[1] == '\0' ? 2 : 1;
	}
	for (; *o != '\0'; o++)
		if (strchr(c->letters, *o) == NULL)
			die(EX_USAGE, "%s: no such option here: %s", c->name,
			    word[0]);
		else
			b->letters[(unsigned char)*o] = true;
	return 1;
}

static char *
below_root(const char *operand)
{
	const char *root = beneath_root(0);
	char *path;

	if (*operand == '/')
		path = strdup(operand);
	else if (asprintf(&path, "%s/%s", root, operand) < 0)
		path = NULL;
	return or_die(path);
}

static void
run(char *const words[])
{
	const struct browse_command *c = find(words[0]);
	struct browse b = { .unit = 'n', .count = LINES };
	char *paths[BROWSE_WORDS];
	size_t i = 1;

	while (words[i] != NULL && words[i][0] == '-' && words[i][1] != '\0') {
		if (strcmp(words[i], "--") == 0) {
			i++;
			break;
		}
		i += take_options(&b, c, words + i);
	}
	if (words[i] == NULL && c->needs_path)
		die(EX_USAGE, "%s: of which file?", c->name);
	if (words[i] == NULL)
		paths[b.n_paths++] = below_root(".");
	for (; words[i] != NULL; i++)
		paths[b.n_paths++] = below_root(words[i]);
	b.paths = paths;
	c->run(&b);
	while (b.n_paths > 0)
		free(paths[--b.n_paths]);
}

int
browse_run(void)
{
	const char *command = getenv("SSH_ORIGINAL_COMMAND");
	struct browse_words words = { .n = 0 };
	const char *why;

	if (command == NULL)
		die(EX_USAGE, "there is no shell here: ask for a command");
	if ((why = browse_split(&words, command)) != NULL)
		die(EX_USAGE, "refused: %s", why);
	alarm(BROWSE_S);
	tzset();
	if (beneath_allow() < 0 || confine("stdio rpath") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	run(words.list);
	browse_release(&words);
	if (fflush(stdout) != 0)
		die_sys(EX_IOERR, "unable to write stdout");
	return failed ? EX_PARTLY : EX_OK;
}
