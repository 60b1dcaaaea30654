#include "level_words.h"

#include <strings.h>

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
 * For each first letter the lengths of its words, a bit each: nearly every
 * word of a log is told by these not to be a level.
 */
static const unsigned short lengths[26] = {
	['a' - 'a'] = 1 << 5,
	['c' - 'a'] = 1 << 4 | 1 << 6 | 1 << 8,
	['d' - 'a'] = 1 << 3 | 1 << 5,
	['e' - 'a'] = 1 << 3 | 1 << 5 | 1 << 9,
	['f' - 'a'] = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7,
	['i' - 'a'] = 1 << 3 | 1 << 4 | 1 << 11 | 1 << 13,
	['l' - 'a'] = 1 << 3,
	['n' - 'a'] = 1 << 4 | 1 << 6,
	['o' - 'a'] = 1 << 2,
	['p' - 'a'] = 1 << 5,
	['s' - 'a'] = 1 << 6 | 1 << 7,
	['t' - 'a'] = 1 << 5,
	['v' - 'a'] = 1 << 7,
	['w' - 'a'] = 1 << 3 | 1 << 4 | 1 << 7,
};

const struct level_word *
level_find(struct span word)
{
	if (word.len < 2 || word.len > LONGEST || !is_letter(word.at[0]) ||
	    (lengths[(word.at[0] | 0x20) - 'a'] >> word.len & 1) == 0)
		return NULL;
	for (size_t i = 0; i < N_WORDS; i++)
		/* One bit apart: the case of the first letter. */
		if (((words[i].word[0] ^ word.at[0]) & ~0x20) == 0 &&
		    strncasecmp(words[i].word, word.at, word.len) == 0 &&
		    words[i].word[word.len] == '\0')
			return &words[i];
	return NULL;
}

const struct level_word *
level_nth(size_t n)
{
	return n < N_WORDS ? &words[n] : NULL;
}
