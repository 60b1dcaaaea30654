/* SPDX-License-Identifier: MIT */
/*
 * calls.so -- LD_PRELOAD: system calls that do what they may, but seldom do.
 *
 *   RX_CALLS=short    every second one that moves bytes moves a third of them
 *   RX_CALLS=eintr    every second one that may wait is interrupted (EINTR)
 *   RX_CALLS=N        the N-th that makes a descriptor fails with EMFILE
 *   RX_CALLS=N-       it and all after it
 *   RX_CALLS_COUNT=FILE   at the end, how many made a descriptor
 *
 * Of the program and its libraries, from its own first instruction on; a child is
 * not tried.  Sources: read(2), write(2), signal(7), open(2).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_long moved, waited, made;
static long fault_from, fault_to;
static int shortens, interrupts, count_fd;

static void
told(void)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", atomic_load(&made));

	shortens = interrupts = 0;
	if (write(count_fd, text, (size_t)n) != n)
		_exit(98);
}

/* The last constructor to run: those of libraries have run before. */
__attribute__((constructor)) static void
start(void)
{
	const char *fault = getenv("RX_CALLS");
	const char *count = getenv("RX_CALLS_COUNT");
	char *end;

	/* Opened now: a confined program opens no file of ours at its end. */
	if (count != NULL) {
		count_fd =
		    open(count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		atexit(told);
	}
	if (fault != NULL) {
		shortens = strcmp(fault, "short") == 0;
		interrupts = strcmp(fault, "eintr") == 0;
		fault_from = fault_to = strtol(fault, &end, 10);
		if (*end == '-')
			fault_to = INT32_MAX;
	}
	unsetenv("RX_CALLS");
	unsetenv("RX_CALLS_COUNT");
	unsetenv("LD_PRELOAD");
	atomic_store(&made, 0);
}

static int
interrupted(void)
{
	if (!interrupts || atomic_fetch_add(&waited, 1) % 2 != 0)
		return 0;
	errno = EINTR;
	return 1;
}

static size_t
part(size_t n)
{
	if (!shortens || n < 2 || atomic_fetch_add(&moved, 1) % 2 != 0)
		return n;
	return n / 3 + 1;
}

static int
refused(void)
{
	long n = atomic_fetch_add(&made, 1) + 1;

	if (n < fault_from || n > fault_to)
		return 0;
	errno = EMFILE;
	return 1;
}

/* Each is the libc function of its name, asked for when it is first called. */
#define MOVES(type, name, params, args) \
	type name params \
	{ \
		static type(*real) params; \
		if (real == NULL) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if (interrupted()) \
			return -1; \
		return real args; \
	}
#define MAKES(name, params, args) \
	int name params \
	{ \
		static int(*real) params; \
		if (real == NULL) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if (refused()) \
			return -1; \
		return real args; \
	}
#define OPENS(name, first, names) \
	int name(first const char *path, int flags, ...) \
	{ \
		static int (*real)(first const char *, int, ...); \
		va_list rest; \
		mode_t mode; \
		if (real == NULL) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		va_start(rest, flags); \
		mode = \
		    flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
		va_end(rest); \
		if (refused()) \
			return -1; \
		return real(names path, flags, mode); \
	}
#define AT int at,
#define NAMED at,
#define NONE

MOVES(ssize_t, read, (int fd, void *to, size_t n), (fd, to, part(n)))
MOVES(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, part(n)))
MOVES(ssize_t, pread, (int fd, void *to, size_t n, off_t at),
    (fd, to, part(n), at))
MOVES(ssize_t, pread64, (int fd, void *to, size_t n, off64_t at),
    (fd, to, part(n), at))
MOVES(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at),
    (fd, from, part(n), at))
MOVES(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at),
    (fd, from, part(n), at))
MOVES(ssize_t, __pread_chk, (int fd, void *to, size_t n, off_t at, size_t room),
    (fd, to, part(n), at, room))
MOVES(ssize_t, __read_chk, (int fd, void *to, size_t n, size_t room),
    (fd, to, part(n), room))
MOVES(ssize_t, recv, (int fd, void *to, size_t n, int flags),
    (fd, to, part(n), flags))
MOVES(ssize_t, send, (int fd, const void *from, size_t n, int flags),
    (fd, from, part(n), flags))
MOVES(int, poll, (struct pollfd * of, nfds_t n, int ms), (of, n, ms))
MOVES(int, epoll_wait, (int fd, struct epoll_event *to, int n, int ms),
    (fd, to, n, ms))

OPENS(open, NONE, NONE)
OPENS(open64, NONE, NONE)
OPENS(openat, AT, NAMED)
OPENS(openat64, AT, NAMED)
MAKES(__open_2, (const char *path, int flags), (path, flags))
MAKES(__open64_2, (const char *path, int flags), (path, flags))
MAKES(__openat_2, (int at, const char *path, int flags), (at, path, flags))
MAKES(socket, (int family, int type, int protocol), (family, type, protocol))
MAKES(accept4, (int fd, __SOCKADDR_ARG who, socklen_t *n, int flags),
    (fd, who, n, flags))
MAKES(pipe2, (int ends[2], int flags), (ends, flags))
MAKES(eventfd, (unsigned n, int flags), (n, flags))
MAKES(epoll_create1, (int flags), (flags))
MAKES(inotify_init1, (int flags), (flags))
MAKES(timerfd_create, (int clock, int flags), (clock, flags))
MAKES(dup, (int fd), (fd))
MAKES(memfd_create, (const char *name, unsigned flags), (name, flags))
