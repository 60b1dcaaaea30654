/* SPDX-License-Identifier: MIT */
/*
 * rtime_scan -- where in a line a time may stand.
 *
 * Only the head of a line tells when the line happened; a time further on is
 * what the line is about.  The head is looked through from left to right, run
 * by run (a run: bytes between blanks, brackets, quotes and "=:,;|"), and the
 * first time wins.  What may stand before it:
 *
 *   nothing, <PRI>, <PRI>1, brackets, quotes, # * . -, a level (INFO, E)
 *	  any form; all the weak ones stand here only
 *   and runs with digits or signs: hosts, addresses, pids, file names
 *	  the full forms
 *   and up to three plain words, if it then stands in brackets or behind | , ;
 *	  the full forms
 *   the name of a time ("ts":  time=  msg=audit( with its point)
 *	  the full forms and seconds since 1970
 *   five columns, if the first is a number or "-"
 *	  seconds since 1970
 *   three plain words, if the next column is the date of the same day
 *	  seconds since 1970
 *
 * A word in the open ends the head: "certificate expires 2027-01-01 00:00:00"
 * has no time of its own.  So does a date that cannot be.
 */
#include <string.h>
#include <strings.h>

#include "lib/rtime_civil.h"

#define WORDS_MAX 3
#define COLUMNS_MAX 5

struct head {
	struct text t;
	bool object; /* the line is JSON: only named times count */
	bool table; /* the first run is a number or "-" */
	bool bracketed; /* since the last run */
	bool round; /* by ( */
	bool parted; /* by | , ; since the last run */
	bool named; /* the last run names a time … */
	bool assigned; /* … and = or : came after it … */
	bool apart; /* … and then a blank */
	unsigned runs; /* but levels and names */
	unsigned words;
	unsigned columns; /* blanks so far */
};

/*
 * Words by their first letter, blanks between: most words of a line are none of
 * them, and this is asked for each at its head.
 */
typedef const char *const word_list[26];

static bool
is_one_of(const char *at, size_t len, word_list words)
{
	unsigned letter = (unsigned)(*at | 0x20) - 'a';
	const char *word;

	if (letter >= 26 || (word = words[letter]) == NULL)
		return false;
	for (;;) {
		size_t n = strcspn(word, " ");

		if (n == len && strncasecmp(at, word, n) == 0)
			return true;
		if (word[n] == '\0')
			return false;
		word += n + 1;
	}
}

static bool
is_level(const char *at, size_t len)
{
	static word_list levels = { ['a' - 'a'] = "alert",
		['c' - 'a'] = "c crit critical config",
		['d' - 'a'] = "d debug",
		['e' - 'a'] = "e err error emerg",
		['f' - 'a'] = "f fatal failure fine finer finest",
		['i' - 'a'] = "i info",
		['n' - 'a'] = "n notice note",
		['p' - 'a'] = "panic",
		['s' - 'a'] = "severe stdout stderr",
		['t' - 'a'] = "t trace",
		['v' - 'a'] = "v verbose",
		['w' - 'a'] = "w warn warning" };

	return len <= 8 && is_one_of(at, len, levels);
}

static bool
is_time_name(const char *at, size_t len)
{
	static word_list names = { ['a' - 'a'] = "asctime",
		['d' - 'a'] = "date datetime",
		['e' - 'a'] = "eventtime event_time",
		['l' - 'a'] = "log_time logtime",
		['t' - 'a'] = "t ts time timestamp" };

	if (len > 10)
		return false;
	if (*at == '@')
		return (len == 2 || len == 10) &&
		    strncasecmp(at, "@timestamp", len) == 0;
	if (*at == '$')
		return len == 5 && strncasecmp(at, "$date", len) == 0;
	return is_one_of(at, len, names);
}

static bool
ends_run(char c)
{
	static const bool ends[256] = { ['\0'] = true,
		[' '] = true,
		['\t'] = true,
		['\033'] = true,
		['['] = true,
		[']'] = true,
		['('] = true,
		[')'] = true,
		['{'] = true,
		['}'] = true,
		['<'] = true,
		['>'] = true,
		['"'] = true,
		['\''] = true,
		['='] = true,
		[':'] = true,
		[','] = true,
		[';'] = true,
		['|'] = true };

	return ends[(unsigned char)c];
}

static unsigned
allowed(const struct head *h)
{
	const bool named = h->named && h->assigned &&
	    (h->object || !h->apart || h->words == 0);
	unsigned allow = FORM_EPOCH_DATED;

	if (named)
		return FORM_FULL | FORM_EPOCH;
	if (h->object)
		return 0;
	if (h->words == 0 || h->bracketed || h->parted)
		allow |= FORM_FULL;
	if (h->runs == 0)
		allow |= FORM_WEAK | FORM_EPOCH |
		    (h->bracketed ? FORM_BRACKETED : FORM_BARE);
	if (h->table && h->columns <= COLUMNS_MAX)
		allow |= FORM_EPOCH;
	if (h->round)
		allow |= FORM_EPOCH_POINT;
	return allow;
}

