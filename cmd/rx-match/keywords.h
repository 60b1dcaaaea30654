/* SPDX-License-Identifier: MIT */
/*
 * keywords -- the words of -k, and what each says about the severity.
 *
 * Words   Whole words in either case, bounded by what is no letter, digit or
 *         underscore.  The built-in ones are the seven of the documents (T-9)
 *         and the forms that whole words would miss.
 * Errors  -1, or NULL, and why.
 */
#ifndef RX_KEYWORDS_H
#define RX_KEYWORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/outbuf.h"
#include "lib/rex.h"
#include "lib/span.h"

#include "severity.h"

/*
 * Adds the built-in words to a set as one pattern, or those of a list such as
 * "a,b*,c": how many patterns that made.
 */
int keywords_builtin(struct rex *, char why[REX_WHY]);
int keywords_given(
    struct rex *, struct span list, char separator, char why[REX_WHY]);

/*
 * The words of a file, one a line, as a list with '\n' between them; blank
 * lines and those that begin with # are none.  -1: it cannot be read or has
 * none.
 */
int keywords_read(const char *path, struct buf *list, char why[CONF_WHY]);

/*
 * The same as patterns, to be matched without case: the built-in words, and
 * one more word of a list (false: an empty one).
 */
void keywords_pattern(struct buf *);
bool keywords_word(struct buf *, struct span word);

/* A compiled set, worst class first, and the class of its n-th pattern. */
struct rex *keywords_by_severity(char why[REX_WHY]);
enum severity keywords_severity(size_t pattern);

void keywords_list(struct outbuf *); /* for --list */

#endif
