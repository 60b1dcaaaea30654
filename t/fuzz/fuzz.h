/* SPDX-License-Identifier: MIT */
/*
 * fuzz -- what the fuzz targets share.
 *
 * Shape   A target is a file with LLVMFuzzerTestOneInput() in it; `make fuzz'
 *         links it with libFuzzer, and with the objects of the tool that its
 *         name begins with.  What must hold is said by FUZZ_TRUE().
 *         Seeds are in t/fuzz/seed/TARGET, found inputs too, once mended.
 * Source  https://llvm.org/docs/LibFuzzer.html
 */
#ifndef RX_FUZZ_H
#define RX_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int LLVMFuzzerInitialize(int *, char ***);

#define FUZZ_TRUE(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, \
			    __LINE__, #what); \
			abort(); \
		} \
	} while (0)

/*
 * The bytes in memory of exactly their size, until the next call: reading one
 * behind them is found.
 */
static inline struct span
fuzz_copy(const uint8_t *data, size_t size)
{
	static char *copy;

	free(copy);
	copy = malloc(size > 0 ? size : 1);
	FUZZ_TRUE(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return (struct span){ copy, size };
}

/* What stands before the first NUL; the rest, without it, stays in all. */
static inline struct span
fuzz_first(struct span *all)
{
	const char *nul = memchr(all->at, '\0', all->len);
	struct span first = *all;

	if (nul != NULL)
		first.len = (size_t)(nul - all->at);
	*all = span_skip(*all, first.len + (nul != NULL));
	return first;
}

#endif
