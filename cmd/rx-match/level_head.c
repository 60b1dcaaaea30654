/*
 * The head is read word by word.  A word that is a level is believed when it
 * stands like one; each way to stand is a function below.  What guards against
 * prose: a word in capitals is believed only while at most one ordinary word
 * went before it in this part of the line ("Failed to set DEBUG mode" declares
 * nothing), and letters only while none did.
 */
#include "level_head.h"

#include <string.h>

#include "level_map.h"
#include "level_words.h"

struct head {
	struct span text;
	struct level_map map;
	size_t from, to; /* the word */
	size_t seen; /* so much was looked at; past its end if that was seen */
	/* Read for prose() so far: ordinary words in this part, open brackets */
	size_t read;
	unsigned prose, brackets;
};

/* Characters around; '\0' outside. */
static char
at(struct head *h, size_t i)
{
	if (i >= h->seen)
		h->seen = i + 1;
	return i < h->text.len ? h->text.at[i] : '\0';
}

static char
before(struct head *h, size_t i, size_t n)
{
	return i >= n ? h->text.at[i - n] : '\0';
}

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static size_t
blanks_back(struct head *h, size_t i)
{
	while (i > 0 && is_blank(h->text.at[i - 1]))
		i--;
	return i;
}

static size_t
blanks_on(struct head *h, size_t i)
{
	while (is_blank(at(h, i)))
		i++;
	return i;
}

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
	char open = before(h, blanks_back(h, h->from), 1);
	char close = at(h, blanks_on(h, h->to));

	return (open == '[' && close == ']') || (open == '<' && close == '>') ||
	    (open == '(' && close == ')' && all_capitals(h));
}

/* [core:error] [ERROR/main] */
static bool
enclosed_with_name(struct head *h)
{
	size_t i = h->from;

	if (before(h, i, 1) == '[' && at(h, h->to) == '/')
		return true;
	if (before(h, i, 1) != ':' || at(h, h->to) != ']')
		return false;
	for (i--; is_word(before(h, i, 1)) || before(h, i, 1) == '-'; i--)
		;
	return before(h, i, 1) == '[';
}

static bool
is_date_word(struct span w)
{
	static const char names[] = " Jan Feb Mar Apr May Jun Jul Aug Sep Oct "
				    "Nov Dec Mon Tue Wed Thu Fri Sat Sun ";
	char name[6] = { ' ', 0, 0, 0, ' ', 0 };

	if (w.len != 3)
		return false;
	memcpy(name + 1, w.at, 3);
	return strstr(names, name) != NULL;
}

/* A word of prose: has a lower-case letter and blanks around it. */
static bool
is_prose(struct head *h, size_t from, size_t to)
{
	struct span w = { h->text.at + from, to - from };
	char prev = before(h, from, 1), next = at(h, to);

	if ((prev != '\0' && !is_blank(prev)) || !is_blank(next))
		return false;
	return (w.len == 1 || is_lower(w.at[1])) && !is_date_word(w) &&
	    level_find(w) == NULL;
}

/*
 * How many ordinary words went before the one at hand, in this part; more than
 * one is not asked about, and few words ask at all.
 */
static unsigned
prose(struct head *h)
{
	size_t i;

	while ((i = level_map_next(&h->map, h->read)) < h->from) {
		char c = h->text.at[i];

		h->read = i + 1;
		if (is_letter(c)) {
			h->read = level_map_word_end(&h->map, i);
			if (h->prose < 2 && h->brackets == 0)
				h->prose += is_prose(h, i, h->read);
		} else if (c == '[') {
			h->brackets++;
		} else if (c == ']' && h->brackets > 0) {
			h->brackets--;
		} else if (c == ':' && h->brackets == 0 &&
		    is_blank(at(h, i + 1))) {
			/* "sshd[7]: " and "kernel: " begin a new part. */
			h->prose = 0;
		}
	}
	return h->prose;
}

static bool
in_capitals(struct head *h, const struct level_word *w)
{
	char prev = before(h, h->from, 1), next = at(h, h->to);

	if (!all_capitals(h))
		return false;
	if ((w->places & ONLY_CAPITALS) && next != ':')
		return false;
	return (prev == '\0' || one_of(prev, " \t|:[(<,;\"'=")) &&
	    (next == '\0' || one_of(next, " \t|:])>,;\"'/\r")) && prose(h) < 2;
}

/* A part of the line begins here: nothing, a separator or a number before. */
static bool
part_begins(struct head *h, size_t i)
{
	size_t back = blanks_back(h, i);
	char prev = before(h, back, 1);

	if (back == 0)
		return true;
	if (back == i)
		return one_of(prev, "]|>");
	return is_digit(prev) || one_of(prev, ":])>|-,;") ||
	    (back >= 3 && memcmp(h->text.at + back - 3, "PHP", 3) == 0);
}

