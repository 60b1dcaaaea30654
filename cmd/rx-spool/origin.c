/* SPDX-License-Identifier: MIT */
/* origin -- where a record comes from, by its _rx, and its _rx put in front. */
#include "cmd/rx-spool/order.h"
#include "cmd/rx-spool/push.h"
#include "lib/diag.h"

static bool
brings_id(struct span rx)
{
	struct walk w;
	struct member m;

	walk_init(&w, rx);
	while (walk_next(&w, &m))
		if (span_is(m.name, "id") && m.value.type == VALUE_STRING &&
		    m.value.text.len > 0 && m.value.text.len <= STORE_ID_MAX)
			return true;
	return false;
}

/*
 * As a stored record has to be: its _rx first, where a filter that sorts
 * members may not have left it.  foreign: the one that is there is not one of
 * ours, it is renamed (R6).
 */
static struct span
put_in_order(struct push *p, struct span rx, bool foreign)
{
	order_record(&p->record, rx, foreign, &p->normal);
	if (p->normal.failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&p->normal);
}

/* --id: the member's text as an _rx, empty when it holds none. */
static struct span
rx_of_member(struct push *p)
{
	struct span none = { NULL, 0 };
	struct buf *b = &p->id;
	struct value v;

	if (p->id_member == NULL || !record_get(&p->record, p->id_member, &v) ||
	    (v.type != VALUE_STRING && v.type != VALUE_NUMBER) ||
	    v.text.len == 0 || v.text.len > STORE_ID_MAX)
		return none;
	buf_reset(b);
	buf_add(b, SPAN("{\"id\":\""));
	buf_add(b, v.text);
	buf_add(b, SPAN("\"}"));
	push_memory(!b->failed);
	return buf_span(b);
}

static enum origin
without_rx(struct push *p, struct span *record, bool foreign)
{
	struct span rx = rx_of_member(p);

	if (rx.len > 0 || foreign)
		*record = put_in_order(p, rx, true);
	return rx.len > 0 ? GIVEN_ID : NO_ID;
}

enum origin
push_origin(
    struct push *p, struct span line, struct coord *c, struct span *record)
{
	enum origin origin;
	struct value v;
	size_t named = 0;

	*record = line;
	if (!record_get(&p->record, "_rx", &v))
		return without_rx(p, record, false);
	if (v.type == VALUE_OBJECT && coord_parse(v.text, c) == 0)
		origin = COORDINATES;
	else if (v.type == VALUE_OBJECT && brings_id(v.text))
		origin = GIVEN_ID;
	else
		return without_rx(p, record, true);
	for (size_t i = 0; i < p->record.n_members; i++)
		named += order_is_rx(&p->record.members[i]);
	if (named > 1 || line.at[0] != '{' ||
	    p->record.members[0].value.text.at != v.text.at ||
	    p->record.members[0].escaped)
		*record = put_in_order(p, v.text, false);
	return origin;
}
