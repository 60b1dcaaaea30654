/* SPDX-License-Identifier: MIT */
/*
 * The words are chained by how they begin.  A scan finds the places
 * where one may stand; there the run of word characters is read in both
 * directions, and is a word, begins with one, ends in one, or is neither.
 */
#include "word_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/lanes.h"

#include "level_words.h"

void
words_init(struct word_set *w)
{
	*w = (struct word_set){ .scanned = true };
	scan_init(&w->scan);
}

void
words_release(struct word_set *w)
{
	for (size_t i = 0; i < w->n_words; i++)
		free(w->words[i].copy);
	free(w->words);
	w->words = NULL;
	w->n_words = 0;
}

static bool
is_ascii(struct span t)
{
	lanes all = { 0 };
	size_t i = 0;

	for (; i + LANES <= t.len; i += LANES)
		all |= lanes_load(t.at + i);
	if (i < t.len && i > 0) { /* the last of them, some for again */
		all |= lanes_load(t.at + t.len - LANES);
		i = t.len;
	}
	for (; i < t.len; i++)
		all[0] |= (unsigned char)t.at[i];
	return lanes_bits((lanes)(all >= 0x80)) == 0;
}

static void
copy(struct word *k)
{
	k->copy = or_die(malloc(k->text.len + 1));
	for (size_t i = 0; i < k->text.len; i++)
		k->copy[i] = (char)to_lower(k->text.at[i]);
	k->text.at = k->copy;
}

/* Room doubles: at a power of two there is none left. */
static void
grow(struct word_set *w)
{
	size_t n = w->n_words;

	if ((n & (n - 1)) != 0)
		return;
	w->words =
	    or_die(realloc(w->words, (n == 0 ? 1 : 2 * n) * sizeof(*w->words)));
}

bool
words_add(struct word_set *w, struct span text, enum severity severity)
{
	struct word k = { .text = text, .severity = severity };

	if (text.len > 1 && text.at[text.len - 1] == '*') {
		k.longer = true;
		k.text.len--;
	}
	while (k.first < k.text.len && is_word(k.text.at[k.first]))
		k.first++;
	if (k.first == 0 || k.first > WORD_RUN || !is_ascii(text) ||
	    k.text.len > SCAN_LITERAL || (k.longer && k.first < k.text.len))
		return false;
	copy(&k);
	for (size_t i = 0; i < k.text.len; i++)
		w->digits = w->digits || is_digit(k.text.at[i]);
	grow(w);
	if (w->scanned)
		w->scanned = scan_add(&w->scan, k.text, SCAN_WORD);
	w->words[w->n_words++] = k;
	return true;
}

bool
words_add_ending(struct word_set *w, struct span text, enum severity severity)
{
	if (w->n_endings == WORD_ENDINGS ||
	    !scan_add(&w->scan, text, SCAN_WORD))
		return false;
	w->endings[w->n_endings++] =
	    (struct word){ .text = text, .severity = severity };
	return true;
}

static size_t
bucket_of(char first, char second)
{
	return ((unsigned char)first * 31U + (unsigned char)second) %
	    WORD_BUCKETS;
}

/*
 * A scan for several literals tells of the shorter when one holds another; in a
 * later part of a word, that is no way to the word.
 */
static bool
is_hidden(const struct word_set *w, const struct word *in)
{
	struct span later = span_skip(in->text, in->first);

	for (size_t i = 0; i < w->n_words; i++) {
		struct span t = w->words[i].text;

		if (memmem(later.at, later.len, t.at, t.len) != NULL)
			return true;
	}
	return false;
}

void
words_build(struct word_set *w)
{
	for (size_t i = 0; i < w->n_words; i++)
		if (is_hidden(w, &w->words[i]))
			w->hidden = true;
	w->scanned = w->scanned && !w->hidden;
	if (w->scanned)
		scan_build(&w->scan);
	memset(w->bucket, 0, sizeof(w->bucket));
	for (size_t i = 0; i < w->n_words; i++) {
		struct word *k = &w->words[i];
		char second = k->first > 1 ? k->text.at[1] : '\0';
		const struct word **b =
		    &w->bucket[bucket_of(k->text.at[0], second)];

		k->next = *b;
		*b = k;
		w->singles = w->singles || k->first == 1;
	}
}

/* text[from..] begins with the word, which is in lower case. */
static bool
stands(struct span text, size_t from, struct span word)
{
	if (text.len - from < word.len)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (to_lower(text.at[from + i]) != word.at[i])
			return false;
	return true;
}

/* The word characters around a place, as far as a word may reach. */
struct run {
	size_t from, to;
	bool whole; /* it begins at from */
	bool ends; /* it ends at to */
};

_Static_assert(WORD_RUN == LANES, "a run is looked at in one go");

/* Of sixteen bytes, a bit for each that is no word character. */
static unsigned
others(const char *at)
{
	const lanes c = lanes_load(at);
	const lanes word = (lanes)((c | 0x20) - 'a' < 26) |
	    (lanes)(c - '0' < 10) | (lanes)(c == '_');

	return lanes_bits(word) ^ 0xffff;
}

static size_t
run_begin(struct span t, size_t at)
{
	size_t from = at;

	if (at >= WORD_RUN) {
		unsigned o = others(t.at + at - WORD_RUN);

		return o == 0 ? at - WORD_RUN
			      : at - (size_t)__builtin_clz(o << WORD_RUN);
	}
	while (from > 0 && is_word(t.at[from - 1]))
		from--;
	return from;
}

static size_t
run_end(struct span t, size_t at)
{
	size_t to = at;

	if (t.len - at >= WORD_RUN) {
		unsigned o = others(t.at + at);

		return at + (o == 0 ? WORD_RUN : (size_t)__builtin_ctz(o));
	}
	while (to < t.len && is_word(t.at[to]))
		to++;
	return to;
}

