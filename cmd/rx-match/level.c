/* SPDX-License-Identifier: MIT */
#include "level.h"

#include <strings.h>

#include "lib/buf.h"
#include "lib/lanes.h"
#include "lib/num.h"

#include "level_head.h"
#include "level_memo.h"
#include "level_words.h"

enum severity
level_word(struct span text)
{
	const struct level_word *w = level_find(text);

	if (w == NULL || !(w->places & AS_VALUE))
		return SEVERITY_NONE;
	return w->severity;
}

enum severity
level_number(unsigned long n)
{
	switch (n) {
	case 0:
	case 1:
	case 2: return SEVERITY_CRITICAL;
	case 3: return SEVERITY_ERROR;
	case 4: return SEVERITY_WARN;
	case 5:
	case 6:
	case 7:
	case 10:
	case 20:
	case 30: return SEVERITY_INFO;
	case 40: return SEVERITY_WARN;
	case 50: return SEVERITY_ERROR;
	case 60: return SEVERITY_CRITICAL;
	default: return SEVERITY_NONE;
	}
}

/* <0> to <191>, with something behind it */
static enum severity
syslog_priority(struct span t)
{
	unsigned long n = 0;
	size_t i = 1;

	if (t.len < 3 || t.at[0] != '<')
		return SEVERITY_NONE;
	for (; i < t.len && i < 4 && is_digit(t.at[i]); i++)
		n = n * 10 + (unsigned long)(t.at[i] - '0');
	if (i == 1 || i == t.len || t.at[i] != '>' || n > 191)
		return SEVERITY_NONE;
	return level_number(n % 8);
}

static bool
is_key(struct span k)
{
	static const struct {
		size_t len;
		char text[12];
	} keys[] = { { 3, "lvl" }, { 5, "level" }, { 8, "severity" },
		{ 8, "priority" }, { 8, "loglevel" }, { 9, "log_level" },
		{ 9, "levelname" } };
	char last = k.at[k.len - 1] | 0x20;

	/* Nearly every key ends otherwise. */
	if (last != 'l' && last != 'y' && last != 'e')
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (k.len == keys[i].len &&
		    strncasecmp(k.at, keys[i].text, k.len) == 0)
			return true;
	return false;
}

/* What stands behind the separator at i: a level word, or a number. */
static enum severity
value_at(struct span t, size_t i, bool quoted_key, bool *by_digits)
{
	unsigned long n = 0;
	size_t from;

	for (i++; i < t.len && is_blank(t.at[i]); i++)
		;
	if (i < t.len && t.at[i] == '\\')
		i++;
	if (i < t.len && (t.at[i] == '"' || t.at[i] == '\''))
		i++;
	for (from = i; i < t.len && is_letter(t.at[i]); i++)
		;
	if (i > from)
		return level_word((struct span){ t.at + from, i - from });
	for (; i < t.len && i - from < 2 && is_digit(t.at[i]); i++)
		n = n * 10 + (unsigned long)(t.at[i] - '0');
	if (i == from || (i < t.len && (is_word(t.at[i]) || t.at[i] == '.')))
		return SEVERITY_NONE;
	if (!quoted_key)
		return SEVERITY_NONE;
	*by_digits = true;
	return level_number(n);
}

/* level=error, "level":"error", log.level: error at the start of a part */
static enum severity
key_before(struct span t, size_t i, bool *by_digits)
{
	bool colon = t.at[i] == ':', quoted = false;
	size_t from, to = i;
	char prev;

	if (to > 0 && (t.at[to - 1] == '"' || t.at[to - 1] == '\'')) {
		quoted = true;
		to--;
		if (to > 0 && t.at[to - 1] == '\\')
			to--;
	}
	for (from = to; from > 0 && is_word(t.at[from - 1]) && to - from < 10;)
		from--;
	if (from == to || !is_key((struct span){ t.at + from, to - from }))
		return SEVERITY_NONE;
	prev = from == 0 ? '\0' : t.at[from - 1];
	if (prev == '-' || is_word(prev)) /* --log-level=debug is no level */
		return SEVERITY_NONE;
	if (colon && !quoted && prev != '\0' && strchr("{,[|;\t", prev) == NULL)
		return SEVERITY_NONE;
	return value_at(t, i, quoted || t.at[from] == 'P', by_digits);
}

