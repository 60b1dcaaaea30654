/* SPDX-License-Identifier: MIT */
#include "lib/store_reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/whole.h"

#define TRIES 50 /* of a millisecond: emit looks at one segment */

int
store_reach_open(struct store *st, const char *lane, int flags)
{
	char suffix[STORE_LANE_MAX + 8];

	snprintf(suffix, sizeof(suffix), "emit-%s", lane);
	return store_side_file(st, suffix, flags);
}

void
store_reach_read(struct store *st, int fd, struct store_reach *r)
{
	memset(r, 0, sizeof(*r));
	if (read_at(fd, r, sizeof(*r), 0) != sizeof(*r) ||
	    strncmp(r->uuid, st->uuid, sizeof(r->uuid)) != 0)
		*r = (struct store_reach){ .uuid = "" };
}

int
store_reach_write(struct store *st, int fd, const struct store_reach *r)
{
	if (write_at(fd, r, sizeof(*r), 0) == 0)
		return 0;
	return store_fail(st, EX_IOERR,
	    "unable to write an emit file of %s: %s", st->path,
	    strerror(errno));
}

static int
lock(struct store *st, int fd, short type, int how)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	while (fcntl(fd, how, &lock) < 0)
		if (errno == EAGAIN || errno == EACCES)
			return STORE_HELD;
		else if (errno != EINTR)
			return store_fail(st, EX_IOERR,
			    "unable to lock an emit file of %s: %s", st->path,
			    strerror(errno));
	return 0;
}

int
store_reach_hold(struct store *st, int fd)
{
	return lock(st, fd, F_WRLCK, F_OFD_SETLKW);
}

void
store_reach_let_go(int fd)
{
	struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &lock);
}

int
store_reach_try(struct store *st, int fd)
{
	const struct timespec nap = { 0, 1000000 };
	int status = STORE_HELD;

	for (int i = 0; status == STORE_HELD && i < TRIES; i++) {
		if (i > 0)
			nanosleep(&nap, NULL);
		status = lock(st, fd, F_RDLCK, F_OFD_SETLK);
	}
	if (status == STORE_HELD)
		store_fail(st, status,
		    "an emit of %s does not go on: is it stopped?", st->path);
	return status;
}
