/* SPDX-License-Identifier: MIT */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/num.h"

#define BUF_FIRST 256

void
buf_init(struct buf *b)
{
	*b = (struct buf){ 0 };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void
buf_release(struct buf *b)
{
	free(b->at);
	buf_init(b);
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t size = b->size;
	char *at;

	if (b->failed)
		return NULL;
	if (b->at != NULL && size - b->len >= n)
		return b->at + b->len;
	if (n > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return NULL;
	}
	if (size < BUF_FIRST)
		size = BUF_FIRST;
	while (size - b->len < n)
		size *= 2;
	if ((at = realloc(b->at, size)) == NULL) {
		b->failed = true;
		return NULL;
	}
	b->at = at;
	b->size = size;
	return b->at + b->len;
}

void
buf_add(struct buf *b, struct span s)
{
	char *room;

	if (s.len == 0 || (room = buf_room(b, s.len)) == NULL)
		return;
	memcpy(room, s.at, s.len);
	buf_took(b, s.len);
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, (struct span){ &c, 1 });
}

void
buf_adds(struct buf *b, const char *string)
{
	buf_add(b, span_of(string));
}

void
buf_addu(struct buf *b, uint64_t u)
{
	char *room;

	if ((room = buf_room(b, NUM_DIGITS)) != NULL)
		buf_took(b, num_render(room, u));
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;
	char *room;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		b->failed = true;
		return;
	}
	/* One more: vsnprintf ends with a NUL, which is not kept. */
	if ((room = buf_room(b, (size_t)n + 1)) == NULL)
		return;
	va_start(args, format);
	vsnprintf(room, (size_t)n + 1, format, args);
	va_end(args);
	buf_took(b, (size_t)n);
}