/* Of sixteen places: where a separator stands behind what may end a key. */
static unsigned
separators(const char *at)
{
	const lanes c = lanes_load(at + 1), before = lanes_load(at);
	const lanes letter = before | 0x20;

	return lanes_bits(((lanes)(c == '=') | (lanes)(c == ':')) &
	    ((lanes)(letter == 'l') | (lanes)(letter == 'y') |
		(lanes)(letter == 'e') | (lanes)(before == '"') |
		(lanes)(before == '\'')));
}

static enum severity
level_key(struct span t, bool *by_digits)
{
	char last[LANES + 1] = { 0 };
	enum severity s;

	/* The first byte and the last are no separators. */
	for (size_t i = 1; i + 1 < t.len; i += LANES) {
		const char *at = t.at + i - 1;
		const size_t left = t.len - i;
		unsigned bits;

		if (left <= LANES)
			at = memcpy(last, at, left);
		for (bits = separators(at); bits != 0; bits &= bits - 1) {
			s = key_before(
			    t, i + (size_t)__builtin_ctz(bits), by_digits);
			if (s != SEVERITY_NONE)
				return s;
		}
	}
	return SEVERITY_NONE;
}

/* Texts of keys and values: JSON, logfmt.  to: where that is known. */
static bool
is_keyed(struct span t, size_t *to)
{
	size_t i = 0;

	for (; i < t.len && !is_blank(t.at[i]); i++)
		if (t.at[i] == '=' || (i == 0 && t.at[i] == '{'))
			return true;
	*to = i + 1;
	return false;
}

static enum severity
declared_by_key_first(struct span t, struct span head, bool *by_digits)
{
	size_t seen;
	enum severity s = level_key(t, by_digits);

	return s == SEVERITY_NONE ? level_head(head, &seen) : s;
}

static enum severity
declared_by_word_first(
    struct span t, struct span head, size_t first_word, bool *by_digits)
{
	size_t seen;
	enum severity s = level_head(head, &seen);

	if (s == SEVERITY_NONE)
		return level_key(t, by_digits);
	head.len = seen < first_word ? first_word : seen;
	if (head.len <= t.len)
		level_memo_keep(head, s);
	return s;
}

enum severity
level_declared(struct span t, bool *by_digits)
{
	struct span head = { t.at, t.len < LEVEL_HEAD ? t.len : LEVEL_HEAD };
	enum severity s = level_memo_find(t);
	size_t first_word;

	*by_digits = false;
	if (s != SEVERITY_NONE)
		return s;
	s = is_keyed(t, &first_word)
	    ? declared_by_key_first(t, head, by_digits)
	    : declared_by_word_first(t, head, first_word, by_digits);
	if (s != SEVERITY_NONE)
		return s;
	*by_digits |= t.len > 0 && t.at[0] == '<';
	return syslog_priority(t);
}

void
level_list(struct outbuf *out)
{
	enum severity last = SEVERITY_NONE;
	const struct level_word *w;
	struct buf b;

	buf_init(&b);
	buf_adds(&b, "severity of declared levels:\n");
	for (size_t i = 0; (w = level_nth(i)) != NULL; i++) {
		if (w->severity == last) {
			buf_adds(&b, ", ");
		} else {
			buf_adds(&b, i == 0 ? "" : "\n");
			severity_pad(&b, w->severity);
		}
		buf_adds(&b, w->word);
		last = w->severity;
	}
	buf_adds(&b,
	    "\n  letters: F critical; E error; W warn; "
	    "I D T V N info\n"
	    "  syslog: 0 1 2 critical; 3 error; 4 warn; 5 6 7 info\n"
	    "  numbers: 60 critical; 50 error; 40 warn; "
	    "10 20 30 info\n");
	outbuf_add(out, buf_span(&b));
	buf_release(&b);
}
