/* SPDX-License-Identifier: MIT */
/*
 * serve-token -- the instructions of a compare of two hashes, counted.
 *
 * A child compares, a step at a time, a hash with one that differs in byte
 * 0, 1 … 31, and with itself: one line each, "POSITION INSTRUCTIONS".  What
 * takes the same instructions takes the same time, which no clock of a busy
 * machine could show.  75: nothing can be traced.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/rx-serve/token_hash.h"
#include "lib/diag.h"

static volatile bool equal;

static void
compare(const struct token_hash *a, const struct token_hash *b)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(EX_TEMPFAIL);
	equal = token_hash_eq(a, b); /* the linker has found it after this */
	raise(SIGSTOP);
	equal = token_hash_eq(a, b);
	raise(SIGSTOP);
	_exit(0);
}

static long
count(const struct token_hash *a, const struct token_hash *b)
{
	pid_t child = fork();
	long steps = 0;
	int status;

	if (child == 0)
		compare(a, b);
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		die(EX_TEMPFAIL, "nothing can be traced");
	do {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) < 0 ||
		    waitpid(child, &status, 0) < 0)
			die_sys(EX_TEMPFAIL, "unable to step");
		steps++;
	} while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return steps;
}

int
main(void)
{
	struct token_hash good = token_hash(SPAN("a token")), wrong;

	diag_init("serve-token");
	for (int i = 0; i < TOKEN_HASH; i++) {
		wrong = good;
		wrong.bytes[i] ^= 1;
		printf("%d %ld\n", i, count(&good, &wrong));
		fflush(stdout); /* before the next child has a copy */
	}
	printf("equal %ld\n", count(&good, &good));
	return 0;
}
