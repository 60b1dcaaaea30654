/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <string.h>

/* Sixteen bytes at once, with the compiler's vectors. */
#define LANES 16
typedef unsigned char lanes __attribute__((vector_size(LANES)));

/* Newlines in whole lanes; *at moves behind them. */
static uintmax_t
count_lanes(const char **at, const char *end)
{
	uintmax_t n = 0;

	while (end - *at >= LANES) {
		lanes found = { 0 }, next;

		/* As often as a byte can count. */
		for (int i = 0; i < UINT8_MAX && end - *at >= LANES; i++) {
			memcpy(&next, *at, LANES);
			found -= (lanes)(next == '\n');
			*at += LANES;
		}
		for (int i = 0; i < LANES; i++)
			n += found[i];
	}
	return n;
}

uintmax_t
number_count(struct span s)
{
	const char *p = s.at, *end = s.at + s.len;
	uintmax_t n = count_lanes(&p, end);

	for (; p < end; p++)
		n += *p == '\n';
	return n + (s.len > 0 && end[-1] != '\n');
}

void
number_block(struct number *n, struct span block)
{
	n->block = n->at = block.at;
	n->passed = 0;
}

void
number_lines(struct number *n, uintmax_t lines)
{
	n->before += lines;
}

uintmax_t
number_of(struct number *n, const char *line)
{
	if (line < n->at)
		number_block(n, (struct span){ n->block, 0 });
	n->passed +=
	    number_count((struct span){ n->at, (size_t)(line - n->at) });
	n->at = line;
	return n->before + n->passed + 1;
}
