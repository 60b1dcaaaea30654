/* SPDX-License-Identifier: MIT */
/*
 * allocs -- how often memory is asked for while records go by.
 *
 *   allocs N    a pipe's worth of records through lib/lines, lib/record,
 *               lib/jstr and lib/outbuf until N of them have; prints how many
 *               calls of malloc, calloc and realloc that took
 *
 * Exits 77 where malloc cannot be counted: under the sanitizers, without glibc.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/jstr.h"
#include "lib/lines.h"
#include "lib/outbuf.h"
#include "lib/record.h"

#if defined(__GLIBC__) && !defined(RX_SANITIZED)

static uintmax_t calls;

/* glibc lets a program bring its own; these are the ones it has inside. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *
malloc(size_t n)
{
	calls++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	calls++;
	return __libc_calloc(n, size);
}

void *
realloc(void *at, size_t n)
{
	calls++;
	return __libc_realloc(at, n);
}

#define BATCH 1000

/* A file of BATCH records: the same each time, of different lengths. */
static int
records(void)
{
	int fd = memfd_create("records", 0);

	for (int i = 0; i < BATCH; i++)
		if (dprintf(fd,
			"{\"timestamp\":\"2026-01-05T10:00:00Z\",\"n\":%d,"
			"\"log_line\":\"%*s\\\"\\u00e4\xc3\xa4\"}\n",
			i, i % 300, "") < 0)
			err(2, "records");
	return fd;
}

static void
pass(struct record *r, struct buf *b, struct outbuf *out, struct span line)
{
	const struct change change = { SPAN("severity"), SPAN("\"error\"") };
	struct value v;
	char *room;

	if (record_parse(r, line) < 0)
		errx(2, "%s", r->why);
	buf_reset(b);
	if (record_get(r, "log_line", &v) && value_text(&v, b) == 0)
		jstr_add(b, v.text);
	record_splice(r, &change, 1, b);
	if (b->failed ||
	    (room = outbuf_room(out, JSTR_ESCAPE_MAX(b->len))) == NULL)
		errx(2, "out of memory");
	outbuf_took(out, jstr_escape(room, buf_span(b), NULL));
	outbuf_line(out, line);
}

int
main(int argc, char *argv[])
{
	const unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	const int fd = records(), null = open("/dev/null", O_WRONLY);
	struct outbuf out;
	struct lines in;
	struct record r;
	struct buf b;
	struct span line;

	if (null < 0)
		err(2, "/dev/null");
	calls = 0;
	lines_init(&in, fd, -1);
	outbuf_init(&out, null);
	record_init(&r);
	buf_init(&b);
	for (unsigned long i = 0; i < n; i++) {
		/* At the end of the file it is read again. */
		if (i % BATCH == 0 && lseek(fd, 0, SEEK_SET) < 0)
			err(2, "lseek");
		if (lines_next(&in, &line) != 1)
			errx(2, "no line");
		pass(&r, &b, &out, line);
	}
	printf("%ju\n", calls);
	lines_release(&in);
	record_release(&r);
	buf_release(&b);
	return outbuf_close(&out) < 0;
}

#else

int
main(void)
{
	return 77;
}

#endif
