/* SPDX-License-Identifier: MIT */
/*
 * plain -- every twin of lib/plain_twin.h that this machine can run, against a
 * second way to do the same, written for being right: bytes are looked at one
 * by one, UTF-8 is decoded and encoded again.
 *
 *   plain pages SEED ROUNDS   random text of each length 0..LEN_MAX; input and
 *                             room for output each end where a page ends that
 *                             nothing may be read or written behind
 *   plain every               each sequence of up to three bytes that are worth
 *                             it, and four at the borders of UTF-8, at each
 *                             place in a unit of 32 bytes
 *
 * Prints the names of the twins; exits 1 on the first difference.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/jstr.h"
#include "lib/plain.h"
#include "lib/plain_twin.h"
#include "lib/utf8.h"

#define LEN_MAX 200
#define ALIGNMENTS 64
#define NEAR 32 /* the widest unit */

static const struct plain_twin *twins[8];
static size_t n_twins;

/* How long the character at s is: decoded, checked, encoded, compared. */
static size_t
character(const unsigned char *s, size_t n)
{
	size_t len = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : *s >= 0xc0 ? 2 : 0;
	unsigned long code;
	char again[4];

	if (len == 0 || len > n || *s >= 0xf8)
		return 0;
	code = *s & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return utf8_encode(again, code) == len && memcmp(again, s, len) == 0
	    ? len
	    : 0;
}

static bool
stands(unsigned char c)
{
	return c >= 0x20 && c <= 0x7f && c != '"' && c != '\\';
}

struct expected {
	size_t run, text, len;
	uintmax_t replaced;
	char escaped[JSTR_ESCAPE_MAX(LEN_MAX) + 1];
};

static void
expect(struct expected *e, const unsigned char *s, size_t n)
{
	static const char letters[] = "btnvfr";
	bool running = true, texting = true;
	size_t len;

	*e = (struct expected){ .run = 0 };
	for (size_t i = 0; i < n; i += len) {
		char *to = e->escaped + e->len;

		len = 1;
		if (stands(s[i]))
			*to = (char)s[i];
		else if ((len = character(s + i, n - i)) > 0) {
			memcpy(to, s + i, len);
			running = false;
		} else {
			len = 1;
			running = texting = false;
			if (s[i] >= 0x80) {
				e->replaced++;
				strcpy(to, "\xef\xbf\xbd");
			} else if (s[i] == '"' || s[i] == '\\')
				sprintf(to, "\\%c", s[i]);
			else if (s[i] >= '\b' && s[i] <= '\r' && s[i] != '\v')
				sprintf(to, "\\%c", letters[s[i] - '\b']);
			else
				sprintf(to, "\\u%04x", s[i]);
		}
		e->len += strlen(to);
		if (running)
			e->run += len;
		if (texting)
			e->text += len;
	}
}

static void
differs(const char *who, const char *what, const char *at, size_t n)
{
	printf("%s: %s differs on", who, what);
	for (size_t i = 0; i < n; i++)
		printf(" %02x", (unsigned char)at[i]);
	printf("\n");
	exit(1);
}

/* Up to a newline that is not too near the end. */
static void
compare_line(const struct plain_twin *t, const char *at, size_t n, char *room)
{
	const char *lf = memchr(at, '\n', n);
	const size_t until = lf == NULL ? SIZE_MAX : (size_t)(lf - at);
	uintmax_t replaced = 0;
	size_t len, found;
	struct expected e;

	len = t->line(room, at, n, &found, &replaced);
	if (found == SIZE_MAX) {
		if (lf != NULL && n - until > NEAR)
			differs(t->name, "line passed over", at, n);
		return;
	}
	expect(&e, (const unsigned char *)at, until == SIZE_MAX ? 0 : until);
	if (found != until || len != e.len ||
	    memcmp(room, e.escaped, len) != 0 || replaced != e.replaced)
		differs(t->name, "line", at, n);
}

