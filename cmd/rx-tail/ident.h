/* SPDX-License-Identifier: MIT */
/*
 * ident -- which file is which (PROTOCOL.md 5).
 *
 * Shape   A file is its inode number and birth time; dev tells file systems
 *         apart within one run, but not across a reboot.  A birth time the
 *         file system does not know is 0.
 * Head    The first line with its LF, at most MARK_HEAD bytes; all there is
 *         when the file is final.
 * Src     SHA-256 over these bytes, numbers in decimal, NUL as written:
 *             rx1 NUL node_id NUL inode NUL btime_ns NUL head_len NUL head gen
 * Anchor  The MARK_ANCHOR bytes before an offset, or as many as there are.
 *         They stand for everything before it: when they change, the file was
 *         rewritten.
 * Errors  What cannot be read does not match.
 */
#ifndef RX_TAIL_IDENT_H
#define RX_TAIL_IDENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/rx-tail/encoding.h"
#include "lib/mark.h"

struct ident {
	uint64_t dev, inode;
	int64_t btime_ns;
};

/* What statx(2) tells of it. */
struct look {
	struct ident id;
	uint64_t size;
	int64_t mtime_ns;
	uint64_t links;
	bool regular;
};

struct anchor {
	unsigned char bytes[MARK_ANCHOR];
	unsigned len;
};

int look_path(const char *path, struct look *); /* follows links; -1, errno */
int look_fd(int fd, struct look *);

bool ident_eq(const struct ident *, const struct ident *);

/* A regular file, opened so that nothing else is harmed; -1 with errno. */
int ident_open(const char *path, struct look *);

/* The head, or 0 as long as it is not complete, -1 on error. */
int head_read(int fd, bool final, char head[MARK_HEAD]);

void src_of(char dst[MARK_SRC + 1], const char *node_id, const struct ident *,
    struct span head, uint64_t gen);

int anchor_read(int fd, uint64_t offset, struct anchor *);
bool anchor_holds(int fd, uint64_t offset, const struct anchor *);
void anchor_hash(const struct anchor *, char hex[DIGEST_HEX + 1]);
unsigned anchor_len(uint64_t offset);

/* Do head and anchor of an entry hold in this file?  The inode is not asked. */
bool entry_holds(int fd, uint64_t size, const struct entry *);

/* The first offset behind the last n lines (n 0: behind the last LF). */
int last_lines(
    int fd, enum encoding, uint64_t size, uint64_t n, uint64_t *offset);

#endif
