/* SPDX-License-Identifier: MIT */
#include "highlight.h"

#include "match.h"

/* With -v the lines around are the ones that match. */
struct rex *
highlight_of(const struct job *j, const struct item *it)
{
	return j->coloured && j->searching && it->around == j->invert ? j->rex
								      : NULL;
}

static size_t
next_character(struct span text, size_t at)
{
	do
		at++;
	while (at < text.len && (text.at[at] & 0xc0) == 0x80);
	return at;
}

bool
highlight_next(
    struct rex *rex, struct span text, size_t *from, struct rex_hit *hit)
{
	while (*from < text.len && rex_find(rex, text, *from, hit) == REX_YES) {
		*from = hit->end;
		if (hit->end > hit->start)
			return true;
		*from = next_character(text, *from);
	}
	return false;
}
