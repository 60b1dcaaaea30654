/* SPDX-License-Identifier: MIT */
/*
 * mark -- the coordinates and control records of PROTOCOL.md, section 2 and
 *         11: read them, write them, compactly, members in the contract's
 *         order.
 *
 * Shape   Text members (path, why, ids) are JSON string text, escaped and
 *         without quotes, in both directions: who reads a path to open it
 *         unescapes it, who writes one has it escaped once per file.
 * Older   The entries of a claim carry one member more, "old", behind those of
 *         the contract: where their sources stood before.
 * Owner   Spans of a parsed control are loans of its line.
 * Limits  All numbers that stand without quotes are below 2^53; src MARK_SRC
 *         characters, hashes DIGEST_HEX.  Members the contract does not name
 *         are passed over.
 * Errors  Parsers: -1 when the text is not what the contract says (the caller
 *         knows the line is valid JSON: record_parse() came first).
 *         Renderers cannot fail; buf.failed tells at the end.
 */
#ifndef RX_MARK_H
#define RX_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/digest.h"
#include "lib/record.h"
#include "lib/span.h"

#define MARK_SRC DIGEST_B32
#define MARK_OFFSET_MAX (UINT64_C(1) << 53)
#define MARK_ID_MAX (MARK_SRC + 1 + 14 + 1 + 20 + 1)
#define MARK_ANCHOR 64 /* bytes before the offset that are hashed */
#define MARK_HEAD 256 /* bytes of the first line that are hashed */

/* Where a data record came from: the value of its _rx. */
struct coord {
	char src[MARK_SRC + 1];
	uint64_t o, e;
	uint64_t n; /* sub-number, when has_n */
	uint64_t f; /* fragment number, when has_f */
	bool has_n, has_f;
};
int coord_parse(struct span object, struct coord *);
size_t coord_id(char dst[MARK_ID_MAX], const struct coord *); /* message id */

/*
 * The value of _rx when it is the first member, else an empty span.  rest is
 * then what follows it, from the comma or the closing brace on.
 */
struct span mark_rx(struct span line, struct span *rest);

/*
 * One source in a cut.  h and a are there when head and anchor are not empty:
 * the journal has none.  All other members must be there.
 */
struct entry {
	char src[MARK_SRC + 1];
	uint64_t o;
	uint64_t gen;
	uint64_t inode, dev;
	int64_t btime_ns;
	uint64_t head_len, anchor_len;
	char head[DIGEST_HEX + 1], anchor[DIGEST_HEX + 1];
	struct span path;
	uint64_t fr;
	bool x;
	struct span older; /* of a claim: a list for pairs_parse(), or empty */
};
int entry_parse(struct span object, struct entry *);
void entry_render(struct buf *, const struct entry *);

/*
 * Where a source stood before, newest first: [[o,[LEN,"HASH"],at_ms],...].  A
 * power failure can take the end of a log that the spool has stored already;
 * these tell from where on (PROTOCOL.md 5).
 */
#define PAIRS_MAX 7
struct pair {
	uint64_t o, len;
	char hash[DIGEST_HEX + 1];
	int64_t at_ms; /* when it was committed */
};
/* How many were read; what is not of this form ends them. */
size_t pairs_parse(struct span list, struct pair to[PAIRS_MAX]);
void pairs_render(struct buf *, const struct pair *, size_t n);

/* One spool's claim on a lane. */
struct claim {
	struct span spool, lane, token;
	uint64_t epoch;
};

enum control_kind {
	CONTROL_BEGIN,
	CONTROL_MARK,
	CONTROL_GAP,
	CONTROL_CLAIM,
	CONTROL_OPEN,
	CONTROL_OUT
};
enum outcome_state { OUTCOME_OK, OUTCOME_RETRY, OUTCOME_REJECT };

/* Which members mean something follows from kind. */
struct control {
	enum control_kind kind;
	struct span nonce; /* begin, mark, gap */
	struct span claims; /* begin: array; walk it with claim_parse */
	struct span pos; /* begin, mark, claim: array; entry_parse */
	struct claim claim; /* claim; open: spool and epoch */
	bool new_lane; /* claim */
	uint64_t q; /* mark */
	bool full; /* mark */
	struct span src, path, why; /* gap; out: why */
	uint64_t from, to; /* gap; to_known false: end unknown */
	bool to_known;
	struct span id; /* out */
	uint64_t tag; /* out */
	uint64_t
	    to_tag; /* out: last tag it speaks for ("to"); tag when alone */
	uint64_t ep; /* out */
	enum outcome_state state;
};
int control_parse(struct control *, struct span line);
int claim_parse(struct span object, struct claim *);

/* Each renders one line, with its newline. */
void mark_begin(struct buf *, const char *nonce, const struct claim *, size_t n,
    const struct entry *pos, size_t n_pos);
void mark_mark(struct buf *, const char *nonce, uint64_t q, bool full,
    const struct entry *pos, size_t n_pos);
void mark_gap(struct buf *, const char *nonce, const char *src, uint64_t from,
    const uint64_t *to, const char *why, struct span path);
void mark_claim(struct buf *, const struct claim *, bool new_lane,
    const struct entry *pos, size_t n_pos);
void mark_open(struct buf *, struct span spool, uint64_t epoch);
void mark_out(struct buf *, const struct control *);

/* What emit puts in place of _rx, and rx-ship reads. */
struct delivery {
	struct span id;
	uint64_t tag, ep, at;
};
int delivery_parse(struct span object, struct delivery *);
void delivery_render(struct buf *, const struct delivery *);

#endif
