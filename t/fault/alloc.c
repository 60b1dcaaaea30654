/* SPDX-License-Identifier: MIT */
/*
 * alloc.so -- LD_PRELOAD: the n-th allocation of a program fails.
 *
 *   RX_ALLOC=N     that one alone       RX_ALLOC=N-   it and all after it
 *   RX_ALLOC_COUNT=FILE   at the end, how many there were
 *
 * Counted are malloc, calloc, realloc, reallocarray, aligned_alloc and
 * posix_memalign of the program and its libraries from the program's own first
 * instruction on: what the loader and the constructors of libraries do before
 * is not ours.  Source: malloc(3), ld.so(8); the names below are glibc's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static atomic_long calls;
static long fault_from, fault_to;
static int count_fd;
static atomic_int counting;

static void
told(void)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", atomic_load(&calls));

	if (write(count_fd, text, (size_t)n) != n)
		_exit(98);
}

/* The last constructor to run: those of libraries have run before. */
__attribute__((constructor)) static void
start(void)
{
	const char *fault = getenv("RX_ALLOC");
	const char *count = getenv("RX_ALLOC_COUNT");
	char *end;

	/* Opened now: a confined program opens no file of ours at its end. */
	if (count != NULL) {
		count_fd =
		    open(count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		atexit(told);
	}
	if (fault != NULL) {
		fault_from = fault_to = strtol(fault, &end, 10);
		if (*end == '-')
			fault_to = INT32_MAX;
	}
	/* A child starts with its own count, and is not what is tried. */
	unsetenv("RX_ALLOC");
	unsetenv("RX_ALLOC_COUNT");
	unsetenv("LD_PRELOAD");
	atomic_store(&counting, 1);
}

static int
fails(void)
{
	long n;

	if (!atomic_load(&counting))
		return 0;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (n < fault_from || n > fault_to)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t n)
{
	return fails() ? NULL : __libc_realloc(old, n);
}

void *
reallocarray(void *old, size_t n, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(n, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, whole);
}

void *
aligned_alloc(size_t align, size_t n)
{
	return fails() ? NULL : __libc_memalign(align, n);
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	if (fails())
		return ENOMEM;
	*out = __libc_memalign(align, n);
	return *out == NULL ? ENOMEM : 0;
}
