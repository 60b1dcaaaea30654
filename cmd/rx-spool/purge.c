/* SPDX-License-Identifier: MIT */
/* purge -- a lane emptied on purpose: counted, and noted as a gap. */
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ OPT_YES, "yes", NULL, "do it" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool purge",
	.synopsis = "[options] DB [LANE]",
	.about = "Throws away the records of a lane that wait.",
	.options = options,
	.examples =
	    "  rx-spool query q.db >kept && rx-spool purge --yes q.db\n",
};

int
verb_purge(int argc, char *argv[])
{
	const struct store_options how = { .wait_ms = -1 };
	const char *path, *name;
	struct store_lane lane;
	struct store *store;
	bool yes = false;
	uint64_t n;
	int status;

	cli.versions = store_versions();
	while (cli_next(&cli, argc, argv) != -1)
		yes = true;
	spool_operands(&cli, argc - optind, argv + optind, &path, &name);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	store = spool_open(path, &how);
	spool_confine(path, NULL, NULL);
	spool_check(store, store_begin(store));
	status = store_lane_find(store, name, &lane);
	if (status == STORE_NONE)
		die(EX_IOERR, "%s", store_why(store));
	spool_check(store, status);
	n = store_lane_pending(&lane);
	if (!yes)
		die(EX_USAGE,
		    "%ju records wait in lane %s of %s: --yes throws them away",
		    (uintmax_t)n, name, path);
	spool_check(store, store_lane_purge(store, &lane, spool_now_ms()));
	spool_check(store, store_lane_save(store, &lane));
	spool_check(store, store_commit(store));
	info("%ju records of lane %s of %s thrown away", (uintmax_t)n, name,
	    path);
	spool_close(store);
	return EX_OK;
}
