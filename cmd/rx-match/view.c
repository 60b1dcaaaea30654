/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

#include "highlight.h"

/* The longest name, so that what follows stands in a column. */
#define SEVERITY_WIDTH 8

static const char *const colours[SEVERITIES] = {
	[SEVERITY_INFO] = "\033[36m",
	[SEVERITY_WARN] = "\033[33m",
	[SEVERITY_ERROR] = "\033[31m",
	[SEVERITY_FAILURE] = "\033[35m",
	[SEVERITY_CRITICAL] = "\033[1;31m",
};
static const char match[] = "\033[1;31m", plain[] = "\033[0m";

bool
view_coloured(enum colour wanted, bool terminal)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (wanted != COLOUR_AUTO)
		return wanted == COLOUR_ALWAYS;
	if (!terminal || (no != NULL && *no != '\0'))
		return false;
	return term != NULL && strcmp(term, "dumb") != 0;
}

/* C1 controls, line separators, and what turns the direction of text. */
static bool
is_control(unsigned long code)
{
	return (code >= 0x80 && code < 0xa0) || code == 0x61c ||
	    code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

static unsigned long
decode(const char *at, size_t len)
{
	unsigned long code = (unsigned char)*at & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	return code;
}

/* How many bytes stand at i that may be shown as they are; 0: none. */
static size_t
harmless(struct span s, size_t i)
{
	unsigned char c = (unsigned char)s.at[i];
	size_t len;

	if (c < 0x80)
		return (c >= ' ' && c != 0x7f) || c == '\t';
	len = utf8_length(s.at + i, s.len - i);
	return len == 0 || is_control(decode(s.at + i, len)) ? 0 : len;
}

/* Shows what is not harmless at i, and returns its length. */
static size_t
add_escape(struct buf *b, struct span s, size_t i)
{
	unsigned c = (unsigned char)s.at[i];
	size_t len = c < 0x80 ? 0 : utf8_length(s.at + i, s.len - i);

	if (len > 0)
		buf_addf(b, "\\u{%lx}", decode(s.at + i, len));
	else if (c == '\n' || c == '\r')
		buf_adds(b, c == '\n' ? "\\n" : "\\r");
	else
		buf_addf(b, "\\x%02x", c);
	return len > 0 ? len : 1;
}

static void
add_safe(struct buf *b, struct span s)
{
	for (size_t i = 0, from = 0, len; i < s.len; i += len) {
		if ((len = harmless(s, i)) == 0) {
			buf_add(b, (struct span){ s.at + from, i - from });
			len = add_escape(b, s, i);
			from = i + len;
		}
		if (i + len == s.len)
			buf_add(b, span_skip(s, from));
	}
}

static void
add_text(struct buf *b, struct rex *rex, struct span text)
{
	size_t from = 0, shown = 0;
	struct rex_hit hit;

	while (rex != NULL && highlight_next(rex, text, &from, &hit)) {
		add_safe(
		    b, (struct span){ text.at + shown, hit.start - shown });
		buf_adds(b, match);
		add_safe(b,
		    (struct span){ text.at + hit.start, hit.end - hit.start });
		buf_adds(b, plain);
		shown = hit.end;
	}
	add_safe(b, span_skip(text, shown));
}

void
view_render(struct buf *b, const struct view *v)
{
	struct span name = severity_name(v->severity), text = v->text;

	if (v->time.len > 0) {
		add_safe(b, v->time);
		buf_addc(b, ' ');
	}
	if (v->coloured)
		buf_adds(b, colours[v->severity]);
	buf_addf(b, "%-*.*s", SEVERITY_WIDTH, (int)name.len, name.at);
	if (v->coloured)
		buf_adds(b, plain);
	buf_addc(b, ' ');
	if (v->name.len > 0) {
		add_safe(b, v->name);
		buf_adds(b, ": ");
	}
	/* Of lines that end in CR LF the CR is no part. */
	if (text.len > 0 && text.at[text.len - 1] == '\r')
		text.len--;
	add_text(b, v->rex, text);
}
