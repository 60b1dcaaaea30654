/*
 * plain -- the inner loop of everything that reads or writes JSON strings:
 *          how many leading bytes need no second look.
 *
 * Shape   A plain byte is printable ASCII or DEL, and neither `"` nor `\`.
 *         Eight bytes a step in a plain register; a vector unit may stand in
 *         here without its callers knowing.
 * Limits  Reads n bytes and none after them.
 */
#ifndef RX_PLAIN_H
#define RX_PLAIN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PLAIN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline bool
plain_byte(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static inline size_t
plain_run(const char *at, size_t n)
{
	uint64_t word, stops;
	size_t i = 0;

	for (; n - i >= sizeof word; i += sizeof word) {
		memcpy(&word, at + i, sizeof word);
		word = le64toh(word);
		/*
		 * The top bit of each byte that is not plain.  A borrow can
		 * mark a byte above such a one, never below the first.
		 */
		stops = word | (word - PLAIN_EACH(0x20)) |
		    ((word ^ PLAIN_EACH('"')) - PLAIN_EACH(1)) |
		    ((word ^ PLAIN_EACH('\\')) - PLAIN_EACH(1));
		stops &= PLAIN_EACH(0x80);
		if (stops != 0)
			return i + (size_t)__builtin_ctzll(stops) / 8;
	}
	while (i < n && plain_byte((unsigned char)at[i]))
		i++;
	return i;
}

#endif
