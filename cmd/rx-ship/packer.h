/* SPDX-License-Identifier: MIT */
/*
 * packer -- compress the closed segments of an archive, a little at a time.
 *
 * Shape   packer_look() says that there may be some; packer_work() then does a
 *         slice of some milliseconds, and returns true while there is more.
 *         A segment becomes NAME.gz with its mode and its time, complete and
 *         on the disk before the plain one goes.  What an end or a crash
 *         leaves half done (NAME.gz.part) is begun again.
 * Sharing  Several processes may look after one archive: each segment is done
 *         by who has the lock of its NAME.gz.part.
 * Errors  Told, once each; the segment stays as it is until the next
 *         packer_look().
 * Limits  Only regular files in the directory of the archive whose names are
 *         those of archive_is_segment().
 * Source  RFC 1952; zlib's deflate.
 */
#ifndef RX_SHIP_PACKER_H
#define RX_SHIP_PACKER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct packer {
	uintmax_t packed;
	/* private */
	const char *path; /* of the archive */
	bool look;
	int in, out; /* descriptors, -1 */
	char name[PATH_MAX], part[PATH_MAX]; /* under way */
	void *deflate; /* z_stream; NULL: not used yet */
	unsigned char *bytes; /* read, then packed */
	int told; /* the errno that was told last */
};

void packer_init(struct packer *, const char *path);
void packer_release(struct packer *);
void packer_look(struct packer *);
bool packer_work(struct packer *);
bool packer_busy(const struct packer *);

#endif