/* "error: text", also "Fatal error: text" */
static bool
with_colon(struct head *h)
{
	static const char error[] = " error:";
	size_t i = h->to;

	if (at(h, i) == ' ') {
		size_t n = 1;

		while (n < sizeof(error) - 1 && at(h, i + n) == error[n])
			n++;
		if (n == sizeof(error) - 1)
			i += n - 1;
	}
	if (at(h, i) != ':' || is_word(at(h, i + 1)))
		return false;
	return part_begins(h, h->from);
}

/* A clock reading ends before the blanks before i. */
static bool
behind_clock(struct head *h, size_t i)
{
	size_t end = blanks_back(h, i), from;
	bool colon = false;

	if (end == i || end == 0)
		return false;
	if (one_of(before(h, end, 1), ",|]"))
		end--;
	if (!is_digit(before(h, end, 1)) && before(h, end, 1) != 'Z')
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

	if (h->from == 0 || before(h, h->from, 1) != '.' ||
	    is_word(at(h, h->to)))
		return false;
	if (end > 5 && is_digit(before(h, end, 1)))
		end--; /* local7 */
	for (from = end; from > 0 && is_lower(h->text.at[from - 1]); from--)
		;
	if (from == end || end - from > 8 ||
	    (from > 0 && !one_of(before(h, from, 1), " \t<[(")))
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
	    one_of(at(h, h->to), " \t|,:]"))
		return w->severity;
	if ((w->places & AS_VALUE) && behind_facility(h))
		return w->severity;
	return SEVERITY_NONE;
}

static enum severity
of_letter(char c)
{
	switch (c) {
	case 'F': return SEVERITY_CRITICAL;
	case 'E': return SEVERITY_ERROR;
	case 'W': return SEVERITY_WARN;
	case 'I':
	case 'N':
	case 'D':
	case 'V':
	case 'T': return SEVERITY_INFO;
	default: return SEVERITY_NONE;
	}
}

/* E0102 15:04:05 and E20240102 15:04:05: h->to is behind the letter. */
static bool
before_date(struct head *h)
{
	size_t i = h->to;

	if (!part_begins(h, h->from))
		return false;
	while (is_digit(at(h, i)))
		i++;
	if (i - h->to != 4 && i - h->to != 8)
		return false;
	return at(h, i) == ' ' && is_digit(at(h, i + 1)) &&
	    is_digit(at(h, i + 2)) && at(h, i + 3) == ':';
}

/* E/Tag( 12):  E/Tag: */
static bool
before_tag(struct head *h)
{
	size_t i = h->to + 1, from = i;

	if (at(h, h->to) != '/' || !part_begins(h, h->from))
		return false;
	while (is_word(at(h, i)) || one_of(at(h, i), ".$-"))
		i++;
	if (i - from < 2)
		return false;
	i = blanks_on(h, i);
	return at(h, i) == '(' || (at(h, i) == ':' && at(h, i + 1) == ' ');
}

static bool
letter_is_placed(struct head *h)
{
	char prev = before(h, h->from, 1), next = at(h, h->to);
	size_t back = blanks_back(h, h->from);

	if ((prev == '[' && next == ']') || (prev == '<' && next == '>'))
		return true;
	if (h->from == 0 && (next == ':' || next == ','))
		return at(h, h->to + 1) == ' ';
	if (before_tag(h))
		return true;
	/* 1702 2395 E Tag:  2018-05-15T10:00:00.000+0000 I NETWORK */
	return is_blank(prev) && is_blank(next) && back > 0 &&
	    is_digit(before(h, back, 1)) &&
	    is_letter(at(h, blanks_on(h, h->to)));
}

/* Xorg and its like: (EE) (WW) (II) */
static enum severity
doubled(struct head *h)
{
	if (h->to - h->from != 2 || at(h, h->from) != at(h, h->from + 1) ||
	    before(h, h->from, 1) != '(' || at(h, h->to) != ')')
		return SEVERITY_NONE;
	return of_letter(at(h, h->from));
}

/* A letter that stands before digits, or alone. */
static enum severity
judge_letter(struct head *h)
{
	if (is_digit(at(h, h->to)))
		return before_date(h) ? of_letter(at(h, h->from))
				      : SEVERITY_NONE;
	if (is_word(at(h, h->to)) || !letter_is_placed(h) || prose(h) > 0)
		return SEVERITY_NONE;
	return of_letter(at(h, h->from));
}

static enum severity
judge(struct head *h)
{
	struct span w = { h->text.at + h->from, h->to - h->from };
	enum severity s = SEVERITY_NONE;

	if (w.len > 2 && !level_may_be(w))
		return s;
	if (is_word(before(h, h->from, 1)))
		return s;
	if (w.len == 1)
		return judge_letter(h);
	if (is_word(at(h, h->to)))
		return s;
	s = word(h);
	return s == SEVERITY_NONE ? doubled(h) : s;
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
				text.at[h.from], at(&h, h.from + 1)))
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
