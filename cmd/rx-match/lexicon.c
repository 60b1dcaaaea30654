/* SPDX-License-Identifier: MIT */
#include "lexicon.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/hash.h"

#define BEGINNING 64 /* bytes in front of a "*" */

struct entry {
	uint64_t hash;
	size_t at, len; /* in text; a beginning has its "*" */
	int is;
};

/* A word: where it stands in the folded text, and in which clause. */
struct word {
	uint16_t at, end, clause;
};

struct words {
	char folded[2 * LEXICON_TEXT]; /* a blank between two words */
	struct word word[LEXICON_TEXT / 2 + 1];
	size_t n, len;
};

int
lexicon_init(struct lexicon *l)
{
	*l = (struct lexicon){ .words = malloc(sizeof(*l->words)) };
	return l->words == NULL ? -1 : 0;
}

void
lexicon_release(struct lexicon *l)
{
	free(l->entries);
	free(l->words);
	buf_release(&l->text);
}

/*
 * A character of two bytes, in lower case: Latin-1, Greek and Cyrillic, where
 * capitals lie a fixed way before the small ones.
 */
static void
fold_two(unsigned char c[2])
{
	if (c[0] == 0xc3 && c[1] >= 0x80 && c[1] <= 0x9e && c[1] != 0x97) {
		c[1] += 0x20;
	} else if ((c[0] == 0xce && c[1] >= 0x91 && c[1] <= 0x9f) ||
	    (c[0] == 0xd0 && c[1] >= 0x90 && c[1] <= 0x9f)) {
		c[1] += 0x20;
	} else if ((c[0] == 0xce && c[1] >= 0xa0 && c[1] <= 0xa9) ||
	    (c[0] == 0xd0 && c[1] >= 0xa0 && c[1] <= 0xaf)) {
		c[0]++;
		c[1] -= 0x20;
	} else if (c[0] == 0xd0 && c[1] >= 0x80 && c[1] <= 0x8f) {
		c[0]++;
		c[1] += 0x10;
	}
}

enum kind { BLANK, STOP, LETTER, ALONE };

/* The character that rest begins with, folded; how many bytes it has. */
static size_t
next(struct span rest, char to[4], size_t *n, enum kind *kind)
{
	unsigned char c = (unsigned char)rest.at[0], two[2];
	size_t len = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (len > rest.len)
		len = 1;
	*kind = LETTER;
	*n = len;
	memcpy(to, rest.at, len);
	if (c < 0x80) {
		if (c >= 'A' && c <= 'Z')
			*to = (char)(c | 0x20);
		else if (strchr(".,;:!?()[]{}\n", c) != NULL && c != '\0')
			*kind = STOP;
		else if (c != '\'' && !is_digit(c) && !(c >= 'a' && c <= 'z'))
			*kind = BLANK;
	} else if (len == 2) {
		memcpy(two, rest.at, 2);
		fold_two(two);
		memcpy(to, two, 2);
	} else if (len == 3 && memcmp(rest.at, "\xe2\x80\x99", 3) == 0) {
		*to = '\'';
		*n = 1;
	} else if (len == 3 && memcmp(rest.at, "\xe2\x80", 2) == 0) {
		*kind = BLANK; /* dashes, quotes, blanks */
	} else if (len == 4)
		*kind = ALONE;
	return len;
}

/* Apostrophes around a word are quotes. */
static void
end_word(struct words *w, size_t at, uint16_t clause)
{
	size_t end = w->len;

	while (at < end && w->folded[at] == '\'')
		at++;
	while (end > at && w->folded[end - 1] == '\'')
		end--;
	if (at == end) {
		w->len = w->n > 0 ? (size_t)w->word[w->n - 1].end + 1 : 0;
		return;
	}
	/* Words lie close, so a phrase is one piece. */
	size_t to = w->n > 0 ? (size_t)w->word[w->n - 1].end + 1 : 0;

	memmove(w->folded + to, w->folded + at, end - at);
	w->word[w->n++] =
	    (struct word){ (uint16_t)to, (uint16_t)(to + end - at), clause };
	w->folded[to + end - at] = ' ';
	w->len = to + end - at + 1;
}

static void
split(struct words *w, struct span text)
{
	uint16_t clause = 0;
	size_t start = 0, n;
	bool inside = false;
	enum kind kind;
	char c[4];

	w->n = w->len = 0;
	if (text.len > LEXICON_TEXT)
		text.len = LEXICON_TEXT;
	while (text.len > 0) {
		text = span_skip(text, next(text, c, &n, &kind));
		if (inside && kind != LETTER) {
			end_word(w, start, clause);
			inside = false;
		}
		if (kind == STOP)
			clause++;
		if (kind == STOP || kind == BLANK)
			continue;
		if (!inside)
			start = w->len;
		memcpy(w->folded + w->len, c, n);
		w->len += n;
		inside = kind == LETTER;
		if (kind == ALONE)
			end_word(w, start, clause);
	}
	if (inside)
		end_word(w, start, clause);
}

