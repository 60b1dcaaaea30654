/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/fragment.h"

#include <stdint.h>

#include "lib/jstr.h"
#include "lib/utf8.h"

/* A block ends at most three bytes early, before a sequence it would split. */
static size_t
block_end(struct span line, size_t start)
{
	size_t end = start + FRAGMENT_BLOCK;

	for (size_t back = 1; back <= 3; back++) {
		const char *at = line.at + end - back;

		if (utf8_follows((unsigned char)*at))
			continue;
		if ((unsigned char)*at >= 0xc0 &&
		    utf8_length(at, line.len - (end - back)) > back)
			return end - back;
		break;
	}
	return end;
}

size_t
fragment_cut(struct span line, bool complete)
{
	static char escaped[JSTR_ESCAPE_MAX(FRAGMENT_BLOCK)];
	size_t taken = 0, text = 0;

	if (complete && line.len <= FRAGMENT_SURE)
		return line.len;
	while (taken < line.len) {
		/* Three bytes more, to see whether a sequence is whole. */
		bool whole = line.len - taken >= FRAGMENT_BLOCK + 3;
		size_t end = line.len;
		uintmax_t replaced = 0;

		if (!whole && !complete)
			return 0;
		if (line.len - taken > FRAGMENT_BLOCK)
			end = block_end(line, taken);
		text += jstr_escape(escaped,
		    (struct span){ line.at + taken, end - taken }, &replaced);
		if (text > FRAGMENT_MAX)
			return taken;
		taken = end;
	}
	return complete ? taken : 0;
}

size_t
fragment_cost(struct span s)
{
	size_t cost = s.len;

	while (s.len > 0) {
		size_t plain = jstr_plain(s);

		if (plain == s.len)
			break;
		cost += JSTR_ESCAPE_MAX(1) - 1;
		s = span_skip(s, plain + 1);
	}
	return cost;
}
