/*
 * The words stand in a table, chained by their first letter.  A scan finds the
 * places where one may stand; there the run of word characters is read in both
 * directions, and is a keyword, ends in one, or is neither.
 */
#include "keywords_find.h"

#include <stdint.h>
#include <string.h>

#include "lib/rex_scan.h"

#include "keyword_classes.h"
#include "level_words.h"

#define MOST_WORDS 48
#define MOST_ENDINGS 4
#define LONGEST_RUN 16 /* no word, nor part of one, is longer */

struct keyword {
	struct span text;
	size_t first; /* length of its first word */
	enum severity severity;
	const struct keyword *next; /* of the same first letter */
};

static struct keyword words[MOST_WORDS], endings[MOST_ENDINGS];
static size_t n_words, n_endings;
static const struct keyword *by_letter[26];
static struct scan scan;

static void
add(struct keyword *to, size_t *n, size_t most, const char *list,
    enum severity severity)
{
	while (list != NULL && *n < most) {
		size_t len = strcspn(list, "|");
		struct keyword *k = &to[(*n)++];

		k->text = (struct span){ list, len };
		k->first = strcspn(list, "| ");
		k->severity = severity;
		scan_add(&scan, k->text, SCAN_WORD);
		list = list[len] == '|' ? list + len + 1 : NULL;
	}
}

void
keywords_find_init(void)
{
	n_words = n_endings = 0;
	scan_init(&scan);
	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++) {
		const struct keyword_class *c = &keyword_classes[i];

		add(words, &n_words, MOST_WORDS, c->words, c->severity);
		add(endings, &n_endings, MOST_ENDINGS, c->endings, c->severity);
	}
	scan_build(&scan);
	memset(by_letter, 0, sizeof(by_letter));
	for (size_t i = 0; i < n_words; i++) {
		size_t letter = (size_t)(words[i].text.at[0] - 'a');

		words[i].next = by_letter[letter];
		by_letter[letter] = &words[i];
	}
}

/* text[from..] begins with the word, which is in lower case. */
static bool
stands(struct span text, size_t from, struct span word)
{
	if (text.len - from < word.len)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = text.at[from + i], w = word.at[i];

		if (c != w && !(is_upper(c) && (c | 0x20) == w))
			return false;
	}
	return true;
}

/* The word characters around a place, as far as a keyword may reach. */
struct run {
	size_t from, to;
	bool whole; /* it begins at from */
	bool ends; /* it ends at to */
};

static struct run
run_around(struct span t, size_t at)
{
	struct run r = { .from = at, .to = at };

	while (r.from > 0 && is_word(t.at[r.from - 1]) &&
	    at - r.from < LONGEST_RUN)
		r.from--;
	while (r.to < t.len && is_word(t.at[r.to]) && r.to - at < LONGEST_RUN)
		r.to++;
	r.whole = r.from == 0 || !is_word(t.at[r.from - 1]);
	r.ends = r.to == t.len || !is_word(t.at[r.to]);
	return r;
}

/* The keyword whose first word the run is. */
static const struct keyword *
find(struct span t, const struct run *r)
{
	const struct keyword *k = NULL;

	if (r->whole && r->ends && r->to > r->from && is_letter(t.at[r->from]))
		k = by_letter[(t.at[r->from] | 0x20) - 'a'];
	for (; k != NULL; k = k->next)
		if (k->first == r->to - r->from &&
		    stands(t, r->from, (struct span){ k->text.at, k->first }))
			return k;
	return NULL;
}

/* "segmentation" is none without its "fault". */
static bool
is_complete(struct span t, const struct run *r, const struct keyword *k)
{
	size_t end = r->from + k->text.len;

	return k->first == k->text.len ||
	    (stands(t, r->from, k->text) &&
		(end == t.len || !is_word(t.at[end])));
}

/* "non-fatal" is not fatal, "fail-over" is no failure. */
static bool
is_meant(struct span t, size_t from, size_t end)
{
	if (from >= 4 && stands(t, from - 4, SPAN("non")) &&
	    (t.at[from - 1] == '-' || t.at[from - 1] == ' '))
		return false;
	return !stands(t, end, SPAN("-safe")) && !stands(t, end, SPAN("-over"));
}

/* NullPointerException, in this very case, also with an s. */
static enum severity
ending(struct span t, const struct run *r)
{
	size_t plural = r->to > r->from && (t.at[r->to - 1] | 0x20) == 's';

	if (!r->ends)
		return SEVERITY_NONE;
	for (size_t i = 0; i < n_endings; i++) {
		struct span e = endings[i].text;
		size_t from = r->to - plural - e.len;

		if (r->to - r->from > e.len + plural && t.at[from - 1] != '_' &&
		    memcmp(t.at + from, e.at, e.len) == 0)
			return endings[i].severity;
	}
	return SEVERITY_NONE;
}

enum severity
keywords_at(struct span t, size_t at)
{
	struct run r = run_around(t, at);
	const struct keyword *k = find(t, &r);
	size_t end;

	if (k == NULL || !is_complete(t, &r, k))
		return ending(t, &r);
	end = r.from + k->text.len;
	/* U+017F is an s: with it "-safe" may stand there and not be known. */
	if (!is_meant(t, r.from, end) ||
	    (end + 1 < t.len && (t.at[end + 1] & 0x80) != 0))
		return ending(t, &r);
	return k->severity;
}

static bool
add_found(void *arg, struct span t, size_t at)
{
	enum severity *worst = arg, s = keywords_at(t, at);

	if (s > *worst)
		*worst = s;
	return *worst == SEVERITY_CRITICAL;
}

static bool
is_ascii(struct span t)
{
	uint64_t all = 0, eight;
	size_t i = 0;

	for (; i + sizeof(eight) <= t.len; i += sizeof(eight)) {
		memcpy(&eight, t.at + i, sizeof(eight));
		all |= eight;
	}
	for (; i < t.len; i++)
		all |= (uint64_t)(unsigned char)t.at[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

bool
keywords_worst(struct span text, enum severity *worst)
{
	const struct scan_sieve sieve = { add_found, worst };

	*worst = SEVERITY_NONE;
	if (!is_ascii(text))
		return false;
	scan_find(&scan, text, 0, false, &sieve);
	return true;
}

/* Beside it the text may go on in a way that only its reader knows. */
static bool
is_opaque(char c)
{
	return c == '\\' || (c & 0x80) != 0;
}

bool
keywords_may(void *arg, struct span block, size_t at)
{
	struct run r = run_around(block, at);

	(void)arg;
	if (r.from > 0 && is_opaque(block.at[r.from - 1]))
		return true;
	if (r.to < block.len && is_opaque(block.at[r.to]))
		return true;
	return find(block, &r) != NULL || ending(block, &r) != SEVERITY_NONE;
}
