/* SPDX-License-Identifier: MIT */
/* dbpages -- the file, its log over it, and what of it is free. */
#include "lib/dbpages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/dbrows.h"
#include "lib/whole.h"

#define HEADER 100
#define WAL_HEADER 32
#define FRAME_HEADER 24
#define PAGE_DEFAULT 8192 /* what our files have, if theirs is unreadable */

static bool
is_page_size(uint32_t size)
{
	return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* -- the log ----------------------------------------------------------------- */

struct wal_sum {
	bool big; /* the byte order it is made in */
	uint32_t a, b;
};

static void
add_sum(struct wal_sum *s, const uint8_t *at, size_t len)
{
	uint32_t x, y;

	for (; len >= 8; at += 8, len -= 8) {
		x = dbrows_u32(at);
		y = dbrows_u32(at + 4);
		if (!s->big) {
			x = __builtin_bswap32(x);
			y = __builtin_bswap32(y);
		}
		s->a += x + s->b;
		s->b += y + s->a;
	}
}

static int
grow(struct dbpages *p, uint32_t n)
{
	int64_t *wal_at;

	if (n <= p->n)
		return 0;
	if ((wal_at = realloc(p->wal_at, ((size_t)n + 1) * sizeof(*wal_at))) ==
	    NULL)
		return -1;
	memset(wal_at + p->n + 1, 0, (n - p->n) * sizeof(*wal_at));
	p->wal_at = wal_at;
	p->n = n;
	return 0;
}

/* Frames of one commit become valid together, with its last. */
static int
apply(struct dbpages *p, int64_t from, int64_t to, uint32_t n)
{
	uint8_t head[FRAME_HEADER];
	uint32_t page;

	if (n > p->n + (uint64_t)(to - from) / p->size + 1 || grow(p, n) < 0)
		return -1;
	for (; from < to; from += FRAME_HEADER + p->size) {
		if (read_at(p->wal_fd, head, sizeof(head), from) !=
		    FRAME_HEADER)
			return -1;
		page = dbrows_u32(head);
		if (page > 0 && page <= p->n)
			p->wal_at[page] = from + FRAME_HEADER;
	}
	return 0;
}

/* As far as its checksums hold. */
static int
read_wal(struct dbpages *p)
{
	uint8_t head[WAL_HEADER], frame[FRAME_HEADER];
	struct wal_sum sum = { .a = 0 };
	int64_t at = WAL_HEADER, done = WAL_HEADER;
	uint32_t n;

	if (read_at(p->wal_fd, head, sizeof(head), 0) != WAL_HEADER ||
	    (dbrows_u32(head) & ~UINT32_C(1)) != 0x377f0682 ||
	    dbrows_u32(head + 8) != p->size)
		return 0;
	sum.big = dbrows_u32(head) & 1;
	add_sum(&sum, head, 24);
	if (sum.a != dbrows_u32(head + 24) || sum.b != dbrows_u32(head + 28))
		return 0;
	for (;; at += FRAME_HEADER + p->size) {
		if (read_at(p->wal_fd, frame, sizeof(frame), at) !=
			FRAME_HEADER ||
		    memcmp(frame + 8, head + 16, 8) != 0 ||
		    read_at(p->wal_fd, p->page, p->size, at + FRAME_HEADER) !=
			(int)p->size)
			return 0;
		add_sum(&sum, frame, 8);
		add_sum(&sum, p->page, p->size);
		if (sum.a != dbrows_u32(frame + 16) ||
		    sum.b != dbrows_u32(frame + 20))
			return 0;
		if ((n = dbrows_u32(frame + 4)) == 0)
			continue;
		if (apply(p, done, at + FRAME_HEADER + p->size, n) < 0)
			return -1;
		done = at + FRAME_HEADER + p->size;
	}
}

/* -- pages ------------------------------------------------------------------- */

int
dbpages_read(struct dbpages *p, uint32_t page, uint8_t *dst)
{
	int64_t at = p->wal_at[page];
	int got;

	if (at != 0)
		got = read_at(p->wal_fd, dst, p->size, at);
	else
		got =
		    read_at(p->fd, dst, p->size, (int64_t)(page - 1) * p->size);
	if (got < 0) {
		p->unreadable++;
		return -1;
	}
	memset(dst + got, 0, p->size - (size_t)got);
	return 0;
}

/* What the freelist names holds rows that were deleted. */
static void
find_free(struct dbpages *p)
{
	uint32_t trunk, n, leaf;

	if (p->n == 0 || dbpages_read(p, 1, p->page) < 0)
		return;
	trunk = dbrows_u32(p->page + 32);
	while (trunk > 1 && trunk <= p->n && !p->is_free[trunk] &&
	    dbpages_read(p, trunk, p->page) == 0) {
		p->is_free[trunk] = 1;
		n = dbrows_u32(p->page + 4);
		for (uint32_t i = 0; i < n && 8 + 4 * i + 4 <= p->size; i++) {
			leaf = dbrows_u32(p->page + 8 + (size_t)4 * i);
			if (leaf > 1 && leaf <= p->n)
				p->is_free[leaf] = 1;
		}
		trunk = dbrows_u32(p->page);
	}
}

static int
find_size(struct dbpages *p)
{
	uint8_t head[HEADER] = { 0 };
	struct stat sb;

	if (fstat(p->fd, &sb) < 0)
		return -1;
	p->size = PAGE_DEFAULT;
	if (read_at(p->fd, head, sizeof(head), 0) == HEADER) {
		uint32_t size = (uint32_t)head[16] << 8 | head[17];

		if (size == 1)
			size = 65536;
		if (memcmp(head, "SQLite format 3", 16) == 0 &&
		    is_page_size(size))
			p->size = size;
	}
	if (sb.st_size / p->size >= UINT32_MAX - 1) {
		errno = EFBIG;
		return -1;
	}
	return grow(p, (uint32_t)((sb.st_size + p->size - 1) / p->size));
}

int
dbpages_open(struct dbpages *p, const char *path)
{
	char wal[4096];

	*p = (struct dbpages){ .fd = -1, .wal_fd = -1 };
	buf_init(&p->payload);
	if (snprintf(wal, sizeof(wal), "%s-wal", path) >= (int)sizeof(wal)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((p->wal_at = calloc(1, sizeof(*p->wal_at))) == NULL ||
	    (p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0 ||
	    find_size(p) < 0 || (p->page = malloc(p->size)) == NULL ||
	    (p->overflow = malloc(p->size)) == NULL)
		goto fail;
	p->wal_fd = open(wal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if ((p->wal_fd >= 0 && read_wal(p) < 0) ||
	    (p->is_free = calloc((size_t)p->n + 1, 1)) == NULL)
		goto fail;
	find_free(p);
	return 0;
fail:
	dbpages_close(p);
	return -1;
}

void
dbpages_close(struct dbpages *p)
{
	int error = errno;

	if (p->fd >= 0)
		close(p->fd);
	if (p->wal_fd >= 0)
		close(p->wal_fd);
	free(p->wal_at);
	free(p->is_free);
	free(p->page);
	free(p->overflow);
	buf_release(&p->payload);
	p->fd = p->wal_fd = -1;
	errno = error;
}
