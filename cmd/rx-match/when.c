/* SPDX-License-Identifier: MIT */
#include "when.h"

#include <string.h>

#include "lib/rtime.h"

bool
when_of(struct item *it, int64_t *ns)
{
	static struct {
		char text[WHEN_TEXT];
		size_t len;
		int64_t ns;
	} last;
	struct rtime_found found;
	struct value v;

	if (!item_get(it, "timestamp", &v) || v.type != VALUE_STRING ||
	    v.text.len == 0 || v.text.len > WHEN_TEXT)
		return false;
	if (!span_eq(v.text, (struct span){ last.text, last.len })) {
		if (rtime_parse(v.text, &found) < 0)
			return false;
		memcpy(last.text, v.text.at, v.text.len);
		last.len = v.text.len;
		last.ns = found.ns;
	}
	*ns = last.ns;
	return true;
}

int64_t
when_known(struct item *it)
{
	int64_t ns;

	if (!when_of(it, &ns) || ns > it->now_ns + WHEN_AHEAD)
		return it->now_ns;
	return ns;
}
