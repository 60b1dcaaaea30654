/*
 * rx-spool -- the durable queue between a fast stage and a slow one.  This
 * file finds the verb; each has a file of its own.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]);
} verbs[] = {
	{ "ack", verb_ack },
	{ "claim", verb_claim },
	{ "emit", verb_emit },
	{ "push", verb_push },
	{ "stat", verb_stat },
};

static const struct cli_option no_options[] = { { 0, NULL, NULL, NULL } };
static struct cli cli = {
	.name = "rx-spool",
	.synopsis = "ack|claim|emit|push|stat [options] DB [LANE]",
	.about = "Stores records durably and gives them out until they are "
		 "acknowledged.",
	.options = no_options,
	.examples = "Each verb has its own --help.\n",
};

int
main(int argc, char *argv[])
{
	diag_init("rx-spool");
	cli.versions = store_versions();
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	if (argc > 1 && argv[1][0] != '-')
		cli_usage(&cli, "no verb %s", argv[1]);
	while (cli_next(&cli, argc, argv) != -1)
		;
	cli_usage(&cli, "no verb named");
}
