# SPDX-License-Identifier: MIT
# How often a tool asks for memory.

# count_allocations: makes counted.so, which says at exit how often memory was
# asked for.
count_allocations() {
	need cc
	! sanitized || skip "ASan has its own malloc"
	cat >counted.c <<-'E'
	#include <stddef.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
	extern void *__libc_realloc(void *, size_t);
	static unsigned long asked;
	void *malloc(size_t n) { asked++; return __libc_malloc(n); }
	void *calloc(size_t n, size_t m) { asked++; return __libc_calloc(n, m); }
	void *realloc(void *p, size_t n) { asked++; return __libc_realloc(p, n); }
	__attribute__((destructor)) static void tell(void)
	{
		char text[32];
		int n = snprintf(text, sizeof(text), "asked %lu\n", asked);
		if (write(2, text, (size_t)n) != n)
			_exit(99);
	}
	E
	cc -shared -fPIC -o counted.so counted.c || skip "no shared objects here"
}

# asked COMMAND...: its allocations.
asked() { LD_PRELOAD=./counted.so "$@" 2>&1 >out | sed -n 's/^asked //p'; }