static void
compare(const char *at, size_t n, char *room)
{
	struct expected e;
	uintmax_t replaced;
	size_t len;

	expect(&e, (const unsigned char *)at, n);
	if (plain_run(at, n) != e.run)
		differs("plain.h", "run", at, n);
	for (size_t i = 0; i < n_twins; i++) {
		const struct plain_twin *t = twins[i];

		if (t->run(at, n) != e.run)
			differs(t->name, "run", at, n);
		if (t->text(at, n) != e.text)
			differs(t->name, "text", at, n);
		replaced = 0;
		len = t->escape(room, at, n, &replaced);
		if (len != e.len || memcmp(room, e.escaped, len) != 0)
			differs(t->name, "escape", at, n);
		if (replaced != e.replaced)
			differs(t->name, "what was replaced", at, n);
		if (t->escape(room, at, n, NULL) != len)
			differs(t->name, "escape without a count", at, n);
		compare_line(t, at, n, room);
	}
}

/* The end of some pages that nothing can be read or written behind. */
static char *
edge(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + 3 * page, page, PROT_NONE) < 0)
		err(2, "mmap");
	return at + 3 * page;
}

static unsigned
below(unsigned n)
{
	return (unsigned)random() % n;
}

/* Mostly of one kind, as logs are, with some of all others in it. */
static void
fill(char *at, size_t n)
{
	static const char *const kinds[] = { "a", "plain text", "ä", "жлобы",
		"日本語テキスト", "𝄞🙂", "\"\\/", "\b\t\n\v\f\r",
		"\x7f\x1f", "\xc3", "\xe2\x82", "\xf0\x9d\x84", "\x80",
		"\xbf\xbf", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xff\xfe", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf5\x80" };
	const unsigned n_kinds = sizeof kinds / sizeof kinds[0];
	const unsigned most = below(n_kinds), seldom = 1 + below(40);
	size_t i = 0;

	while (i < n) {
		const char *s = kinds[below(seldom) ? most : below(n_kinds)];

		if (below(60) == 0) {
			at[i++] = (char)below(256);
			continue;
		}
		while (*s != '\0' && i < n)
			at[i++] = *s++;
	}
}

static void
pages(unsigned seed, unsigned rounds)
{
	char *in = edge(), *out = edge();

	srandom(seed);
	for (unsigned round = 0; round < rounds; round++)
		for (size_t n = 0; n <= LEN_MAX; n++) {
			size_t before = below(2) ? 0 : below(ALIGNMENTS);

			fill(in - n - before, n + before);
			compare(in - n - before, n, out - JSTR_ESCAPE_MAX(n));
			compare(in - n, n, out - JSTR_ESCAPE_MAX(n));
		}
}

static void
every(void)
{
	static const unsigned char worth[] = { 0x00, 0x1f, 0x20, '"', '\\', 'a',
		0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2,
		0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3,
		0xf4, 0xf5, 0xf8, 0xff };
	const unsigned n = sizeof worth;
	char text[64], room[JSTR_ESCAPE_MAX(sizeof text)];

	for (unsigned i = 0; i < n * n * n * n; i++) {
		size_t at = i % 37;

		memset(text, 'x', sizeof text);
		text[at] = (char)worth[i / (n * n * n)];
		text[at + 1] = (char)worth[i / (n * n) % n];
		text[at + 2] = (char)worth[i / n % n];
		text[at + 3] = (char)worth[i % n];
		compare(text, sizeof text, room);
		compare(text, at + 4, room);
	}
	/* All there is in two bytes, at each place. */
	for (unsigned i = 0; i < 256 * 256; i++)
		for (size_t at = 29; at < 34; at++) {
			memset(text, 'x', sizeof text);
			text[at] = (char)(i / 256);
			text[at + 1] = (char)(i % 256);
			compare(text, sizeof text, room);
		}
}

int
main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";

	twins[n_twins++] = &plain_single;
	twins[n_twins++] = &plain_swar;
#if defined(__SSE2__)
	twins[n_twins++] = &plain_sse2;
	if (__builtin_cpu_supports("avx2"))
		twins[n_twins++] = &plain_avx2;
#elif defined(__aarch64__)
	twins[n_twins++] = &plain_neon;
#endif
	for (size_t i = 0; i < n_twins; i++)
		printf("%s%s", i == 0 ? "" : " ", twins[i]->name);
	printf("\n");
	if (strcmp(verb, "every") == 0)
		every();
	else if (strcmp(verb, "pages") == 0 && argc == 4)
		pages((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
	else
		errx(2, "usage: plain pages SEED ROUNDS | plain every");
	return 0;
}
