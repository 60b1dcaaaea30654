#include "level_map.h"

#include <endian.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH EACH(0x80)

/* In each, the high bit of a byte says it; no byte carries into the next. */
static uint64_t
letters_of(uint64_t eight)
{
	uint64_t lower = (eight & ~HIGH) | EACH(0x20);
	uint64_t from_a = lower + EACH(0x80 - 'a');
	uint64_t past_z = lower + EACH(0x80 - 'z' - 1);

	return from_a & ~past_z & ~eight & HIGH;
}

static uint64_t
equal(uint64_t eight, unsigned char c)
{
	uint64_t other = eight ^ EACH(c);

	return ~(((other & ~HIGH) + ~HIGH) | other) & HIGH;
}

/* The high bit of the n-th byte to bit n. */
static uint64_t
gather(uint64_t high)
{
	return ((high >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

void
level_map_read(struct level_map *m, struct span head)
{
	*m = (struct level_map){ .len = head.len };
	for (size_t i = 0; i < head.len; i += 8) {
		uint64_t eight = 0, letters, others;

		if (head.len - i >= sizeof(eight))
			memcpy(&eight, head.at + i, sizeof(eight));
		else
			memcpy(&eight, head.at + i, head.len - i);
		eight = le64toh(eight);
		letters = letters_of(eight);
		others =
		    equal(eight, '[') | equal(eight, ']') | equal(eight, ':');
		m->letters[i / 64] |= gather(letters) << (i % 64);
		m->stops[i / 64] |= gather(letters | others) << (i % 64);
	}
}
