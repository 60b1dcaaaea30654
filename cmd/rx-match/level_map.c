/* SPDX-License-Identifier: MIT */
#include "level_map.h"

#include <string.h>

#include "lib/lanes.h"

/* LEVEL_MAP_WORD bytes of the text, padded with NUL in last where it ends. */
static const char *
bytes_of(const struct level_map *m, size_t word, char last[LEVEL_MAP_WORD])
{
	const char *at = m->text + word * LEVEL_MAP_WORD;
	const size_t left = m->len - word * LEVEL_MAP_WORD;

	if (left >= LEVEL_MAP_WORD)
		return at;
	memset(last, 0, LEVEL_MAP_WORD);
	return memcpy(last, at, left);
}

static lanes
letters_of(lanes c)
{
	return (lanes)((c | 0x20) - 'a' < 26);
}

void
level_map_read_letters(struct level_map *m)
{
	char last[LEVEL_MAP_WORD];
	const char *at = bytes_of(m, m->n_letters, last);
	uint64_t bits = 0;

	for (unsigned i = 0; i < LEVEL_MAP_WORD; i += LANES)
		bits |= (uint64_t)lanes_bits(letters_of(lanes_load(at + i)))
		    << i;
	m->letters[m->n_letters++] = bits;
}

void
level_map_read_stops(struct level_map *m)
{
	char last[LEVEL_MAP_WORD];
	const char *at = bytes_of(m, m->n_stops, last);
	uint64_t bits = 0;

	for (unsigned i = 0; i < LEVEL_MAP_WORD; i += LANES) {
		const lanes c = lanes_load(at + i);
		const lanes stops = letters_of(c) | (lanes)(c == '[') |
		    (lanes)(c == ']') | (lanes)(c == ':');

		bits |= (uint64_t)lanes_bits(stops) << i;
	}
	m->stops[m->n_stops++] = bits;
}
