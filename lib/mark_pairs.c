/* SPDX-License-Identifier: MIT */
/* mark_pairs -- where a source stood before, read and written. */
#include <inttypes.h>

#include "lib/fields.h"
#include "lib/mark.h"

/* [o,[LEN,"HASH"],at_ms]; a pair of the first of its kind tells no time. */
static bool
pair_parse(const struct value *v, struct pair *to)
{
	struct walk pair;
	struct member o, a, at;
	uint64_t at_ms = 0;

	if (v->type != VALUE_ARRAY)
		return false;
	walk_init(&pair, v->text);
	if (!walk_next(&pair, &o) || !walk_next(&pair, &a) ||
	    a.value.type != VALUE_ARRAY || value_u64(&o.value, &to->o) < 0 ||
	    to->o >= MARK_OFFSET_MAX ||
	    fields_hash(a.value.text, &to->len, to->hash) < 0 ||
	    to->len > MARK_ANCHOR)
		return false;
	if (walk_next(&pair, &at) &&
	    (value_u64(&at.value, &at_ms) < 0 || at_ms > INT64_MAX))
		return false;
	to->at_ms = (int64_t)at_ms;
	return true;
}

size_t
pairs_parse(struct span list, struct pair to[PAIRS_MAX])
{
	struct walk pairs;
	struct member m;
	size_t n = 0;

	walk_init(&pairs, list);
	while (n < PAIRS_MAX && walk_next(&pairs, &m) &&
	    pair_parse(&m.value, &to[n]))
		n++;
	return n;
}

void
pairs_render(struct buf *b, const struct pair *pair, size_t n)
{
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s[%" PRIu64 ",[%" PRIu64 ",\"%s\"],%" PRId64 "]",
		    i > 0 ? "," : "", pair[i].o, pair[i].len, pair[i].hash,
		    pair[i].at_ms);
	buf_addc(b, ']');
}
