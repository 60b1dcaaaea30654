/* SPDX-License-Identifier: MIT */
/*
 * jwt -- a token, and the same bytes as the payload of one: a life is told of
 * three parts only, and of a payload that is an object with the member exp.
 */
#include "lib/jwt.h"
#include "lib/buf.h"
#include "lib/record.h"
#include "t/fuzz/fuzz.h"

static struct record record;
static struct buf token;

static void
encode(struct span payload)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789-_";
	unsigned bits = 0, n = 0;

	buf_reset(&token);
	buf_adds(&token, "e30.");
	for (size_t i = 0; i < payload.len; i++) {
		bits = bits << 8 | (unsigned char)payload.at[i];
		for (n += 8; n >= 6; n -= 6)
			buf_addc(&token, digits[bits >> (n - 6) & 63]);
	}
	if (n > 0)
		buf_addc(&token, digits[bits << (6 - n) & 63]);
	buf_adds(&token, ".c2ln");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_copy(data, size);
	int64_t iat, exp;
	struct value v;
	size_t dots = 0;

	if (jwt_life(text, &iat, &exp) == 0) {
		for (size_t i = 0; i < text.len; i++)
			dots += text.at[i] == '.';
		FUZZ_TRUE(dots == 2);
	}
	encode(text);
	if (jwt_life(buf_span(&token), &iat, &exp) == 0) {
		FUZZ_TRUE(record_parse(&record, text) == 0);
		FUZZ_TRUE(record_get(&record, "exp", &v));
		FUZZ_TRUE(v.type == VALUE_NUMBER);
	}
	return 0;
}
