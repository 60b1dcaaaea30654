/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/order.h"

#include "lib/jstr.h"

/* Three characters, six bytes each: a longer name is another. */
#define RX_ESCAPED 18

bool
order_is_rx(const struct member *m)
{
	struct buf name;
	bool is;

	if (!m->escaped)
		return span_is(m->name, "_rx");
	if (m->name.len > RX_ESCAPED)
		return false;
	buf_init(&name);
	is = jstr_unescape(&name, m->name) == 0 &&
	    span_is(buf_span(&name), "_rx");
	buf_release(&name);
	return is;
}

void
order_record(
    const struct record *r, struct span rx, bool foreign, struct buf *b)
{
	const char *comma = "";

	buf_reset(b);
	buf_addc(b, '{');
	if (rx.len > 0) {
		buf_add(b, SPAN("\"_rx\":"));
		buf_add(b, rx);
		comma = ",";
	}
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = &r->members[i];
		bool quoted = m->value.type == VALUE_STRING;
		bool ours = order_is_rx(m);

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
}
