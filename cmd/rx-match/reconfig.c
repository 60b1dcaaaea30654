#include "reconfig.h"

#include <stdbool.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "patterns.h"
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
	patterns_replace(c->args, c->n);
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

/* The options of the file as they are now; false: it has an error. */
static bool
read_config(void)
{
	struct cli_config new;
	char why[CONF_WHY];

	if (cli_config_read(cli, letter, started->path, &new, why) < 0) {
		warn("%s; the options stay as they were", why);
		return false;
	}
	cli_config_differs(started, &new, patterns_own);
	patterns_replace(new.args, new.n);
	cli_config_release(&new);
	return true;
}

void
reconfig(struct job *j)
{
	char why[CONF_WHY];

	if (started == NULL && !words_of_files)
		return;
	if (started != NULL && !read_config())
		return;
	if (patterns_build(j, why) != EX_OK) {
		if (started != NULL)
			patterns_bring_back();
		warn("%s; the patterns stay as they were", why);
		return;
	}
	info("the patterns were read again");
}
