/* SPDX-License-Identifier: MIT */
#include "level_words.h"

#include <string.h>

#define ALL (IN_BRACKETS | IN_CAPITALS | WITH_COLON | BEHIND_TIME | AS_VALUE)
#define LOUD (ALL & ~BEHIND_TIME) /* also a word of messages */

static const struct level_word words[] = {
	{ "emerg", SEVERITY_CRITICAL, ALL },
	{ "emergency", SEVERITY_CRITICAL, LOUD },
	{ "panic", SEVERITY_CRITICAL, LOUD },
	{ "alert", SEVERITY_CRITICAL, LOUD },
	{ "crit", SEVERITY_CRITICAL, ALL },
	{ "critical", SEVERITY_CRITICAL, ALL },
	{ "fatal", SEVERITY_CRITICAL, ALL },
	{ "ftl", SEVERITY_CRITICAL, IN_BRACKETS | BEHIND_TIME | AS_VALUE },
	{ "failure", SEVERITY_FAILURE, LOUD },
	{ "fail", SEVERITY_FAILURE, IN_BRACKETS | WITH_COLON | AS_VALUE },
	{ "failed", SEVERITY_FAILURE, IN_BRACKETS | WITH_COLON | AS_VALUE },
	{ "error", SEVERITY_ERROR, ALL },
	{ "err", SEVERITY_ERROR, ALL },
	{ "severe", SEVERITY_ERROR, LOUD },
	{ "warn", SEVERITY_WARN, ALL },
	{ "warning", SEVERITY_WARN, ALL },
	{ "wrn", SEVERITY_WARN, ALL },
	{ "info", SEVERITY_INFO, ALL },
	{ "inf", SEVERITY_INFO, IN_BRACKETS | BEHIND_TIME | AS_VALUE },
	{ "information", SEVERITY_INFO, ALL },
	{ "informational", SEVERITY_INFO, ALL },
	{ "notice", SEVERITY_INFO, ALL },
	{ "note", SEVERITY_INFO, IN_BRACKETS | WITH_COLON | AS_VALUE },
	{ "debug", SEVERITY_INFO, ALL },
	{ "dbg", SEVERITY_INFO, ALL },
	{ "trace", SEVERITY_INFO, ALL },
	{ "verbose", SEVERITY_INFO, ALL },
	{ "config", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "fine", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "finer", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "finest", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "log", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "audit", SEVERITY_INFO, IN_CAPITALS | ONLY_CAPITALS },
	{ "ok", SEVERITY_INFO, IN_BRACKETS | AS_VALUE },
	{ "success", SEVERITY_INFO, IN_BRACKETS | AS_VALUE },
	{ "system", SEVERITY_INFO, IN_BRACKETS | ONLY_CAPITAL },
};
#define N_WORDS (sizeof(words) / sizeof(*words))
#define LONGEST 13

/*
 * By first letter: the lengths of its words, a bit each, and its words, chained.
 */
static struct {
	unsigned lengths;
	const struct level_word *words;
} by_letter[26];

uint32_t level_seconds[UCHAR_MAX + 1];

static void
add_second(char first, char second)
{
	level_seconds[(unsigned char)first] |= level_second(second);
}
static const struct level_word *next[N_WORDS];
static size_t lengths[N_WORDS];

void
level_words_init(void)
{
	memset(by_letter, 0, sizeof(by_letter));
	for (size_t i = N_WORDS; i-- > 0;) {
		size_t letter = (size_t)(words[i].word[0] - 'a');

		lengths[i] = strlen(words[i].word);
		by_letter[letter].lengths |= 1u << lengths[i];
		next[i] = by_letter[letter].words;
		by_letter[letter].words = &words[i];
		add_second(words[i].word[0], words[i].word[1]);
		add_second((char)(words[i].word[0] & ~0x20), words[i].word[1]);
	}
	for (const char *c = LEVEL_LETTERS; *c != '\0'; c++) {
		add_second(*c, '\0');
		add_second(*c, *c);
	}
}

bool
level_may_be(struct span word)
{
	if (word.len < 2 || word.len > LONGEST || !is_letter(word.at[0]))
		return false;
	return by_letter[(word.at[0] | 0x20) - 'a'].lengths >> word.len & 1;
}

static bool
is_same(const char *lower, struct span word)
{
	for (size_t i = 1; i < word.len; i++)
		if (!is_letter(word.at[i]) || (word.at[i] | 0x20) != lower[i])
			return false;
	return true;
}

const struct level_word *
level_find(struct span word)
{
	const struct level_word *w;

	if (!level_may_be(word))
		return NULL;
	for (w = by_letter[(word.at[0] | 0x20) - 'a'].words; w != NULL;
	     w = next[w - words])
		if (lengths[w - words] == word.len && is_same(w->word, word))
			return w;
	return NULL;
}

const struct level_word *
level_nth(size_t n)
{
	return n < N_WORDS ? &words[n] : NULL;
}
