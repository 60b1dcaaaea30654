/* SPDX-License-Identifier: MIT */
/* walk -- values inside values that were checked before. */
#include "lib/jscan.h"
#include "lib/jstr.h"
#include "lib/record.h"

void
walk_init(struct walk *w, struct span text)
{
	w->object = text.len > 0 && *text.at == '{';
	w->rest = text.len < 2 ? SPAN("")
			       : (struct span){ text.at + 1, text.len - 2 };
}

bool
walk_next(struct walk *w, struct member *m)
{
	struct jscan s;
	int error;

	jscan_init(&s, w->rest);
	jscan_blanks(&s);
	if (jscan_peek(&s) == ',') {
		s.at++;
		jscan_blanks(&s);
	}
	if (s.at == s.end)
		return false;
	/* Checked text is never too deep: the whole was not. */
	if (w->object)
		error = jscan_member(&s, m, 1);
	else {
		m->name = SPAN("");
		m->escaped = false;
		error = jscan_value(&s, &m->value, 1);
	}
	w->rest = (struct span){ s.at, (size_t)(s.end - s.at) };
	return error == 0;
}

struct span
member_name(const struct member *m, struct buf *scratch)
{
	if (!m->escaped)
		return m->name;
	buf_reset(scratch);
	if (jstr_unescape(scratch, m->name) < 0)
		return m->name;
	return buf_span(scratch);
}
