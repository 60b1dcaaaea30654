/* SPDX-License-Identifier: MIT */
#include "lib/settle.h"

#include <string.h>

#include "lib/backoff.h"
#include "lib/crash.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stop.h"

int
settle_init(struct settle *s, struct store *store, uint64_t max_attempts)
{
	*s = (struct settle){ .store = store };
	s->committed_ms = stop_now_ms() - SETTLE_LINGER_FEW_MS;
	s->tables = store_settle_new(
	    store, max_attempts, backoff_seed(store_uuid(store)));
	return s->tables == NULL ? -1 : 0;
}

void
settle_release(struct settle *s)
{
	store_settle_free(s->tables);
	s->tables = NULL;
}

int64_t
settle_due_ms(const struct settle *s, uint64_t records, int64_t last_ms)
{
	int64_t soon_ms = s->committed_ms + SETTLE_LINGER_MS;
	int64_t late_ms = s->committed_ms + SETTLE_LINGER_FEW_MS;

	if (late_ms > last_ms + SETTLE_IDLE_MS)
		late_ms = last_ms + SETTLE_IDLE_MS;
	return records < SETTLE_FEW && late_ms > soon_ms ? late_ms : soon_ms;
}

/* Applies a group from the front of text: its bytes, and how many they were. */
static int
apply(struct settle *s, struct span text, size_t *bytes, uint64_t *n)
{
	int64_t now_ms = rtime_now_ns() / NUM_MS;
	struct span rest = text;
	struct control c;
	int status = 0;

	for (*n = 0; status == 0 && rest.len > 0 && *n < SETTLE_GROUP; ++*n) {
		size_t len =
		    (size_t)((char *)memchr(rest.at, '\n', rest.len) - rest.at);

		/* It parsed when it came. */
		if (control_parse(&c, (struct span){ rest.at, len }) == 0)
			status = store_settle(s->tables, &c, now_ms);
		rest = span_skip(rest, len + 1);
	}
	*bytes = text.len - rest.len;
	return status;
}

static int
transaction(struct settle *s, struct span text, size_t *bytes)
{
	int status = store_begin(s->store);
	uint64_t n;

	if (status != 0)
		return status;
	if ((status = apply(s, text, bytes, &n)) == 0 &&
	    (status = store_settle_flush(s->tables)) == 0) {
		CRASH("ack.precommit");
		status = store_commit(s->store);
	}
	if (status != 0) {
		store_settle_forget(s->tables);
		store_rollback(s->store);
		return status;
	}
	CRASH("ack.postcommit");
	s->outcomes += n;
	s->commits++;
	return 0;
}

int
settle_commit(struct settle *s, struct buf *lines)
{
	struct span rest = buf_span(lines);
	size_t bytes;
	int status = 0;

	while (rest.len > 0) {
		status = transaction(s, rest, &bytes);
		/* The log into the file makes room where there is none. */
		if (status == STORE_FULL &&
		    (status = store_shrink(s->store)) == 0)
			status = transaction(s, rest, &bytes);
		if (status != 0)
			break;
		rest = span_skip(rest, bytes);
	}
	if (rest.len > 0)
		memmove(lines->at, rest.at, rest.len);
	lines->len = rest.len;
	s->committed_ms = stop_now_ms();
	return status;
}
