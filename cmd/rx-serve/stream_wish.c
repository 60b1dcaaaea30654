/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/stream_wish.h"

#include "cmd/rx-serve/query.h"
#include "lib/digest.h"
#include "lib/num.h"

#define LIFE 8 /* letters of it: a chance to be mistaken of 1 in 2^48 */

static const char *
life(void)
{
	static char name[DIGEST_NONCE + 1];

	if (name[0] == '\0') {
		digest_nonce(name);
		name[LIFE] = '\0';
	}
	return name;
}

static int
set_from(struct stream_wish *w, const char *value, const char **why)
{
	const char *dot = strrchr(value, '.'), *none;

	if (w->places) {
		*why = "from twice";
		return -1;
	}
	w->places = true;
	if (strcmp(value, "first") == 0)
		w->from = WISH_FIRST;
	else if (strcmp(value, "last") == 0)
		w->from = WISH_LAST;
	else if (dot == NULL ||
	    num_u64(span_of(dot + 1), &w->place, &none) < 0) {
		*why = "from: first, last, or the place of a message";
		return -1;
	} else if (dot - value == LIFE && strncmp(value, life(), LIFE) == 0)
		w->from = WISH_PLACE;
	else
		w->from = WISH_UNKNOWN;
	return 1;
}

int
stream_wish_parse(struct stream_wish *w, enum stream_kind kind,
    struct span query, const char **why)
{
	struct query_item item;
	int got;

	memset(w, 0, sizeof(*w));
	filter_init(&w->filter);
	while ((got = query_next(&query, &item, why)) > 0) {
		if (strcmp(item.name, "from") == 0)
			got = set_from(w, item.value, why);
		else
			got = kind == STREAM_LOGS
			    ? filter_set(&w->filter, item.name, item.value, why)
			    : 0;
		if (got == 0)
			*why = kind == STREAM_LOGS
			    ? "a stream is asked for from, severity, q, glob"
			    : "telemetry is asked for from alone";
		if (got <= 0)
			return -1;
	}
	return got;
}

void
stream_place(struct buf *dst, uint64_t number)
{
	buf_adds(dst, "\"_rx\":{\"at\":\"");
	buf_adds(dst, life());
	buf_addc(dst, '.');
	buf_addu(dst, number);
	buf_adds(dst, "\"}");
}
