/* SPDX-License-Identifier: MIT */
/*
 * tree -- sets of things, found by what compare says is equal.
 *
 * Why     tsearch(3) does it, but its header has a struct entry of its own,
 *         which cannot live beside that of lib/mark.h.
 * Owner   The caller owns the items; the tree holds pointers.
 * Errors  Out of memory: dies with EX_TEMPFAIL.
 */
#ifndef RX_TAIL_TREE_H
#define RX_TAIL_TREE_H

typedef int tree_compare(const void *, const void *);

void tree_add(void **root, void *item, tree_compare *);
void *tree_find(void *root, const void *like, tree_compare *); /* or NULL */
void tree_remove(void **root, const void *item, tree_compare *);

#endif
