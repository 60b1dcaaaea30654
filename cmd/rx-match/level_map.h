/* SPDX-License-Identifier: MIT */
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
	/* private: words of the maps, and how many were read, as it was asked */
	size_t n_letters, n_stops;
	uint64_t letters[LEVEL_MAP];
	uint64_t stops[LEVEL_MAP]; /* letters, and [ ] : */
};

static inline void
level_map_init(struct level_map *m, struct span head)
{
	m->text = head.at;
	m->len = head.len;
	m->n_letters = m->n_stops = 0;
}

/* The next word of each. */
void level_map_read_letters(struct level_map *);
void level_map_read_stops(struct level_map *);

static inline uint64_t
level_map_letters(struct level_map *m, size_t word)
{
	while (word >= m->n_letters)
		level_map_read_letters(m);
	return m->letters[word];
}

/* The first letters of words, as a word of a map; asked from word 0 on. */
static inline uint64_t
level_map_starts(struct level_map *m, size_t word)
{
	const uint64_t letters = level_map_letters(m, word);
	const uint64_t last = word == 0 ? 0 : m->letters[word - 1];

	return letters & ~(letters << 1 | last >> (LEVEL_MAP_WORD - 1));
}

/* Behind the letters that stand at i. */
static inline size_t
level_map_word_end(struct level_map *m, size_t i)
{
	for (; i < m->len; i = (i | (LEVEL_MAP_WORD - 1)) + 1) {
		uint64_t others = ~level_map_letters(m, i / LEVEL_MAP_WORD) >>
		    (i % LEVEL_MAP_WORD);

		if (others != 0)
			return i + (size_t)__builtin_ctzll(others);
	}
	return m->len;
}

/* A letter, bracket or colon at or behind i, or the end. */
static inline size_t
level_map_next(struct level_map *m, size_t i)
{
	for (; i < m->len; i = (i | (LEVEL_MAP_WORD - 1)) + 1) {
		uint64_t stops;

		while (i / LEVEL_MAP_WORD >= m->n_stops)
			level_map_read_stops(m);
		stops = m->stops[i / LEVEL_MAP_WORD] >> (i % LEVEL_MAP_WORD);
		if (stops != 0)
			return i + (size_t)__builtin_ctzll(stops);
	}
	return m->len;
}

#endif
