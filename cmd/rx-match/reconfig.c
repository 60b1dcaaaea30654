/* SPDX-License-Identifier: MIT */
#include "reconfig.h"

#include <stdbool.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "patterns.h"
#include "settings.h"
#include "steps.h"

static const struct cli *cli;
static int letter;
static const struct cli_config *started; /* NULL: no file */
static bool words_of_files;

void
reconfig_start(const struct cli *tool, int option, const struct cli_config *c,
    int *argc, char **argv)
{
	int n = 1;

	cli = tool;
	letter = option;
	started = c;
	if (c == NULL)
		return;
	patterns_replace(c->args, c->places, c->n);
	for (int i = 1; i < *argc; i++)
		if (i > (int)c->n || !patterns_own(argv[i]))
			argv[n++] = argv[i];
	argv[ *argc = n] = NULL;
}

void
reconfig_allow(struct job *j)
{
	if (started != NULL)
		steps_reread(j, started->path);
	words_of_files = patterns_reread(j);
}

static bool
is_taken(const char *arg)
{
	return patterns_own(arg) || settings_own(arg);
}

/* The options of the file as they are now; false: it is wrong, and why. */
static bool
take_config(struct job *j, struct cli_config *new, char why[CONF_WHY])
{
	if (cli_config_read(cli, letter, started->path, new, why) < 0)
		return false;
	cli_config_differs(started, new, is_taken);
	patterns_replace(new->args, new->places, new->n);
	if (settings_again(j, new, why) && patterns_build(j, why) == EX_OK) {
		settings_adopt(j, true);
		return true;
	}
	settings_adopt(j, false);
	patterns_bring_back();
	cli_config_release(new);
	return false;
}

void
reconfig(struct job *j)
{
	static struct cli_config current; /* the settings lend from it */
	struct cli_config new;
	char why[CONF_WHY];

	if (j->diffing) /* the same over all of the history, as its rules are */
		return;
	if (started != NULL) {
		if (!take_config(j, &new, why)) {
			warn("%s; the options stay as they were", why);
			return;
		}
		cli_config_release(&current);
		current = new;
		info("the options were read again");
	} else if (words_of_files) {
		if (patterns_build(j, why) != EX_OK) {
			warn("%s; the patterns stay as they were", why);
			return;
		}
		info("the patterns were read again");
	}
}
