/*
 * level_map -- where in the head of a line letters, brackets and colons stand:
 *              a bit for each byte, so that its words are found without a look
 *              at each.
 *
 * Limits  The first LEVEL_HEAD bytes.
 */
#ifndef RX_LEVEL_MAP_H
#define RX_LEVEL_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#include "level.h"

#define LEVEL_MAP_WORD 64 /* bytes that a word of the maps is about */
#define LEVEL_MAP (LEVEL_HEAD / LEVEL_MAP_WORD)

struct level_map {
	const char *text;
	size_t len;
	size_t n; /* words of the maps that were read: as far as was asked */
	uint64_t letters[LEVEL_MAP];
	uint64_t stops[LEVEL_MAP]; /* letters, and [ ] : */
};

static inline void
level_map_init(struct level_map *m, struct span head)
{
	m->text = head.at;
	m->len = head.len;
	m->n = 0;
}

void level_map_more(struct level_map *); /* reads the next word */

/* The first at or after i that is set in a map, or not if so asked, or len. */
static inline size_t
level_map_first(
    struct level_map *m, const uint64_t *map, size_t i, uint64_t flip)
{
	for (; i < m->len; i = (i | (LEVEL_MAP_WORD - 1)) + 1) {
		uint64_t rest;

		while (i / LEVEL_MAP_WORD >= m->n)
			level_map_more(m);
		rest = (map[i / LEVEL_MAP_WORD] ^ flip) >> (i % LEVEL_MAP_WORD);
		if (rest != 0)
			return i + (size_t)__builtin_ctzll(rest);
	}
	return m->len;
}

/* A letter, bracket or colon. */
static inline size_t
level_map_next(struct level_map *m, size_t i)
{
	return level_map_first(m, m->stops, i, 0);
}

/* A letter. */
static inline size_t
level_map_word(struct level_map *m, size_t i)
{
	return level_map_first(m, m->letters, i, 0);
}

/* Behind the letters that stand at i. */
static inline size_t
level_map_word_end(struct level_map *m, size_t i)
{
	return level_map_first(m, m->letters, i, UINT64_MAX);
}

#endif
