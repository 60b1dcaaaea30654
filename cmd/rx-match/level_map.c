#include "level_map.h"

#include <string.h>

#include "lib/lanes.h"

void
level_map_more(struct level_map *m)
{
	const char *text = m->text + m->n * LEVEL_MAP_WORD;
	const size_t left = m->len - m->n * LEVEL_MAP_WORD;
	uint64_t letters = 0, stops = 0;
	char last[LEVEL_MAP_WORD];

	if (left < sizeof(last)) {
		memset(last, 0, sizeof(last));
		text = memcpy(last, text, left);
	}
	for (unsigned i = 0; i < LEVEL_MAP_WORD; i += LANES) {
		const lanes c = lanes_load(text + i);
		const lanes letter = (lanes)((c | 0x20) - 'a' < 26);
		const lanes other =
		    (lanes)(c == '[') | (lanes)(c == ']') | (lanes)(c == ':');

		letters |= (uint64_t)lanes_bits(letter) << i;
		stops |= (uint64_t)lanes_bits(letter | other) << i;
	}
	m->letters[m->n] = letters;
	m->stops[m->n++] = stops;
}
