/* SPDX-License-Identifier: MIT */
#include "lib/record_memo.h"

#include <string.h>

#include "lib/lanes.h"

/* Of any log: its time, and its last member, which is not asked about. */
#define EXPECTED 2

/* How many bytes are the same in both, of n. */
static inline size_t
same(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	for (; n - i >= LANES; i += LANES) {
		const lanes equal =
		    (lanes)(lanes_load(a + i) == lanes_load(b + i));
		const unsigned other = lanes_bits(equal) ^ 0xffff;

		if (other != 0)
			return i + (size_t)__builtin_ctz(other);
	}
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

static inline void
give(const struct memo_member *known, const char *at, struct member *m)
{
	m->name = (struct span){ at + 1, known->name_len };
	m->escaped = known->name_escaped;
	m->value.text = (struct span){ at + known->value_at, known->value_len };
	m->value.type = known->type;
	m->value.escaped = known->value_escaped;
}

size_t
record_memo_read(
    const struct record_memo *memo, struct jscan *s, size_t i, struct member *m)
{
	const size_t left = (size_t)(s->end - s->at);
	const struct memo_member *first, *known, *last;
	const char *from = s->at;
	size_t n;

	if (i + 1 >= memo->n)
		return 0;
	first = known = &memo->members[i];
	last = &memo->members[memo->n - 1];
	n = last->begin - first->begin;
	n = first->begin +
	    same(memo->head + first->begin, from, n < left ? n : left);
	for (; known < last && known[1].begin <= n; known++) {
		give(known, s->at, m++);
		s->at = from + (known[1].begin - first->begin);
	}
	return (size_t)(known - first);
}

static size_t
begins_at(const struct jscan *s, const struct member *m)
{
	return (size_t)(m->name.at - 1 - s->begin);
}

void
record_memo_keep(struct record_memo *memo, const struct jscan *s,
    const struct member *m, size_t n, size_t others)
{
	if (others <= EXPECTED && memo->n > 0)
		return;
	for (memo->n = 0; memo->n < n && memo->n < MEMO_MEMBERS; memo->n++) {
		size_t begin = begins_at(s, &m[memo->n]);

		if (begin > MEMO_HEAD)
			break;
		memo->members[memo->n] = (struct memo_member){
			.begin = begin,
			.name_len = m[memo->n].name.len,
			.name_escaped = m[memo->n].escaped,
			.value_at =
			    (size_t)(m[memo->n].value.text.at - s->begin) -
			    begin,
			.value_len = m[memo->n].value.text.len,
			.value_escaped = m[memo->n].value.escaped,
			.type = m[memo->n].value.type,
		};
	}
	if (memo->n > 0)
		memcpy(memo->head, s->begin, memo->members[memo->n - 1].begin);
}
