/* SPDX-License-Identifier: MIT */
/* mark_render -- write the control records of PROTOCOL.md. */
#include <inttypes.h>

#include "lib/mark.h"

#define ADD(b, literal) buf_add(b, SPAN(literal))

static void
add_hash(struct buf *b, uint64_t len, const char *hash)
{
	buf_addc(b, '[');
	buf_addu(b, len);
	ADD(b, ",\"");
	buf_add(b, (struct span){ hash, DIGEST_HEX });
	ADD(b, "\"]");
}

static void
add_flag(struct buf *b, bool flag)
{
	buf_adds(b, flag ? "true" : "false");
}

/* All but the closing brace. */
static void
add_entry(struct buf *b, const struct entry *e)
{
	ADD(b, "{\"s\":\"");
	buf_adds(b, e->src);
	ADD(b, "\",\"o\":");
	buf_addu(b, e->o);
	ADD(b, ",\"g\":");
	buf_addu(b, e->gen);
	ADD(b, ",\"i\":\"");
	buf_addu(b, e->inode);
	ADD(b, "\",\"d\":\"");
	buf_addu(b, e->dev);
	buf_addf(b, "\",\"b\":\"%" PRId64 "\"", e->btime_ns);
	if (e->head[0] != '\0') {
		ADD(b, ",\"h\":");
		add_hash(b, e->head_len, e->head);
	}
	if (e->anchor[0] != '\0') {
		ADD(b, ",\"a\":");
		add_hash(b, e->anchor_len, e->anchor);
	}
	ADD(b, ",\"p\":\"");
	buf_add(b, e->path);
	ADD(b, "\",\"fr\":");
	buf_addu(b, e->fr);
	ADD(b, ",\"x\":");
	add_flag(b, e->x);
}

void
entry_render(struct buf *b, const struct entry *e)
{
	add_entry(b, e);
	buf_addc(b, '}');
}

/* The cut, which ends begin and mark, and the newline. */
static void
add_pos(struct buf *b, const struct entry *pos, size_t n)
{
	ADD(b, ",\"pos\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		entry_render(b, &pos[i]);
	}
	ADD(b, "]}}\n");
}

static void
add_claim(struct buf *b, const struct claim *c)
{
	ADD(b, "\"sp\":\"");
	buf_add(b, c->spool);
	ADD(b, "\",\"ln\":\"");
	buf_add(b, c->lane);
	ADD(b, "\",\"ep\":");
	buf_addu(b, c->epoch);
	ADD(b, ",\"tk\":\"");
	buf_add(b, c->token);
	buf_addc(b, '"');
}

void
mark_begin(struct buf *b, const char *nonce, const struct claim *claims,
    size_t n, const struct entry *pos, size_t n_pos)
{
	ADD(b, "{\"_rx\":{\"k\":\"begin\",\"v\":1,\"n\":\"");
	buf_adds(b, nonce);
	ADD(b, "\",\"claims\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? ",{" : "{");
		add_claim(b, &claims[i]);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	add_pos(b, pos, n_pos);
}

void
mark_mark(struct buf *b, const char *nonce, uint64_t q, bool full,
    const struct entry *pos, size_t n_pos)
{
	ADD(b, "{\"_rx\":{\"k\":\"mark\",\"n\":\"");
	buf_adds(b, nonce);
	ADD(b, "\",\"q\":");
	buf_addu(b, q);
	ADD(b, ",\"full\":");
	add_flag(b, full);
	add_pos(b, pos, n_pos);
}

void
mark_gap(struct buf *b, const char *nonce, const char *src, uint64_t from,
    const uint64_t *to, const char *why, struct span path)
{
	ADD(b, "{\"_rx\":{\"k\":\"gap\",\"n\":\"");
	buf_adds(b, nonce);
	ADD(b, "\",\"s\":\"");
	buf_adds(b, src);
	ADD(b, "\",\"from\":");
	buf_addu(b, from);
	ADD(b, ",\"to\":");
	if (to != NULL)
		buf_addu(b, *to);
	else
		ADD(b, "null");
	ADD(b, ",\"why\":\"");
	buf_adds(b, why);
	ADD(b, "\",\"p\":\"");
	buf_add(b, path);
	ADD(b, "\"}}\n");
}

void
mark_claim(struct buf *b, const struct claim *c, bool new_lane,
    const struct entry *pos, size_t n_pos)
{
	ADD(b, "{\"_rx\":{\"k\":\"claim\",\"v\":1,");
	add_claim(b, c);
	ADD(b, ",\"new\":");
	add_flag(b, new_lane);
	ADD(b, ",\"pos\":[");
	for (size_t i = 0; i < n_pos; i++) {
		if (i > 0)
			buf_addc(b, ',');
		add_entry(b, &pos[i]);
		if (pos[i].older.len > 0)
			ADD(b, ",\"old\":");
		buf_add(b, pos[i].older);
		buf_addc(b, '}');
	}
	ADD(b, "]}}\n");
}

void
mark_open(struct buf *b, struct span spool, uint64_t epoch)
{
	ADD(b, "{\"_rx\":{\"k\":\"open\",\"v\":1,\"sp\":\"");
	buf_add(b, spool);
	ADD(b, "\",\"ep\":");
	buf_addu(b, epoch);
	ADD(b, "}}\n");
}

void
mark_out(struct buf *b, const struct control *c)
{
	static const char *const states[] = {
		[OUTCOME_OK] = "ok",
		[OUTCOME_RETRY] = "retry",
		[OUTCOME_REJECT] = "reject",
	};

	ADD(b, "{\"_rx\":{\"k\":\"out\",\"id\":\"");
	buf_add(b, c->id);
	ADD(b, "\",\"tag\":");
	buf_addu(b, c->tag);
	if (c->to_tag != c->tag) {
		ADD(b, ",\"to\":");
		buf_addu(b, c->to_tag);
	}
	ADD(b, ",\"ep\":");
	buf_addu(b, c->ep);
	ADD(b, ",\"st\":\"");
	buf_adds(b, states[c->state]);
	ADD(b, "\",\"why\":\"");
	buf_add(b, c->why);
	ADD(b, "\"}}\n");
}

void
delivery_render(struct buf *b, const struct delivery *d)
{
	ADD(b, "{\"id\":\"");
	buf_add(b, d->id);
	ADD(b, "\",\"tag\":");
	buf_addu(b, d->tag);
	ADD(b, ",\"ep\":");
	buf_addu(b, d->ep);
	ADD(b, ",\"at\":");
	buf_addu(b, d->at);
	buf_addc(b, '}');
}
