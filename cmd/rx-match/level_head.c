/* SPDX-License-Identifier: MIT */
/*
 * The head is read word by word.  A word that is a level is believed when it
 * stands like one; each way to stand is a function below.  What guards against
 * prose: a word in capitals is believed only while at most one ordinary word
 * went before it in this part of the line ("Failed to set DEBUG mode" declares
 * nothing), and letters only while none did.
 */
#include "level_head.h"

#include "level_around.h"
#include "level_words.h"

static bool
all_capitals(struct head *h)
{
	for (size_t i = h->from; i < h->to; i++)
		if (!is_upper(h->text.at[i]))
			return false;
	return true;
}

/* [error] [ WARN ] <ERR> (WARN) */
static bool
enclosed(struct head *h)
{
	char open = head_before(h, head_blanks_back(h, h->from), 1);
	char close = head_at(h, head_blanks_on(h, h->to));

	return (open == '[' && close == ']') || (open == '<' && close == '>') ||
	    (open == '(' && close == ')' && all_capitals(h));
}

/* [core:error] [ERROR/main] */
static bool
enclosed_with_name(struct head *h)
{
	size_t i = h->from;

	if (head_before(h, i, 1) == '[' && head_at(h, h->to) == '/')
		return true;
	if (head_before(h, i, 1) != ':' || head_at(h, h->to) != ']')
		return false;
	for (i--; is_word(head_before(h, i, 1)) || head_before(h, i, 1) == '-';
	     i--)
		;
	return head_before(h, i, 1) == '[';
}

static bool
in_capitals(struct head *h, const struct level_word *w)
{
	char prev = head_before(h, h->from, 1), next = head_at(h, h->to);

	if (!all_capitals(h))
		return false;
	if ((w->places & ONLY_CAPITALS) && next != ':')
		return false;
	return (prev == '\0' || one_of(prev, " \t|:[(<,;\"'=")) &&
	    (next == '\0' || one_of(next, " \t|:])>,;\"'/\r")) &&
	    head_prose(h) < 2;
}

/* "error: text", also "Fatal error: text" */
static bool
with_colon(struct head *h)
{
	static const char error[] = " error:";
	size_t i = h->to;

	if (head_at(h, i) == ' ') {
		size_t n = 1;

		while (n < sizeof(error) - 1 && head_at(h, i + n) == error[n])
			n++;
		if (n == sizeof(error) - 1)
			i += n - 1;
	}
	if (head_at(h, i) != ':' || is_word(head_at(h, i + 1)))
		return false;
	return head_part_begins(h, h->from);
}

/* A clock reading ends before the blanks before i. */
static bool
behind_clock(struct head *h, size_t i)
{
	size_t end = head_blanks_back(h, i), from;
	bool colon = false;

	if (end == i || end == 0)
		return false;
	if (one_of(head_before(h, end, 1), ",|]"))
		end--;
	if (!is_digit(head_before(h, end, 1)) && head_before(h, end, 1) != 'Z')
		return false;
	for (from = end; from > 0 && !is_blank(h->text.at[from - 1]); from--)
		colon = colon || h->text.at[from - 1] == ':';
	return colon;
}

/* daemon.err, at the start or behind a blank */
static bool
behind_facility(struct head *h)
{
	static const char facilities[] =
	    " kern user mail daemon auth syslog lpr news uucp cron authpriv "
	    "ftp local ";
	size_t end = h->from - 1, from;
	char name[12];

	if (h->from == 0 || head_before(h, h->from, 1) != '.' ||
	    is_word(head_at(h, h->to)))
		return false;
	if (end > 5 && is_digit(head_before(h, end, 1)))
		end--; /* local7 */
	for (from = end; from > 0 && is_lower(h->text.at[from - 1]); from--)
		;
	if (from == end || end - from > 8 ||
	    (from > 0 && !one_of(head_before(h, from, 1), " \t<[(")))
		return false;
	name[0] = ' ';
	memcpy(name + 1, h->text.at + from, end - from);
	memcpy(name + 1 + (end - from), " ", 2);
	return strstr(facilities, name) != NULL;
}

static enum severity
word(struct head *h)
{
	struct span s = { h->text.at + h->from, h->to - h->from };
	const struct level_word *w = level_find(s);

	if (w == NULL)
		return SEVERITY_NONE;
	if ((w->places & ONLY_CAPITAL) && !is_upper(s.at[0]))
		return SEVERITY_NONE;
	if ((w->places & IN_BRACKETS) && (enclosed(h) || enclosed_with_name(h)))
		return w->severity;
	if ((w->places & IN_CAPITALS) && in_capitals(h, w))
		return w->severity;
	if ((w->places & WITH_COLON) && with_colon(h))
		return w->severity;
	if ((w->places & BEHIND_TIME) && behind_clock(h, h->from) &&
	    one_of(head_at(h, h->to), " \t|,:]"))
		return w->severity;
	if ((w->places & AS_VALUE) && behind_facility(h))
		return w->severity;
	return SEVERITY_NONE;
}

static enum severity
judge(struct head *h)
{
	struct span w = { h->text.at + h->from, h->to - h->from };
	enum severity s = SEVERITY_NONE;

	if (w.len > 2 && !level_may_be(w))
		return s;
	if (is_word(head_before(h, h->from, 1)))
		return s;
	if (w.len == 1)
		return head_letter(h);
	if (is_word(head_at(h, h->to)))
		return s;
	s = word(h);
	return s == SEVERITY_NONE ? head_doubled(h) : s;
}

enum severity
level_head(struct span text, size_t *seen)
{
	struct head h;

	h.text = text;
	h.seen = 0;
	h.read = h.prose = h.brackets = 0;
	level_map_init(&h.map, text);
	for (size_t n = 0; n * LEVEL_MAP_WORD < text.len; n++) {
		uint64_t starts = level_map_starts(&h.map, n);

		for (; starts != 0; starts &= starts - 1) {
			enum severity s;

			h.from = n * LEVEL_MAP_WORD +
			    (size_t)__builtin_ctzll(starts);
			if (!level_may_begin(
				text.at[h.from], head_at(&h, h.from + 1)))
				continue; /* nearly every word */
			h.to = level_map_word_end(&h.map, h.from);
			if ((s = judge(&h)) != SEVERITY_NONE) {
				*seen = h.seen;
				return s;
			}
		}
	}
	return SEVERITY_NONE;
}
