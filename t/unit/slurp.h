/* SPDX-License-Identifier: MIT */
/* slurp -- a whole descriptor into memory, for the drivers of this folder. */
#ifndef RX_T_SLURP_H
#define RX_T_SLURP_H

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/buf.h"

/*
 * What the descriptor holds, in memory of exactly its size: a sanitizer then
 * sees the first byte read too many.
 */
static inline struct span
slurp(int fd)
{
	struct buf b;
	struct span all;
	char *exact, *to;
	ssize_t n;

	buf_init(&b);
	do {
		if ((to = buf_room(&b, 65536)) == NULL ||
		    (n = read(fd, to, 65536)) < 0)
			err(2, "unable to read");
		buf_took(&b, (size_t)n);
	} while (n > 0);
	if ((exact = malloc(b.len + 1)) == NULL)
		err(2, "malloc");
	if (b.len > 0)
		memcpy(exact + 1, b.at, b.len);
	all = (struct span){ exact + 1, b.len };
	buf_release(&b);
	return all;
}

static inline struct span
slurp_file(const char *path)
{
	struct span all;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", path);
	all = slurp(fd);
	close(fd);
	return all;
}

static inline void
slurp_free(struct span all)
{
	free((char *)all.at - 1);
}

/* The next line of the rest, without its newline: false at the end. */
static inline int
slurp_line(struct span *rest, struct span *line)
{
	const char *lf;

	if (rest->len == 0)
		return 0;
	lf = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = lf != NULL ? (size_t)(lf - rest->at) : rest->len;
	*rest = span_skip(*rest, line->len + (lf != NULL));
	return 1;
}

#endif
