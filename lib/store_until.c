/* SPDX-License-Identifier: MIT */
/* store_until -- a store that is asked for a while, and not longer. */
#include "lib/rtime.h"
#include "lib/store_db.h"

#define STEPS 10000 /* of sqlite's machine between two looks at the clock */

static int
is_over(void *arg)
{
	const struct store *st = arg;

	return rtime_now_ns() >= st->until_ns;
}

void
store_until(struct store *st, int64_t until_ns)
{
	st->until_ns = until_ns;
	sqlite3_progress_handler(st->db, STEPS, is_over, st);
}
