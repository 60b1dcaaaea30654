/* SPDX-License-Identifier: MIT */
/*
 * jstr -- drive lib/jstr.
 *
 *   jstr escape     standard input as JSON string text, with its quotes
 *   jstr unescape   JSON string text back to bytes, or "refused"
 *   jstr utf8       "yes" or "no"
 *   jstr plain      offset of the first byte that is not copied
 *   jstr frames     4-byte lengths and bytes: escaped, how many were replaced,
 *                   and "same" if jstr_add, jstr_plain, jstr_is_utf8 and
 *                   jstr_unescape agree with that
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/jstr.h"
#include "t/unit/slurp.h"

static bool
agrees(struct span in, struct span escaped, uintmax_t replaced)
{
	struct buf b;
	bool same;

	buf_init(&b);
	jstr_add(&b, in);
	same = b.len == escaped.len + 2 && b.at[0] == '"' &&
	    b.at[b.len - 1] == '"' &&
	    memcmp(b.at + 1, escaped.at, escaped.len) == 0;
	same &= jstr_is_utf8(in) == (replaced == 0);
	same &= (jstr_plain(in) == in.len) ==
	    (replaced == 0 && escaped.len == in.len);
	buf_reset(&b);
	same &= jstr_unescape(&b, escaped) == 0;
	if (replaced == 0)
		same &= span_eq(buf_span(&b), in);
	buf_release(&b);
	return same;
}

static void
frames(struct span rest)
{
	uint32_t len;
	uintmax_t replaced;
	struct span in, escaped;
	char *text, *to;

	while (rest.len >= sizeof len) {
		memcpy(&len, rest.at, sizeof len);
		rest = span_skip(rest, sizeof len);
		text = malloc(len + 1);
		to = malloc(JSTR_ESCAPE_MAX(len) + 1);
		if (text == NULL || to == NULL || len > rest.len)
			errx(2, "bad frame");
		memcpy(text + 1, rest.at, len);
		in = (struct span){ text + 1, len };
		replaced = 0;
		escaped = (struct span){ to, jstr_escape(to, in, &replaced) };
		printf("\"%.*s\" %ju %s\n", (int)escaped.len, escaped.at,
		    replaced, agrees(in, escaped, replaced) ? "same" : "not");
		free(text);
		free(to);
		rest = span_skip(rest, len);
	}
}

int
main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct span all = slurp(STDIN_FILENO);
	struct buf b;

	buf_init(&b);
	if (strcmp(verb, "escape") == 0)
		jstr_add(&b, all);
	else if (strcmp(verb, "unescape") == 0) {
		if (jstr_unescape(&b, all) < 0) {
			buf_reset(&b);
			buf_adds(&b, "refused");
		}
	} else if (strcmp(verb, "utf8") == 0)
		buf_adds(&b, jstr_is_utf8(all) ? "yes" : "no");
	else if (strcmp(verb, "plain") == 0)
		buf_addf(&b, "%zu", jstr_plain(all));
	else if (strcmp(verb, "frames") == 0)
		frames(all);
	else
		errx(2, "no such verb: %s", verb);
	if (b.len > 0)
		fwrite(b.at, 1, b.len, stdout);
	buf_release(&b);
	slurp_free(all);
	return 0;
}
