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

#define LEVEL_MAP (LEVEL_HEAD / 64)

struct level_map {
	uint64_t letters[LEVEL_MAP];
	uint64_t stops[LEVEL_MAP]; /* letters, and [ ] : */
	size_t len;
};

void level_map_read(struct level_map *, struct span head);

/* The first at or after i that is set in a map, or len. */
static inline size_t
level_map_first(const struct level_map *m, const uint64_t *map, size_t i)
{
	for (; i < m->len; i = (i | 63) + 1) {
		uint64_t rest = map[i / 64] >> (i % 64);

		if (rest != 0)
			return i + (size_t)__builtin_ctzll(rest);
	}
	return m->len;
}

static inline size_t
level_map_next(const struct level_map *m, size_t i)
{
	return level_map_first(m, m->stops, i);
}

static inline size_t
level_map_word(const struct level_map *m, size_t i)
{
	return level_map_first(m, m->letters, i);
}

/* Behind the letters that stand at i. */
static inline size_t
level_map_word_end(const struct level_map *m, size_t i)
{
	for (; i < m->len; i = (i | 63) + 1) {
		uint64_t rest = ~m->letters[i / 64] >> (i % 64);

		if (rest != 0)
			return i + (size_t)__builtin_ctzll(rest);
	}
	return m->len;
}

#endif
