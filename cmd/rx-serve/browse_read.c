/* SPDX-License-Identifier: MIT */
/* Commands that read files: cat, head, tail, sha256sum. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/browse_part.h"
#include "lib/diag.h"
#include "lib/whole.h"

static char block[64 * 1024];

/* Of a file that ends no earlier than it was when it was opened. */
static ssize_t
read_block(int fd, off_t at, off_t end)
{
	off_t n = end - at;

	return read_at(fd, block,
	    n < (off_t)sizeof(block) ? (size_t)n : sizeof(block), (uint64_t)at);
}

static void
copy(const char *path, int fd, off_t at, off_t end)
{
	ssize_t n = 0;

	while (at < end && (n = read_block(fd, at, end)) > 0) {
		browse_put(block, (size_t)n);
		at += n;
	}
	if (n < 0)
		browse_failed(path);
}

/* Each file, opened, with its size; the name above it when there are more. */
static void
each(const struct browse *b, bool titled,
    void (*run)(const struct browse *, const char *, int, off_t))
{
	struct stat st;
	int fd;

	for (size_t i = 0; i < b->n_paths; i++) {
		if ((fd = beneath_file(b->paths[i], &st)) < 0) {
			browse_failed(b->paths[i]);
			continue;
		}
		if (titled && b->n_paths > 1) {
			browse_putf("%s==> ", i > 0 ? "\n" : "");
			browse_name(b->paths[i]);
			browse_putf(" <==\n");
		}
		run(b, b->paths[i], fd, st.st_size);
		close(fd);
	}
}

static void
cat_one(const struct browse *b, const char *path, int fd, off_t size)
{
	(void)b;
	copy(path, fd, 0, size);
}

void
browse_cat(const struct browse *b)
{
	each(b, false, cat_one);
}

/* Where the first n lines end. */
static off_t
after_lines(int fd, off_t size, uint64_t lines)
{
	off_t at = 0;
	ssize_t n;

	while (lines > 0 && at < size && (n = read_block(fd, at, size)) > 0) {
		const char *p = block, *end = block + n;

		while (lines > 0 && p < end &&
		    (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
			p++;
			lines--;
		}
		at += p == NULL || lines > 0 ? n : p - block;
	}
	return at;
}

/* Where the last n lines begin. */
static off_t
before_lines(int fd, off_t size, uint64_t lines)
{
	off_t at = size, from;
	ssize_t n;

	if (lines == 0)
		return size;
	while (at > 0) {
		from =
		    at > (off_t)sizeof(block) ? at - (off_t)sizeof(block) : 0;
		if ((n = read_block(fd, from, at)) <= 0)
			return at;
		for (ssize_t i = n; i > 0; i--)
			/* The newline at the very end begins no line. */
			if (block[i - 1] == '\n' && from + i != size &&
			    --lines == 0)
				return from + i;
		at = from;
	}
	return 0;
}

static off_t
least(uint64_t a, off_t b)
{
	return a < (uint64_t)b ? (off_t)a : b;
}

static void
head_one(const struct browse *b, const char *path, int fd, off_t size)
{
	copy(path, fd, 0,
	    b->unit == 'c' ? least(b->count, size)
			   : after_lines(fd, size, b->count));
}

void
browse_head(const struct browse *b)
{
	each(b, true, head_one);
}

static void
tail_one(const struct browse *b, const char *path, int fd, off_t size)
{
	uint64_t before = b->count > 0 ? b->count - 1 : 0;
	off_t from;

	if (b->from_start)
		from = b->unit == 'c' ? least(before, size)
				      : after_lines(fd, size, before);
	else
		from = b->unit == 'c' ? size - least(b->count, size)
				      : before_lines(fd, size, b->count);
	copy(path, fd, from, size);
}

void
browse_tail(const struct browse *b)
{
	each(b, true, tail_one);
}

static void
sum_one(const struct browse *b, const char *path, int fd, off_t size)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *sum = or_die(EVP_MD_CTX_new());
	unsigned len = 0;
	off_t at = 0;
	ssize_t n = 0;

	(void)b;
	EVP_DigestInit_ex(sum, EVP_sha256(), NULL);
	while (at < size && (n = read_block(fd, at, size)) > 0) {
		EVP_DigestUpdate(sum, block, (size_t)n);
		at += n;
	}
	EVP_DigestFinal_ex(sum, hash, &len);
	EVP_MD_CTX_free(sum);
	if (at < size) {
		errno = n < 0 ? errno : EIO;
		browse_failed(path);
		return;
	}
	for (unsigned i = 0; i < len; i++)
		browse_putf("%02x", hash[i]);
	browse_putf("  ");
	browse_name(path);
	browse_putf("\n");
}

void
browse_sha256sum(const struct browse *b)
{
	each(b, false, sum_one);
}
