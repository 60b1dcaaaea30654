/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/chain_end.h"

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/follow.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define HALF_MS 5000 /* without --marks: a half line waits so long (F-22) */

/* Nothing more will come: the half line at the end is a line after all. */
static enum followed
hand_on_rest(struct tail *t, struct source *s)
{
	switch (source_name(t, s, true)) {
	case 1: return follow(t, s, true);
	case 0: return FOLLOW_IDLE;
	default: return FOLLOW_GONE;
	}
}

static void
finish(struct tail *t, struct source *s, bool deleted)
{
	if (hand_on_rest(t, s) != FOLLOW_IDLE)
		return; /* it moved again: its next turn sees to that */
	if (join_needs(s))
		join_flush(t, s->log);
	debug("%s: finished", s->where);
	s->state = SOURCE_DONE;
	s->closed = true;
	cut_moved(t, s);
	source_close(t, s);
	if (deleted || *s->src == '\0')
		source_drop(t, s);
}

/* Nothing was written since all was read, and its path leads to no new file;
 * what cannot be read is not waited for. */
static bool
is_read(struct tail *t, const struct log *log)
{
	const struct source *s;
	struct look l;

	if (log->fails != 0)
		return true;
	TAILQ_FOREACH(s, &log->chain, chain)
	if (source_wanted(s) && s->packed == NULL && !follow_is_read(s))
		return false;
	return look_path(log->path, &l) < 0 || !l.regular ||
	    source_find(t, &l.id) != NULL || chain_is_own_output(&l.id);
}

static bool
is_over(struct tail *t, struct source *s, bool path_taken, bool *deleted)
{
	int64_t now = stop_now_ms(),
		quiet = s->grew_ms > s->left_ms ? s->grew_ms : s->left_ms;
	struct look l;

	*deleted = s->fd >= 0 && look_fd(s->fd, &l) == 0 && l.links == 0;
	if (*deleted)
		return now - s->left_ms >= t->rotate_wait_ms;
	return path_taken && now - quiet >= t->rotate_wait_ms;
}

/* Its next turn, at a tick, reads what there is; then it is asked again. */
static void
settle_join(struct tail *t, struct log *log)
{
	if (join_is_late(t, log, rtime_now_ns()) && is_read(t, log))
		join_flush(t, log);
}

void
chain_end(struct tail *t, struct log *log)
{
	bool path_taken = log_live(log) != NULL, deleted;
	int64_t now = stop_now_ms();
	struct source *s, *next;

	for (s = TAILQ_FIRST(&log->chain); s != NULL; s = next) {
		next = TAILQ_NEXT(s, chain);
		if (s->state == SOURCE_ROTATED &&
		    is_over(t, s, path_taken, &deleted) &&
		    (!join_needs(s) || is_read(t, log)))
			finish(t, s, deleted);
		else if (s->half && !t->marks && source_wanted(s) &&
		    now - s->grew_ms >= HALF_MS)
			hand_on_rest(t, s);
	}
	settle_join(t, log);
	if (TAILQ_EMPTY(&log->chain) && !log->named && !t->starting &&
	    !births_open(&log->births))
		log_free(t, log);
}
