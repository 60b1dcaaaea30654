/* SPDX-License-Identifier: MIT */
/*
 * disk.so -- LD_PRELOAD: a disk that fails, or one that is written down.
 *
 *   RX_FAULT=KIND:ERROR:FROM[-TO]   the FROM-th to TO-th call (without TO: only
 *                                   that one, "-": all from there) fails; KIND is
 *                                   write (pwrite, ftruncate) or sync (fsync,
 *                                   fdatasync), ERROR one of ENOSPC EDQUOT EIO
 *                                   EROFS
 *   RX_RECORD=FILE                  each call that succeeds is appended to FILE
 *
 * Only files whose name holds RX_DISK are looked at, and standard output is
 * written down too.  A record of FILE, in the machine's byte order: kind (w, t,
 * s or o), 3 bytes of nothing, length (32 bits), offset (64 bits), a name of 64
 * bytes, then the data.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 256

struct entry {
	char kind, nothing[3];
	uint32_t len;
	uint64_t offset;
	char name[64];
};

static char names[FDS][64]; /* of descriptors; "": not looked at */
static const char *wanted;
static int record_fd = -1;
static char fault_kind;
static int fault_error;
static long fault_from, fault_to, calls;

#define REAL(name) \
	static __typeof__(&name) real; \
	if (real == NULL) \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

static int
error_named(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT },
		{ "EIO", EIO }, { "EROFS", EROFS } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strncmp(name, errors[i].name, strlen(errors[i].name)) == 0)
			return errors[i].error;
	abort();
}

__attribute__((constructor)) static void
start(void)
{
	const char *fault = getenv("RX_FAULT"), *record = getenv("RX_RECORD");
	const char *at;

	wanted = getenv("RX_DISK");
	if (record != NULL) {
		record_fd = open(
		    record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		/* Out of the way of those that are counted on. */
		record_fd = fcntl(record_fd, F_DUPFD_CLOEXEC, FDS);
	}
	if (fault == NULL || (at = strchr(fault, ':')) == NULL)
		return;
	fault_kind = fault[0];
	fault_error = error_named(at + 1);
	at = strchr(at + 1, ':');
	fault_from = fault_to = strtol(at + 1, NULL, 10);
	if ((at = strchr(at, '-')) != NULL)
		fault_to = at[1] == '\0' ? INT32_MAX : strtol(at + 1, NULL, 10);
}

static int
is_watched(int fd)
{
	return fd >= 0 && fd < FDS && names[fd][0] != '\0';
}

static void
watch(int fd, const char *path)
{
	const char *base = strrchr(path, '/');

	base = base == NULL ? path : base + 1;
	if (fd < 0 || fd >= FDS)
		return;
	memset(names[fd], 0, sizeof(names[fd]));
	if (wanted != NULL && strstr(base, wanted) != NULL)
		snprintf(names[fd], sizeof(names[fd]), "%s", base);
}

static void
note(char kind, int fd, const void *data, size_t len, off_t offset)
{
	struct entry e = {
		.kind = kind, .len = (uint32_t)len, .offset = (uint64_t)offset
	};
	const struct iovec parts[] = { { &e, sizeof(e) },
		{ (void *)(uintptr_t)data, data == NULL ? 0 : len } };

	if (record_fd < 0)
		return;
	if (fd >= 0 && fd < FDS)
		memcpy(e.name, names[fd], sizeof(e.name));
	if (writev(record_fd, parts, 2) < 0)
		abort();
}

/* True when this call is one that fails. */
static int
fails(char kind, int fd)
{
	if (kind != fault_kind || !is_watched(fd))
		return 0;
	calls++;
	if (calls < fault_from || calls > fault_to)
		return 0;
	errno = fault_error;
	return 1;
}

#define OPEN(function) \
	int function(const char *path, int flags, ...) \
	{ \
		mode_t mode = 0; \
		va_list args; \
		int fd; \
		REAL(function); \
		if (flags & O_CREAT) { \
			va_start(args, flags); \
			mode = va_arg(args, mode_t); \
			va_end(args); \
		} \
		if ((fd = real(path, flags, mode)) >= 0) \
			watch(fd, path); \
		return fd; \
	}
OPEN(open)
OPEN(open64)

#define PWRITE(function, offset_t) \
	ssize_t function(int fd, const void *data, size_t len, offset_t at) \
	{ \
		ssize_t n; \
		REAL(function); \
		if (fails('w', fd)) \
			return -1; \
		n = real(fd, data, len, at); \
		if (n > 0 && is_watched(fd)) \
			note('w', fd, data, (size_t)n, (off_t)at); \
		return n; \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(function, offset_t) \
	int function(int fd, offset_t len) \
	{ \
		int status; \
		REAL(function); \
		if (fails('w', fd)) \
			return -1; \
		status = real(fd, len); \
		if (status == 0 && is_watched(fd)) \
			note('t', fd, NULL, 0, (off_t)len); \
		return status; \
	}
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(function) \
	int function(int fd) \
	{ \
		int status; \
		REAL(function); \
		if (fails('s', fd)) \
			return -1; \
		status = real(fd); \
		if (status == 0 && is_watched(fd)) \
			note('s', fd, NULL, 0, 0); \
		return status; \
	}
SYNC(fsync)
SYNC(fdatasync)

ssize_t
write(int fd, const void *data, size_t len)
{
	ssize_t n;
	REAL(write);

	n = real(fd, data, len);
	if (n > 0 && fd == STDOUT_FILENO)
		note('o', -1, data, (size_t)n, 0);
	return n;
}
