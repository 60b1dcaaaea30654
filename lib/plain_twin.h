/* SPDX-License-Identifier: MIT */
/*
 * plain_twin -- the loops over JSON string text, once for each kind of unit.
 *               For lib/jstr.c, lib/plain.c and the test that compares them.
 *
 * Shape   run     leading plain bytes, as plain_run() of lib/plain.h
 *         text    leading bytes that are plain or valid UTF-8, as jstr_plain()
 *         escape  as jstr_escape(): one pass, copying what it looks at
 *         line    as jstr_escape_line(): the same, up to a newline
 *
 *         One loop, lib/plain_loop.inc, is compiled for every unit.  The twins
 *         give the same bytes; which one is asked is for plain_best() to say,
 *         by what the machine can do and by nothing else.
 * Limits  Reads n bytes and none after them.  escape may write anything into
 *         the JSTR_ESCAPE_MAX(n) bytes at dst.
 */
#ifndef RX_PLAIN_TWIN_H
#define RX_PLAIN_TWIN_H

#include <stddef.h>
#include <stdint.h>

struct plain_twin {
	const char *name;
	size_t (*run)(const char *, size_t n);
	size_t (*text)(const char *, size_t n);
	size_t (*escape)(
	    char *dst, const char *, size_t n, uintmax_t *replaced);
	size_t (*line)(char *dst, const char *, size_t n, size_t *len,
	    uintmax_t *replaced);
};

extern const struct plain_twin plain_single, plain_swar;
#if defined(__SSE2__)
extern const struct plain_twin plain_sse2;
extern const struct plain_twin plain_avx2; /* where the machine has it */
#elif defined(__aarch64__)
extern const struct plain_twin plain_neon;
#endif

/* A load and a bit test: cheap enough to ask each time. */
static inline const struct plain_twin *
plain_best(void)
{
#if defined(__SSE2__)
	return __builtin_cpu_supports("avx2") ? &plain_avx2 : &plain_sse2;
#elif defined(__aarch64__)
	return &plain_neon;
#else
	return &plain_swar;
#endif
}

#endif
