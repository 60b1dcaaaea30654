/* SPDX-License-Identifier: MIT */
/*
 * emit -- what the files of the verb share: whose turn it is in a lane, and
 *         how much is out.
 */
#ifndef RX_EMIT_H
#define RX_EMIT_H

#include "cmd/rx-spool/spool.h"
#include "cmd/rx-spool/turn.h"
#include "lib/outbuf.h"

#define EMIT_RETRIES 64 /* taken at a time */

/* How far the records of a priority class are gone through. */
struct emit_class {
	struct store_segment segment; /* at hand; n is 0: none yet */
	struct buf body;
	uint32_t *offsets;
	uint8_t *skip;
	uint64_t room; /* records that offsets and skip have room for */
	uint64_t pos; /* of the segment's records, gone through */
};

struct emit {
	/* options */
	uint64_t inflight;
	bool once, check;
	const char *stats; /* NULL: no file of counters */

	struct store *store;
	struct store_flight *flight;
	struct outbuf out;
	struct buf head; /* the delivery of a record */
	struct store_settle *settle; /* for what cannot be delivered */
	uint64_t outstanding, emitted;

	struct emit_class class[STORE_CLASSES];

	/* retries: noted as out, some not written yet */
	struct store_retry retry[EMIT_RETRIES];
	size_t n_retries, retries_done;
	int64_t retry_ms; /* when the next one is due */
	int64_t again_ms; /* no room to note them: not before then */
	struct spool_wait wait;
	int64_t full_ms; /* since when nothing may go out; 0: it may */
};

/* emit.c: the options, for its table, and one of them; then the work. */
#define EMIT_OPTIONS \
	{ \
		OPT_INFLIGHT, "inflight", "N", \
		    "records on their way, at most [5000]" \
	}
void emit_defaults(struct emit *);
void emit_option(struct emit *, int option);
void emit_start(struct emit *, struct store *, const char *lane);
void emit_status(const struct emit *); /* what USR1 asks for */
void emit_finish(struct emit *);

/* Writes what may go out; false when it has ended. */
bool emit_turn(struct emit *, struct turn *);
void emit_until_done(struct emit *); /* as --once */

/* deliver.c: records into the output buffer, until that is full. */
void deliver_retries(struct emit *);
int64_t deliver_retry_in(const struct emit *); /* ms, until there is one */
/* Of the first class that has some, what is left to go through; NULL: none. */
struct emit_class *deliver_next(struct emit *);
/* What is left of its segment; true when it is gone through. */
bool deliver_segment(struct emit *, struct emit_class *);
void deliver_name_oldest(struct emit *);
void emit_class_release(struct emit_class *);

#endif
