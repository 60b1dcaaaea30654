/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/ack.h"

#include "lib/diag.h"
#include "lib/stop.h"

#define LOCK_MS 1000
#define OPEN_TRIES 10
#define AGAIN_MS 1000
#define TELL_MS 60000

int
ack_check(const char *path, char why[STORE_WHY])
{
	const struct store_options how = { .read_only = true,
		.wait_ms = LOCK_MS };
	struct store *store;
	int status = store_open(&store, path, &how, why);

	store_close(store);
	return status == STORE_NONE ? 0 : status;
}

void
ack_open(struct ack *a, const char *path, uint64_t max_attempts)
{
	const struct store_options how = { .create = true, .wait_ms = LOCK_MS };
	char why[STORE_WHY];
	int status = EX_TEMPFAIL;

	*a = (struct ack){ .again_ms = 0 };
	for (int i = 0; i < OPEN_TRIES; i++) {
		status = store_open(&a->store, path, &how, why);
		if (status != EX_TEMPFAIL || stop_asked())
			break;
	}
	if (status != 0)
		die(status < 0 ? EX_TEMPFAIL : status, "%s", why);
	if (settle_init(&a->settle, a->store, max_attempts) < 0)
		die(EX_TEMPFAIL, "out of memory");
}

const char *
ack_spool(const struct ack *a)
{
	return store_uuid(a->store);
}

int64_t
ack_due_ms(struct ack *a, const struct outcome *outcome)
{
	int64_t due_ms;

	if (a->seen != outcome->told) {
		a->seen = outcome->told;
		a->seen_ms = stop_now_ms();
	}
	due_ms =
	    settle_due_ms(&a->settle, outcome->told - a->settled, a->seen_ms);
	return due_ms > a->again_ms ? due_ms : a->again_ms;
}

void
ack_settle(struct ack *a, struct outcome *outcome)
{
	struct buf *lines = outcome_text(outcome);
	int64_t now_ms;
	int status;

	if (lines == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if ((status = settle_commit(&a->settle, lines)) == 0) {
		a->settled = outcome->told;
		return;
	}
	if (status == STORE_NONE)
		status = EX_DATAERR;
	if (status != STORE_FULL && status != EX_TEMPFAIL)
		die(status, "%s", store_why(a->store));
	now_ms = stop_now_ms();
	a->again_ms = now_ms + AGAIN_MS;
	if (a->told_ms == 0 || now_ms - a->told_ms >= TELL_MS) {
		a->told_ms = now_ms;
		warn("unable to settle outcomes, holding on: %s",
		    store_why(a->store));
	}
}

void
ack_close(struct ack *a)
{
	int status;

	settle_release(&a->settle);
	if ((status = store_finish(a->store)) != 0)
		die(status < 0 ? EX_TEMPFAIL : status, "%s",
		    store_why(a->store));
	store_close(a->store);
}
