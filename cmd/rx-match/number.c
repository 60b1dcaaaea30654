#include "number.h"

#include <string.h>

uintmax_t
number_count(struct span s)
{
	const char *p = s.at, *end = s.at + s.len;
	uintmax_t n = 0;

	for (; p < end; n++) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
	}
	return n;
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
