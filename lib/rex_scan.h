/* SPDX-License-Identifier: MIT */
/*
 * rex_scan -- find the first place in a block where one of a few literals
 *             stands.  Private to rex and to what decides words without it.
 *
 * Shape   Up to SCAN_MAX literals of ASCII text, compared without case, and
 *         exact ones that count at the start of a line only.  With json, an
 *         escape that may hide a printable ASCII character (\u0020 to \u007f)
 *         is a hit too: so in a block of JSON no text that holds a literal is
 *         passed over, however its characters are spelled.
 * How     Three bytes of each literal give a bit in three tables, indexed by
 *         byte; where the AND of three neighbours is not zero a literal may
 *         stand, and is compared.  With AVX2 the tables are looked up by
 *         nibble, 32 places at a time; the portable twin looks up whole
 *         bytes.  Both find the same.
 * Source  The "Teddy" idea of Hyperscan, as published by its authors.
 */
#ifndef RX_REX_SCAN_H
#define RX_REX_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define SCAN_MAX 64
#define SCAN_LITERAL 32 /* bytes; of a longer one the first count */
#define SCAN_WINDOW 3

enum scan_kind { SCAN_WORD, SCAN_LINE_START, SCAN_ESCAPE };

#define SCAN_BUCKETS 8

struct scan_literal {
	char text[SCAN_LITERAL]; /* a word's in lower case */
	size_t len;
	size_t shift; /* of the window that is looked for */
	enum scan_kind kind;
	/* The first eight bytes as a number: (bytes | fold) & mask. */
	uint64_t first, fold, mask;
};

void scan_literal_init(struct scan_literal *, struct span, enum scan_kind);

/* Does it stand at `at` of the block? */
bool scan_literal_stands(
    const struct scan_literal *, struct span block, size_t at, bool json);

/* Where in the literal the `window` bytes begin that are met least in logs. */
size_t scan_rarest(const struct scan_literal *, size_t window);

struct scan {
	struct scan_literal literals[SCAN_MAX];
	size_t n;
	bool portable; /* do not use what the processor offers */
	/* private */
	uint8_t table[SCAN_WINDOW][256];
	uint8_t low[SCAN_WINDOW][16], high[SCAN_WINDOW][16];
	uint8_t open[SCAN_WINDOW]; /* buckets that take any byte there */
	size_t bucket[SCAN_BUCKETS + 1]; /* where its literals begin */
};

void scan_init(struct scan *);
bool scan_add(struct scan *, struct span, enum scan_kind); /* false: full */
void scan_build(struct scan *); /* after the last add */

/*
 * A second look at a word that stands at `at` of the block: false passes it
 * over.  What is not a word is not asked about.
 */
struct scan_sieve {
	bool (*take)(void *arg, struct span block, size_t at);
	void *arg;
};

/* Where in [at, end) of the block a literal begins, or NULL; sieve may be. */
const char *scan_find(const struct scan *, struct span block, size_t at,
    bool json, const struct scan_sieve *);

#endif