/* The byte between runs that is next. */
static void
between(struct head *h)
{
	const char c = *h->t.at++;

	switch (c) {
	case ' ':
	case '\t':
		h->columns++;
		h->apart = h->assigned;
		break;
	case '(':
	case '[':
	case '{':
	case '<':
	case '"':
	case '\'':
		h->bracketed = true;
		h->round = c == '(';
		break;
	case ',':
	case ';': /* columns, not clauses */
		h->parted = text_peek(&h->t) != ' ';
		break;
	case '|': h->parted = true; break;
	case '=':
	case ':': h->assigned = h->named; break;
	default: break;
	}
}

/* The run at h->t that was no time: pass it, and see what it says. */
static void
pass(struct head *h)
{
	const char *at = h->t.at;
	bool letters = true, number = true, hyphen = false, open;
	size_t len;
	int next;

	while (h->t.at < h->t.end && !ends_run(*h->t.at)) {
		const char c = *h->t.at++;

		hyphen |= c == '-';
		number &= is_digit(c);
		/* A point ends a sentence, or stands inside a name. */
		letters &= is_letter(c) || c == '-' || c == '!' || c == '?' ||
		    (c == '.' && (h->t.at == h->t.end || ends_run(*h->t.at)));
	}
	len = (size_t)(h->t.at - at);
	next = text_peek(&h->t);
	h->bracketed = h->round = h->parted = h->assigned = h->apart = false;
	if ((h->named = is_time_name(at, len)))
		return;
	if (h->runs == 0 && h->columns == 0)
		h->table = number || (len == 1 && *at == '-');
	if (is_level(at, len) || (len == 1 && *at == '-'))
		return;
	h->runs++;
	/* "word", "word:", "word." in the open; "a-name" is none, "A-b:" is. */
	open = next == -1 || strchr(" \t:,;", next) != NULL;
	if (letters && open && len > 1 && (!hyphen || next == ':'))
		h->words++;
}

/* A colour or the like, as for a terminal: ESC [ … letter. */
static bool
skip_colour(struct text *t)
{
	if (t->end - t->at < 3 || memcmp(t->at, "\033[", 2) != 0)
		return false;
	for (t->at += 2; t->at < t->end && !is_letter(*t->at); t->at++)
		;
	if (t->at < t->end)
		t->at++;
	return true;
}

/*
 * Where the header begins: behind a byte order mark, <PRI> and the version of
 * RFC 5424.
 */
static void
skip_priority(struct text *t)
{
	struct text from;
	unsigned n;

	if (t->end - t->at > 3 && memcmp(t->at, "\xef\xbb\xbf", 3) == 0)
		t->at += 3;
	from = *t;

	if (text_take(t, '<') && text_number(t, 1, 3, &n) &&
	    text_take(t, '>')) {
		if (t->end - t->at > 2 && t->at[0] == '1' && t->at[1] == ' ')
			t->at += 2;
	} else
		*t = from;
}

static bool
search(struct rtime *r, struct span line, int64_t now_ns, struct rtime_found *f,
    struct civil *c)
{
	const size_t len = line.len < RTIME_MEMO ? line.len : RTIME_MEMO;
	struct head h = { .t = { line.at, line.at + len } };
	struct text t;

	skip_priority(&h.t);
	while (text_peek(&h.t) == ' ')
		h.t.at++;
	h.object = text_peek(&h.t) == '{';
	while (h.t.at < h.t.end) {
		const char first = *h.t.at;
		unsigned allow;

		if (skip_colour(&h.t))
			continue;
		if (ends_run(first) || first == '#' || first == '*' ||
		    first == '.') {
			between(&h);
			continue;
		}
		t = (struct text){ h.t.at, line.at + line.len };
		if ((allow = allowed(&h)) != 0 &&
		    (is_digit(first) || is_letter(first)))
			switch (form_read(r, &t, allow, now_ns, f, c)) {
			case FORM_FOUND:
				f->at = (size_t)(h.t.at - line.at);
				return true;
			case FORM_BROKEN: return false;
			case FORM_NONE: break;
			}
		pass(&h);
		if (h.words > WORDS_MAX && !h.object)
			return false;
	}
	return false;
}

/* Apart, for few lines come here and a civil is large. */
static __attribute__((noinline)) bool
long_way(
    struct rtime *r, struct span line, int64_t now_ns, struct rtime_found *f)
{
	struct civil c;

	*f = (struct rtime_found){ .len = 0 };
	if (!search(r, line, now_ns, f, &c))
		return false;
	memo_keep(r, line, now_ns, f, &c);
	return true;
}

bool
rtime_scan(
    struct rtime *r, struct span line, int64_t now_ns, struct rtime_found *f)
{
	return memo_find(r, line, now_ns, f) || long_way(r, line, now_ns, f);
}