static const struct entry *
look_up(const struct lexicon *l, struct span text)
{
	uint64_t hash = hash_bytes(0, text);
	size_t i;

	if (l->size == 0)
		return NULL;
	for (i = hash % l->size; l->entries[i].len > 0; i = (i + 1) % l->size)
		if (l->entries[i].hash == hash &&
		    span_eq(text,
			(struct span){
			    l->text.at + l->entries[i].at, l->entries[i].len }))
			return &l->entries[i];
	return NULL;
}

static int
widen(struct lexicon *l)
{
	size_t size = l->size == 0 ? 256 : 2 * l->size;
	struct entry *entries = calloc(size, sizeof(*entries));

	if (entries == NULL)
		return -1;
	for (size_t i = 0; i < l->size; i++) {
		size_t k = l->entries[i].hash % size;

		if (l->entries[i].len == 0)
			continue;
		while (entries[k].len > 0)
			k = (k + 1) % size;
		entries[k] = l->entries[i];
	}
	free(l->entries);
	l->entries = entries;
	l->size = size;
	return 0;
}

const char *
lexicon_add(struct lexicon *l, struct span entry, int is)
{
	bool begins = entry.len > 0 && entry.at[entry.len - 1] == '*';
	struct words *w = l->words;
	struct span text;
	size_t i;

	entry.len -= begins;
	if (entry.len > LEXICON_TEXT || memchr(entry.at, '*', entry.len))
		return "is too long, or has a * that is not its end";
	split(w, entry);
	if (w->n == 0)
		return "has no word";
	if (w->word[w->n - 1].clause != w->word[0].clause)
		return "goes over the end of a clause";
	if (begins && w->n > 1)
		return "is a phrase, which takes no *";
	text = (struct span){ w->folded, w->word[w->n - 1].end };
	if (w->n > l->longest)
		l->longest = w->n;
	if (begins && (l->shortest == 0 || text.len < l->shortest))
		l->shortest = text.len;
	if (begins && text.len > BEGINNING)
		return "begins with too much";
	if (begins)
		w->folded[text.len++] = '*';
	if (look_up(l, text) != NULL)
		return "is there already";
	if ((l->n + 1) * 2 > l->size && widen(l) < 0)
		die(EX_TEMPFAIL, "out of memory");
	i = hash_bytes(0, text) % l->size;
	while (l->entries[i].len > 0)
		i = (i + 1) % l->size;
	l->entries[i] =
	    (struct entry){ hash_bytes(0, text), l->text.len, text.len, is };
	l->n++;
	buf_add(&l->text, text);
	if (l->text.failed)
		die(EX_TEMPFAIL, "out of memory");
	return NULL;
}

/* The longest beginning of a word that is an entry. */
static const struct entry *
look_up_beginning(const struct lexicon *l, struct span word)
{
	char text[BEGINNING + 1];
	const struct entry *e;

	if (l->shortest == 0)
		return NULL;
	if (word.len > BEGINNING)
		word.len = BEGINNING;
	memcpy(text, word.at, word.len);
	for (size_t n = word.len; n >= l->shortest; n--) {
		text[n] = '*';
		e = look_up(l, (struct span){ text, n + 1 });
		if (e != NULL)
			return e;
	}
	return NULL;
}

/* What begins at word i, and how many words it takes. */
static const struct entry *
find(const struct lexicon *l, size_t i, size_t *taken)
{
	const struct words *w = l->words;
	const char *at = w->folded + w->word[i].at;
	size_t most = w->n - i < l->longest ? w->n - i : l->longest;
	const struct entry *e;

	for (*taken = most; *taken > 0; --*taken) {
		const struct word *last = &w->word[i + *taken - 1];

		if (last->clause != w->word[i].clause)
			continue;
		e = look_up(l,
		    (struct span){ at, (size_t)(last->end - w->word[i].at) });
		if (e != NULL)
			return e;
	}
	*taken = 1;
	return look_up_beginning(
	    l, (struct span){ at, (size_t)(w->word[i].end - w->word[i].at) });
}

int
lexicon_class(struct lexicon *l, struct span text)
{
	uint64_t counts[LEXICON_CLASSES] = { 0 };
	const struct words *w = l->words;
	size_t taken, until = 0;
	int best = LEXICON_NONE, clause = -1;

	split(l->words, text);
	for (size_t i = 0; i < w->n; i += taken) {
		const struct entry *e = find(l, i, &taken);
		int is;

		if (w->word[i].clause != clause)
			until = i;
		clause = w->word[i].clause;
		if (e == NULL)
			continue;
		is = e->is;
		if (is == LEXICON_NEGATION)
			until = i + taken + l->reach;
		else if (is == LEXICON_BREAK)
			until = i;
		else if (i < until)
			is = l->negated[is];
		if (is >= 0)
			counts[is]++;
	}
	for (int c = 0; c < LEXICON_CLASSES; c++)
		if (counts[c] > 0 && (best < 0 || counts[c] > counts[best]))
			best = c;
	return best;
}
