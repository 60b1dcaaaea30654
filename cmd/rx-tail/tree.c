/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/tree.h"

#include <search.h>
#include <stddef.h>

#include "lib/diag.h"

void
tree_add(void **root, void *item, tree_compare *compare)
{
	if (tsearch(item, root, compare) == NULL)
		die(EX_TEMPFAIL, "out of memory");
}

void *
tree_find(void *root, const void *like, tree_compare *compare)
{
	void **found = tfind(like, &root, compare);

	return found == NULL ? NULL : *found;
}

void
tree_remove(void **root, const void *item, tree_compare *compare)
{
	tdelete(item, root, compare);
}
