/* SPDX-License-Identifier: MIT */
#include "lib/b64url.h"

#include <stdint.h>
#include <string.h>

static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

int
b64url_decode(struct buf *dst, struct span text)
{
	size_t from = dst->len, n_bits = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < text.len; i++) {
		int d = digit(text.at[i]);

		if (d < 0)
			goto bad;
		bits = bits << 6 | (uint32_t)d;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			buf_addc(dst, (char)(bits >> n_bits & 0xff));
		}
	}
	if (text.len % 4 == 1 || (bits & ((1u << n_bits) - 1)) != 0 ||
	    dst->failed)
		goto bad;
	return 0;
bad:
	if (!dst->failed)
		dst->len = from;
	return -1;
}
