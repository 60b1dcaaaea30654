/* SPDX-License-Identifier: MIT */
/* mark -- read the coordinates and control records of PROTOCOL.md. */
#include "lib/mark.h"

#include <string.h>

#include "lib/ascii.h"
#include "lib/fields.h"
#include "lib/jscan.h"
#include "lib/num.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define FIELD(type, text, f, member) \
	.name = { (text), sizeof(text) - 1 }, .form = FIELD_##f, \
	.at = offsetof(struct type, member)

static const struct field coord_fields[] = {
	{ FIELD(coord, "s", SRC, src) },
	{ FIELD(coord, "o", COUNT, o) },
	{ FIELD(coord, "e", COUNT, e) },
	{ FIELD(coord, "n", COUNT, n), .optional = true,
	    .told = offsetof(struct coord, has_n) },
	{ FIELD(coord, "f", COUNT, f), .optional = true,
	    .told = offsetof(struct coord, has_f) },
};

static const struct field entry_fields[] = {
	{ FIELD(entry, "s", SRC, src) },
	{ FIELD(entry, "o", COUNT, o) },
	{ FIELD(entry, "g", COUNT, gen) },
	{ FIELD(entry, "i", U64, inode) },
	{ FIELD(entry, "d", U64, dev) },
	{ FIELD(entry, "b", I64, btime_ns) },
	{ FIELD(entry, "h", HASH, head_len), .optional = true,
	    .hash = offsetof(struct entry, head) },
	{ FIELD(entry, "a", HASH, anchor_len), .optional = true,
	    .hash = offsetof(struct entry, anchor) },
	{ FIELD(entry, "p", TEXT, path) },
	{ FIELD(entry, "fr", COUNT, fr) },
	{ FIELD(entry, "x", FLAG, x) },
	{ FIELD(entry, "old", LIST, older), .optional = true },
};

static const struct field claim_fields[] = {
	{ FIELD(claim, "sp", TEXT, spool) },
	{ FIELD(claim, "ln", TEXT, lane) },
	{ FIELD(claim, "ep", COUNT, epoch) },
	{ FIELD(claim, "tk", TEXT, token) },
};

static const struct field delivery_fields[] = {
	{ FIELD(delivery, "id", TEXT, id) },
	{ FIELD(delivery, "tag", COUNT, tag) },
	{ FIELD(delivery, "ep", COUNT, ep) },
	{ FIELD(delivery, "at", COUNT, at) },
};

static const struct field begin_fields[] = {
	{ .name = { "v", 1 }, .form = FIELD_VERSION },
	{ FIELD(control, "n", TEXT, nonce) },
	{ FIELD(control, "claims", LIST, claims) },
	{ FIELD(control, "pos", LIST, pos) },
};

static const struct field mark_fields[] = {
	{ FIELD(control, "n", TEXT, nonce) },
	{ FIELD(control, "q", COUNT, q) },
	{ FIELD(control, "full", FLAG, full) },
	{ FIELD(control, "pos", LIST, pos) },
};

static const struct field gap_fields[] = {
	{ FIELD(control, "n", TEXT, nonce) },
	{ FIELD(control, "s", TEXT, src) },
	{ FIELD(control, "from", COUNT, from) },
	{ FIELD(control, "to", COUNT, to), .optional = true, .nullable = true,
	    .told = offsetof(struct control, to_known) },
	{ FIELD(control, "why", TEXT, why) },
	{ FIELD(control, "p", TEXT, path) },
};

static const struct field claimed_fields[] = {
	{ .name = { "v", 1 }, .form = FIELD_VERSION },
	{ FIELD(control, "sp", TEXT, claim.spool) },
	{ FIELD(control, "ln", TEXT, claim.lane) },
	{ FIELD(control, "ep", COUNT, claim.epoch) },
	{ FIELD(control, "tk", TEXT, claim.token) },
	{ FIELD(control, "new", FLAG, new_lane) },
	{ FIELD(control, "pos", LIST, pos) },
};

static const struct field open_fields[] = {
	{ .name = { "v", 1 }, .form = FIELD_VERSION },
	{ FIELD(control, "sp", TEXT, claim.spool) },
	{ FIELD(control, "ep", COUNT, claim.epoch) },
};

/* An outcome, and the word for its state until that is looked up. */
struct outcome {
	struct control c;
	struct span state;
	bool has_to;
};

static const struct field out_fields[] = {
	{ FIELD(outcome, "id", TEXT, c.id) },
	{ FIELD(outcome, "tag", COUNT, c.tag) },
	{ FIELD(outcome, "to", COUNT, c.to_tag), .optional = true,
	    .told = offsetof(struct outcome, has_to) },
	{ FIELD(outcome, "ep", COUNT, c.ep) },
	{ FIELD(outcome, "st", TEXT, state) },
	{ FIELD(outcome, "why", TEXT, c.why) },
};

/* A count of at most 15 digits, which is below 2^53, and the byte after it. */
static const char *
take_count(const char *at, const char *end, char after, uint64_t *n)
{
	const char *start = at;

	for (*n = 0; at < end && is_digit(*at); at++)
		*n = *n * 10 + (uint64_t)(*at - '0');
	if (at == start || at - start > 15 || (*start == '0' && at - start > 1))
		return NULL;
	return at < end && *at == after ? at + 1 : NULL;
}

/*
 * Coordinates exactly as rx-tail writes most of them, without a look at their
 * members; whatever else it is goes by the table.
 */
