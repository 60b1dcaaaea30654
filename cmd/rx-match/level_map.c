#include "level_map.h"

#include <string.h>

#include "lib/lanes.h"

/* Sixteen bytes at i, which is a multiple of that. */
static void
read_lanes(struct level_map *m, size_t i, const char *at)
{
	const lanes c = lanes_load(at);
	lanes letters, others;

	letters = (lanes)((c | 0x20) - 'a' < 26);
	others = (lanes)(c == '[') | (lanes)(c == ']') | (lanes)(c == ':');
	m->letters[i / 64] |= (uint64_t)lanes_bits(letters) << (i % 64);
	m->stops[i / 64] |= (uint64_t)lanes_bits(letters | others) << (i % 64);
}

void
level_map_read(struct level_map *m, struct span head)
{
	char last[LANES] = { 0 };
	size_t i = 0;

	*m = (struct level_map){ .len = head.len };
	for (; head.len - i >= LANES; i += LANES)
		read_lanes(m, i, head.at + i);
	if (i < head.len) {
		memcpy(last, head.at + i, head.len - i);
		read_lanes(m, i, last);
	}
}
