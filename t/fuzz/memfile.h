/* SPDX-License-Identifier: MIT */
/* memfile -- a file in memory for what reads a path: the same one again. */
#ifndef RX_FUZZ_MEMFILE_H
#define RX_FUZZ_MEMFILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "t/fuzz/fuzz.h"

static inline const char *
memfile(struct span text)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_TRUE(fd >= 0 && ftruncate(fd, 0) == 0 &&
	    pwrite(fd, text.at, text.len, 0) == (ssize_t)text.len);
	return path;
}

#endif