static bool
plain_coord(struct span object, struct coord *c)
{
	static const char before[] = "{\"s\":\"", between[] = "\",\"o\":";
	const char *at = object.at, *end = object.at + object.len;

	if (object.len < sizeof before + MARK_SRC + sizeof between ||
	    memcmp(at, before, sizeof before - 1) != 0)
		return false;
	at += sizeof before - 1;
	for (size_t i = 0; i < MARK_SRC; i++) {
		c->src[i] = *at++;
		if (!is_digit(c->src[i]) && !is_lower(c->src[i]))
			return false;
	}
	c->src[MARK_SRC] = '\0';
	if (memcmp(at, between, sizeof between - 1) != 0)
		return false;
	at = take_count(at + sizeof between - 1, end, ',', &c->o);
	if (at == NULL || end - at < 4 || memcmp(at, "\"e\":", 4) != 0)
		return false;
	at = take_count(at + 4, end, '}', &c->e);
	c->has_n = c->has_f = false;
	return at == end;
}

int
coord_parse(struct span object, struct coord *c)
{
	if (!plain_coord(object, c) &&
	    fields_read(object, coord_fields, COUNT(coord_fields), c) < 0)
		return -1;
	return c->o < c->e ? 0 : -1;
}

size_t
coord_id(char dst[MARK_ID_MAX], const struct coord *c)
{
	static const char hex[] = "0123456789abcdef";
	char *to = dst + strlen(c->src);
	int shift = 60;

	memcpy(dst, c->src, (size_t)(to - dst));
	*to++ = ':';
	while (shift > 0 && c->o >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = hex[c->o >> shift & 0xf];
	if (c->has_n) {
		*to++ = '.';
		to += num_render(to, c->n);
	}
	*to = '\0';
	return (size_t)(to - dst);
}

struct span
mark_rx(struct span line, struct span *rest)
{
	struct jscan s;
	struct member m;

	*rest = (struct span){ line.at, 0 };
	jscan_init(&s, line);
	jscan_blanks(&s);
	if (jscan_peek(&s) != '{')
		return *rest;
	s.at++;
	jscan_blanks(&s);
	/* The name first: most lines without coordinates end it here. */
	if (!span_starts(
		(struct span){ s.at, (size_t)(s.end - s.at) }, SPAN("\"_rx\"")))
		return *rest;
	if (jscan_member(&s, &m, 1) < 0 || m.value.type != VALUE_OBJECT)
		return *rest;
	jscan_blanks(&s);
	if (jscan_peek(&s) != ',' && jscan_peek(&s) != '}')
		return *rest;
	*rest = (struct span){ s.at, (size_t)(s.end - s.at) };
	return m.value.text;
}

int
entry_parse(struct span object, struct entry *e)
{
	*e = (struct entry){ .o = 0 };
	if (fields_read(object, entry_fields, COUNT(entry_fields), e) < 0)
		return -1;
	if (e->head_len > MARK_HEAD || e->anchor_len > MARK_ANCHOR ||
	    e->anchor_len > e->o)
		return -1;
	return 0;
}

int
claim_parse(struct span object, struct claim *c)
{
	return fields_read(object, claim_fields, COUNT(claim_fields), c);
}

int
delivery_parse(struct span object, struct delivery *d)
{
	return fields_read(object, delivery_fields, COUNT(delivery_fields), d);
}

static int
out_parse(struct control *c, struct span object)
{
	struct outcome o = { .c = { .kind = CONTROL_OUT } };

	if (fields_read(object, out_fields, COUNT(out_fields), &o) < 0)
		return -1;
	if (!o.has_to)
		o.c.to_tag = o.c.tag;
	if (span_is(o.state, "ok"))
		o.c.state = OUTCOME_OK;
	else if (span_is(o.state, "retry"))
		o.c.state = OUTCOME_RETRY;
	else if (span_is(o.state, "reject"))
		o.c.state = OUTCOME_REJECT;
	else
		return -1;
	*c = o.c;
	return c->tag <= c->to_tag ? 0 : -1;
}

int
control_parse(struct control *c, struct span line)
{
	static const struct {
		const char *name;
		const struct field *fields;
		size_t n;
	} kinds[] = {
		[CONTROL_BEGIN] = { "begin", begin_fields,
		    COUNT(begin_fields) },
		[CONTROL_MARK] = { "mark", mark_fields, COUNT(mark_fields) },
		[CONTROL_GAP] = { "gap", gap_fields, COUNT(gap_fields) },
		[CONTROL_CLAIM] = { "claim", claimed_fields,
		    COUNT(claimed_fields) },
		[CONTROL_OPEN] = { "open", open_fields, COUNT(open_fields) },
		[CONTROL_OUT] = { "out", NULL, 0 },
	};
	struct span object, rest;
	struct walk w;
	struct member m;
	size_t i;

	if (!record_is_control(line))
		return -1;
	object = mark_rx(line, &rest);
	walk_init(&w, object);
	if (!walk_next(&w, &m)) /* k: record_is_control() saw it */
		return -1;
	for (i = 0; i < COUNT(kinds); i++)
		if (span_is(m.value.text, kinds[i].name))
			break;
	if (i == COUNT(kinds))
		return -1;
	if (i == CONTROL_OUT)
		return out_parse(c, object);
	*c = (struct control){ .kind = (enum control_kind)i };
	if (fields_read(object, kinds[i].fields, kinds[i].n, c) < 0)
		return -1;
	return !c->to_known || c->from <= c->to ? 0 : -1;
}
