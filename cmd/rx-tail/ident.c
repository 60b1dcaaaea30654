/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cmd/rx-tail/links.h"
#include "lib/num.h"
#include "lib/whole.h"

static int
look_at(int fd, const char *path, int flags, struct look *l)
{
	struct statx x;

	if (statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &x) < 0)
		return -1;
	*l = (struct look){
		.id = { .dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		    .inode = x.stx_ino },
		.size = x.stx_size,
		.mtime_ns = x.stx_mtime.tv_sec * NUM_S + x.stx_mtime.tv_nsec,
		.links = x.stx_nlink,
		.regular = S_ISREG(x.stx_mode),
	};
	if (x.stx_mask & STATX_BTIME)
		l->id.btime_ns =
		    x.stx_btime.tv_sec * NUM_S + x.stx_btime.tv_nsec;
	return 0;
}

int
look_path(const char *path, struct look *l)
{
	return look_at(AT_FDCWD, path, 0, l);
}

int
look_fd(int fd, struct look *l)
{
	return look_at(fd, "", AT_EMPTY_PATH, l);
}

bool
ident_eq(const struct ident *a, const struct ident *b)
{
	return a->inode == b->inode && a->dev == b->dev &&
	    a->btime_ns == b->btime_ns;
}

int
ident_open(const char *path, struct look *l)
{
	int error,
	    fd = links_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (look_fd(fd, l) == 0) {
		if (l->regular)
			return fd;
		errno = EINVAL;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
head_read(int fd, bool final, char head[MARK_HEAD])
{
	ssize_t got = read_at(fd, head, MARK_HEAD, 0);
	const char *lf;

	if (got <= 0)
		return (int)got;
	if ((lf = memchr(head, '\n', (size_t)got)) != NULL)
		return (int)(lf + 1 - head);
	return got == MARK_HEAD || final ? (int)got : 0;
}

void
src_of(char dst[MARK_SRC + 1], const char *node_id, const struct ident *id,
    struct span head, uint64_t gen)
{
	char file[80], life[NUM_DIGITS + 1];
	int n =
	    snprintf(file, sizeof(file), "%c%" PRIu64 "%c%" PRId64 "%c%zu%c", 0,
		id->inode, 0, id->btime_ns, 0, head.len, 0);
	const struct span parts[] = {
		{ "rx1", 4 },
		span_of(node_id),
		{ file, (size_t)n },
		head,
		{ life, num_render(life, gen) },
	};

	digest_b32(parts, sizeof(parts) / sizeof(*parts), dst);
}

unsigned
anchor_len(uint64_t offset)
{
	return offset < MARK_ANCHOR ? (unsigned)offset : MARK_ANCHOR;
}

int
anchor_read(int fd, uint64_t offset, struct anchor *a)
{
	a->len = anchor_len(offset);
	return read_at(fd, a->bytes, a->len, offset - a->len) == a->len ? 0
									: -1;
}

bool
anchor_holds(int fd, uint64_t offset, const struct anchor *a)
{
	struct anchor now;

	return anchor_read(fd, offset, &now) == 0 && now.len == a->len &&
	    memcmp(now.bytes, a->bytes, a->len) == 0;
}

void
anchor_hash(const struct anchor *a, char hex[DIGEST_HEX + 1])
{
	struct span bytes = { (const char *)a->bytes, a->len };

	digest_hex(&bytes, 1, hex);
}

bool
entry_holds(int fd, uint64_t size, const struct entry *e)
{
	char head[MARK_HEAD], hex[DIGEST_HEX + 1];
	struct span bytes = { head, e->head_len };
	struct anchor a;

	if (size < e->o || size < e->head_len || e->head_len > MARK_HEAD ||
	    e->anchor_len != anchor_len(e->o) ||
	    read_at(fd, head, bytes.len, 0) != (ssize_t)bytes.len)
		return false;
	digest_hex(&bytes, 1, hex);
	if (strcmp(hex, e->head) != 0 || anchor_read(fd, e->o, &a) < 0)
		return false;
	anchor_hash(&a, hex);
	return a.len == 0 || strcmp(hex, e->anchor) == 0;
}

/* A byte 0x0a stands at o: where the line that it ends does, 0 if it ends none. */
static uint64_t
line_end(int fd, enum encoding e, uint64_t o)
{
	const uint64_t unit = o - o % 2;
	char bytes[2];
	size_t len;

	if (!encoding_is_wide(e))
		return o + 1;
	if (read_at(fd, bytes, sizeof(bytes), unit) != sizeof(bytes) ||
	    !encoding_line(e, (struct span){ bytes, sizeof(bytes) }, &len))
		return 0;
	return unit + sizeof(bytes);
}

int
last_lines(int fd, enum encoding e, uint64_t size, uint64_t n, uint64_t *offset)
{
	char block[16 * 1024];
	uint64_t end = size;

	/* The n + 1st LF from the end is the one before those lines. */
	while (end > 0) {
		size_t len = end < sizeof(block) ? end : sizeof(block);
		struct span s = { block, len };
		const char *lf;

		if (read_at(fd, block, len, end - len) != (ssize_t)len)
			return -1;
		while ((lf = memrchr(s.at, '\n', s.len)) != NULL) {
			uint64_t after;

			s.len = (size_t)(lf - s.at);
			after = line_end(fd, e, end - len + s.len);
			if (after != 0 && n-- == 0) {
				*offset = after;
				return 0;
			}
		}
		end -= len;
	}
	*offset = 0;
	return 0;
}
