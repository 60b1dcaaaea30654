/* SPDX-License-Identifier: MIT */
/*
 * parse_pairs -- key=value: logfmt, in which the whole text is pairs, and pairs
 * wherever they stand in a text.
 */
#include <string.h>
#include <sysexits.h>

#include "lib/ascii.h"
#include "lib/diag.h"

#include "parse.h"

struct pair {
	struct span key, value;
	bool bare; /* a key without a value */
	bool escaped;
};

/* Behind an opening quote: what stands up to the closing one; false: none. */
static bool
quoted(struct span *rest, char quote, struct pair *pair)
{
	size_t i = 0;

	for (; i < rest->len && rest->at[i] != quote; i++)
		if (rest->at[i] == '\\' && quote == '"') {
			pair->escaped = true;
			i++;
		}
	if (i >= rest->len)
		return false;
	pair->value = (struct span){ rest->at, i };
	*rest = span_skip(*rest, i + 1);
	return true;
}

static void
up_to(struct span *rest, const char *stops, struct span *found)
{
	size_t i = 0;

	while (i < rest->len && strchr(stops, rest->at[i]) == NULL)
		i++;
	*found = (struct span){ rest->at, i };
	*rest = span_skip(*rest, i);
}

static void
add_unescaped(struct parsing *p, const struct pair *pair)
{
	static const char letters[] = "ntr", meant[] = "\n\t\r";
	struct buf *b = &p->scratch;

	buf_reset(b);
	for (size_t i = 0; i < pair->value.len; i++) {
		const char *letter;
		char c = pair->value.at[i];

		if (c == '\\' && i + 1 < pair->value.len) {
			c = pair->value.at[++i];
			letter = memchr(letters, c, sizeof(letters) - 1);
			c = letter == NULL ? c : meant[letter - letters];
		}
		buf_addc(b, c);
	}
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	enrich_text(p->to, pair->key, buf_span(b));
}

static void
add_pair(struct parsing *p, const struct pair *pair)
{
	if (pair->bare)
		enrich_json(p->to, pair->key, SPAN("true"));
	else if (pair->escaped)
		add_unescaped(p, pair);
	else
		enrich_text(p->to, pair->key, pair->value);
}

/* The next token of logfmt; false: it is none. */
static bool
next_token(struct span *rest, struct pair *pair)
{
	*pair = (struct pair){ .bare = true };
	up_to(rest, " \t=\"\r\n", &pair->key);
	if (pair->key.len == 0)
		return false;
	if (rest->len == 0 || is_blank(rest->at[0]))
		return true;
	if (rest->at[0] != '=')
		return false;
	pair->bare = false;
	*rest = span_skip(*rest, 1);
	if (rest->len > 0 && rest->at[0] == '"') {
		*rest = span_skip(*rest, 1);
		return quoted(rest, '"', pair) &&
		    (rest->len == 0 || is_blank(rest->at[0]));
	}
	up_to(rest, " \t\"", &pair->value);
	return rest->len == 0 || is_blank(rest->at[0]);
}

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && (is_blank(s.at[0]) || s.at[0] == '\r'))
		s = span_skip(s, 1);
	while (s.len > 0 && strchr(" \t\r\n", s.at[s.len - 1]) != NULL)
		s.len--;
	return s;
}

void
parse_logfmt(struct parsing *p, struct span text)
{
	struct pair pairs[PARSE_PAIRS];
	struct span rest = trimmed(text);
	size_t n = 0;

	while (rest.len > 0) {
		if (n == PARSE_PAIRS || !next_token(&rest, &pairs[n]) ||
		    pairs[0].bare)
			return;
		n++;
		while (rest.len > 0 && is_blank(rest.at[0]))
			rest = span_skip(rest, 1);
	}
	for (size_t i = 0; i < n; i++)
		add_pair(p, &pairs[i]);
}

static bool
is_key(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == '.' ||
	    c == '-' || c == '@';
}

/* The key that ends before the = at i; false: there is none. */
static bool
key_before(struct span text, size_t i, struct span *key)
{
	size_t from = i;

	while (from > 0 && is_key(text.at[from - 1]))
		from--;
	*key = (struct span){ text.at + from, i - from };
	return key->len > 0 && (key->at[0] < '0' || key->at[0] > '9') &&
	    (from == 0 || strchr(" \t,;([{|&?\"'", text.at[from - 1]) != NULL);
}

void
parse_pairs(struct parsing *p, struct span text)
{
	struct span rest = text;
	const char *sign;

	for (size_t n = 0; n < PARSE_PAIRS && rest.len > 0 &&
	     (sign = memchr(rest.at, '=', rest.len)) != NULL;
	     n++) {
		struct pair pair = { .bare = false };
		size_t i = (size_t)(sign - rest.at);
		bool found = key_before(rest, i, &pair.key);
		char quote;

		rest = span_skip(rest, i + 1);
		if (!found)
			continue;
		quote = rest.len > 0 ? rest.at[0] : '\0';
		if (quote == '"' || quote == '\'') {
			rest = span_skip(rest, 1);
			if (!quoted(&rest, quote, &pair))
				continue;
		} else {
			up_to(&rest, " \t,;)]}|&\"'\r\n", &pair.value);
		}
		add_pair(p, &pair);
	}
}
