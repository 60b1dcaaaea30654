/* SPDX-License-Identifier: MIT */
/*
 * whole -- see whole.h.
 */
#include "lib/whole.h"

#include <errno.h>
#include <unistd.h>

ssize_t
read_at(int fd, void *dst, size_t n, uint64_t offset)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(
		    fd, (char *)dst + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int
write_at(int fd, const void *bytes, size_t n, uint64_t offset)
{
	size_t done = 0;

	while (done < n) {
		ssize_t took = pwrite(fd, (const char *)bytes + done, n - done,
		    (off_t)(offset + done));

		if (took < 0 && errno == EINTR)
			continue;
		if (took < 0)
			return -1;
		done += (size_t)took;
	}
	return 0;
}

int
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t took = write(fd, bytes.at, bytes.len);

		if (took < 0 && errno == EINTR)
			continue;
		if (took < 0)
			return -1;
		bytes = span_skip(bytes, (size_t)took);
	}
	return 0;
}
