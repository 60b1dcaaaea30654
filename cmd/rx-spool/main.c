/* SPDX-License-Identifier: MIT */
/*
 * rx-spool -- the durable queue between a fast stage and a slow one.  This
 * file finds the verb; each has a file of its own.
 */
#include <string.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]);
} verbs[] = {
	{ "ack", verb_ack },
	{ "claim", verb_claim },
	{ "dead", verb_dead },
	{ "emit", verb_emit },
	{ "purge", verb_purge },
	{ "push", verb_push },
	{ "query", verb_query },
	{ "salvage", verb_salvage },
	{ "stat", verb_stat },
};

int
main(int argc, char *argv[])
{
	diag_init("rx-spool");
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return verb_through(argc, argv);
}
