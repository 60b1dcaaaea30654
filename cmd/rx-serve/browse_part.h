/* SPDX-License-Identifier: MIT */
/*
 * browse_part -- what the files of browse share.
 *
 * Shape   Each command gets its operands as paths below a root; what it cannot
 *         read it tells by browse_failed(), and goes on.
 */
#ifndef RX_SERVE_BROWSE_PART_H
#define RX_SERVE_BROWSE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct browse {
	bool letters[128]; /* the options without an argument that were given */
	char unit; /* of head and tail: 'n' lines, 'c' bytes */
	bool from_start; /* tail -n +N */
	uint64_t count;
	char **paths;
	size_t n_paths;
};

void browse_put(const char *bytes, size_t n); /* to stdout, counted */
void browse_putf(const char *, ...) __attribute__((format(printf, 1, 2)));
void browse_name(const char *);
void browse_failed(const char *path); /* errno tells why */

void browse_cat(const struct browse *);
void browse_head(const struct browse *);
void browse_tail(const struct browse *);
void browse_ls(const struct browse *);
void browse_stat(const struct browse *);
void browse_sha256sum(const struct browse *);

#endif