static struct run
run_around(struct span t, size_t at)
{
	struct run r = { run_begin(t, at), run_end(t, at), false, false };

	r.whole = r.from == 0 || !is_word(t.at[r.from - 1]);
	r.ends = r.to == t.len || !is_word(t.at[r.to]);
	return r;
}

/* The run is the first word of k, or begins with all of it. */
static bool
begins(struct span t, const struct run *r, const struct word *k)
{
	size_t len = r->to - r->from;

	if (k->longer ? len < k->first : len != k->first || !r->ends)
		return false;
	return stands(t, r->from, (struct span){ k->text.at, k->first });
}

/* Those that begin with two characters of the run, and with one only. */
static const struct word *
bucket(const struct word_set *w, struct span t, const struct run *r, bool two)
{
	if (!r->whole || r->to == r->from ||
	    (two ? r->to - r->from < 2 : !w->singles))
		return NULL;
	return w->bucket[bucket_of((char)to_lower(t.at[r->from]),
	    two ? (char)to_lower(t.at[r->from + 1]) : '\0')];
}

/* "segmentation" is none without its "fault". */
static bool
is_complete(struct span t, const struct run *r, const struct word *k)
{
	size_t end = r->from + k->text.len;

	return k->first == k->text.len ||
	    (stands(t, r->from, k->text) &&
		(end == t.len || !is_word(t.at[end])));
}

static bool
is_meant(struct span t, size_t from, size_t end)
{
	if (from >= 4 && stands(t, from - 4, SPAN("non")) &&
	    (t.at[from - 1] == '-' || t.at[from - 1] == ' '))
		return false;
	/* U+017F is an s: with it "-safe" may stand there and not be known. */
	if (end + 1 < t.len && (t.at[end + 1] & 0x80) != 0)
		return false;
	return !stands(t, end, SPAN("-safe")) && !stands(t, end, SPAN("-over"));
}

/* NullPointerException, in this very case, also with an s. */
static enum severity
ending(const struct word_set *w, struct span t, const struct run *r)
{
	size_t plural = r->to > r->from && (t.at[r->to - 1] | 0x20) == 's';

	if (!r->ends)
		return SEVERITY_NONE;
	for (size_t i = 0; i < w->n_endings; i++) {
		struct span e = w->endings[i].text;
		size_t from = r->to - plural - e.len;

		if (r->to - r->from > e.len + plural && t.at[from - 1] != '_' &&
		    memcmp(t.at + from, e.at, e.len) == 0)
			return w->endings[i].severity;
	}
	return SEVERITY_NONE;
}

/* The worst word that begins with the run. */
static enum severity
whole(const struct word_set *w, struct span t, const struct run *r)
{
	enum severity worst = SEVERITY_NONE;

	for (int two = 0; two < 2; two++)
		for (const struct word *k = bucket(w, t, r, two != 0);
		     k != NULL; k = k->next)
			if (k->severity > worst && begins(t, r, k) &&
			    is_complete(t, r, k) &&
			    (!w->guarded ||
				is_meant(t, r->from, r->from + k->text.len)))
				worst = k->severity;
	return worst;
}

enum severity
words_at(const struct word_set *w, struct span t, size_t at, size_t *behind)
{
	struct run r = run_around(t, at);
	enum severity worst = whole(w, t, &r);

	*behind = r.ends ? r.to : 0;
	return worst == SEVERITY_NONE ? ending(w, t, &r) : worst;
}

struct worst {
	const struct word_set *set;
	enum severity severity, enough;
};

static bool
add_found(void *arg, struct span t, size_t at)
{
	struct worst *w = arg;
	size_t behind;
	enum severity s = words_at(w->set, t, at, &behind);

	if (s > w->severity)
		w->severity = s;
	return w->severity >= w->enough;
}

/* From run to run; a set that is not scanned has no endings. */
static void
walk(struct worst *w, struct span t, size_t from)
{
	struct run r = { .to = from };

	while (r.to < t.len && w->severity < w->enough) {
		enum severity s;

		for (r.from = r.to; r.from < t.len && !is_word(t.at[r.from]);)
			r.from++;
		for (r.to = r.from; r.to < t.len && is_word(t.at[r.to]);)
			r.to++;
		r.whole = r.ends = true;
		s = whole(w->set, t, &r);
		if (s > w->severity)
			w->severity = s;
	}
}

bool
words_worst(const struct word_set *set, struct span text, size_t from,
    enum severity enough, enum severity *worst)
{
	struct worst w = { set, *worst, enough };
	const struct scan_sieve sieve = { add_found, &w };

	if (!is_ascii(text))
		return false;
	if (w.severity >= enough)
		return true;
	if (set->scanned)
		scan_find(&set->scan, text, from, false, &sieve);
	else
		walk(&w, text, from);
	*worst = w.severity;
	return true;
}

/* Beside it the text may go on in a way that only its reader knows. */
static bool
is_opaque(char c)
{
	return c == '\\' || (c & 0x80) != 0;
}

bool
words_may(const struct word_set *w, struct span block, size_t at)
{
	struct run r = run_around(block, at);

	if (r.from > 0 && is_opaque(block.at[r.from - 1]))
		return true;
	if (r.to < block.len && is_opaque(block.at[r.to]))
		return true;
	for (int two = 0; two < 2; two++)
		for (const struct word *k = bucket(w, block, &r, two != 0);
		     k != NULL; k = k->next)
			if (begins(block, &r, k))
				return true;
	return ending(w, block, &r) != SEVERITY_NONE;
}
