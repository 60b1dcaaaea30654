/* SPDX-License-Identifier: MIT */
/*
 * loki -- records as a push to Grafana Loki, and what its answers mean.
 *
 * Shape   The line is the member log_line, or else the whole record; its time
 *         the record's timestamp, or else the time of rendering.  Entries of
 *         one stream stand in the order of their times.  Labels and structured
 *         metadata are templates, so only members that were named become any.
 * Guard   At most streams_max sets of labels are used; a record that would
 *         make one more travels with "other" for every label that varies.
 * Window  Loki refuses what is too old, too new or too far behind and stores
 *         the rest of the request.  loki_answer() finds out from the text
 *         which those were and settles each message of the request; the bound
 *         of "too old" is kept for LOKI_BOUND_MS, so that later old records
 *         cost no request; then one batch of them asks again.
 *         Old ones are rejected, dropped (counted), or moved up to a minute
 *         above the bound.  Of how far ahead an entry may be the text says
 *         nothing, so new ones are rejected, dropped, or moved down to
 *         max_future_ns from now before they are sent.  What was moved has
 *         its own time as metadata original_timestamp.
 * Errors  loki_label: -1 and *why.  loki_render: body->failed.
 * Source  Grafana Loki HTTP API, POST /loki/api/v1/push.
 */
#ifndef RX_SHIP_LOKI_H
#define RX_SHIP_LOKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/request.h"
#include "cmd/rx-ship/web.h"
#include "cmd/rx-ship/window.h"
#include "lib/buf.h"
#include "lib/record.h"

#define LOKI_PATH "/loki/api/v1/push"
#define LOKI_LABELS 15 /* Loki's own limit for one stream */
#define LOKI_STREAMS 1000
#define LOKI_BOUND_MS 600000 /* an operator may have raised it */

/* What becomes of an entry whose time Loki does not take. */
enum loki_policy { LOKI_REJECT, LOKI_DROP, LOKI_CLAMP };

struct loki_times {
	enum loki_policy old, future;
	int64_t max_future_ns; /* CLAMP: no entry is further ahead of now */
};

struct loki_entry;

struct loki {
	const struct loki_times *times;
	struct tally *clamped; /* of the target */
	/* private */
	struct loki_pair {
		char name[128];
		struct template value;
	} labels[LOKI_LABELS], metadata[LOKI_LABELS];
	size_t n_labels, n_metadata;
	bool has_bound;
	int64_t max_age_ns; /* what the target takes, learned */
	int64_t bound_until_ms; /* and may be otherwise since */
	int64_t rendered_ns;
	uint64_t streams[LOKI_STREAMS]; /* hashes, 0: free */
	size_t n_streams;
	bool told_overflow;
	struct record record;
	struct buf texts; /* label sets, then lines */
	struct buf value; /* one, unescaped */
	struct loki_entry *entries;
	size_t n_entries, entries_max;
};

struct loki *loki_new(
    const struct loki_times *, size_t batch, struct tally *clamped);
void loki_free(struct loki *);

/* "NAME=TEMPLATE"; as a label, or as structured metadata. */
int loki_label(struct loki *, const char *text, const char **why);
int loki_metadata(struct loki *, const char *text, const char **why);

/* Settles a message that the target is known to refuse; then true. */
bool loki_rejects(
    struct loki *, struct window *, struct message *, int64_t now_ms);
void loki_render(struct loki *, struct message **, size_t n, struct buf *);

/* A time given to it when it was rendered is too old by now: render again. */
bool loki_is_stale(const struct loki *);

/* True: every message of the request was settled, or taken back. */
bool loki_answer(struct loki *, const struct web_call *, struct request *,
    struct window *, int64_t now_ms);
/* The answer says that the request was too large as a whole. */
bool loki_too_large(const struct web_call *);

#endif
