/* origin -- where a record comes from, by its _rx, and its _rx put in front. */
#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/jstr.h"

/* Also when its name is spelled with escapes, as nobody but a forger would. */
static bool
is_rx(struct push *p, const struct member *m)
{
	if (!m->escaped)
		return span_is(m->name, "_rx");
	buf_reset(&p->name);
	return jstr_unescape(&p->name, m->name) == 0 &&
	    span_is(buf_span(&p->name), "_rx");
}

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
	struct buf *b = &p->normal;
	const char *comma = "";

	buf_reset(b);
	buf_addc(b, '{');
	if (rx.len > 0) {
		buf_add(b, SPAN("\"_rx\":"));
		buf_add(b, rx);
		comma = ",";
	}
	for (size_t i = 0; i < p->record.n_members; i++) {
		const struct member *m = &p->record.members[i];
		bool quoted = m->value.type == VALUE_STRING, ours = is_rx(p, m);

		if (ours && !foreign)
			continue;
		buf_adds(b, comma);
		buf_addc(b, '"');
		buf_add(b, ours ? SPAN("rx_") : m->name);
		buf_adds(b, quoted ? "\":\"" : "\":");
		buf_add(b, m->value.text);
		if (quoted)
			buf_addc(b, '"');
		comma = ",";
	}
	buf_addc(b, '}');
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(b);
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
		named += is_rx(p, &p->record.members[i]);
	if (named > 1 || line.at[0] != '{' ||
	    p->record.members[0].value.text.at != v.text.at ||
	    p->record.members[0].escaped)
		*record = put_in_order(p, v.text, false);
	return origin;
}
