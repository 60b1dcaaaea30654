/* SPDX-License-Identifier: MIT */
/*
 * jstr -- bytes to JSON text and back: what is UTF-8 comes back byte for byte,
 * the rest as U+FFFD, one for each byte that is replaced.  The bytes as JSON
 * text, and as base64url, are refused or taken.
 */
#include "lib/jstr.h"
#include "lib/b64url.h"
#include "t/fuzz/fuzz.h"

static struct buf back, other;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = fuzz_copy(data, size);
	char *to = malloc(JSTR_ESCAPE_MAX(size) + 1);
	uintmax_t replaced = 0, twice = 0;
	size_t n, line;

	FUZZ_TRUE(to != NULL);
	n = jstr_escape(to, s, &replaced);
	FUZZ_TRUE(n <= JSTR_ESCAPE_MAX(size));
	buf_reset(&back);
	FUZZ_TRUE(jstr_unescape(&back, (struct span){ to, n }) == 0);
	FUZZ_TRUE(jstr_is_utf8(buf_span(&back)));
	FUZZ_TRUE(jstr_is_utf8(s) == (replaced == 0));
	FUZZ_TRUE(back.len == size + 2 * replaced);
	if (replaced == 0)
		FUZZ_TRUE(span_eq(buf_span(&back), s));
	if (jstr_escape_line(to, s, &line, &twice) > 0 && line != SIZE_MAX)
		FUZZ_TRUE(line < size && s.at[line] == '\n');
	buf_reset(&other);
	if (jstr_unescape(&other, s) == 0)
		FUZZ_TRUE(other.len <= size * 3);
	buf_reset(&other);
	if (b64url_decode(&other, s) == 0)
		FUZZ_TRUE(other.len <= size);
	free(to);
	return 0;
}
