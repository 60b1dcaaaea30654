/* SPDX-License-Identifier: MIT */
#include "keywords_find.h"

#include <string.h>

#include "keyword_classes.h"

static struct word_set builtin;
static const struct word_set *given;

static bool
may_builtin(void *arg, struct span block, size_t at)
{
	(void)arg;
	return words_may(&builtin, block, at);
}

static bool
may_given(void *arg, struct span block, size_t at)
{
	(void)arg;
	return words_may(given, block, at);
}

static struct keyword_finder find_builtin = { &builtin, SEVERITY_NONE,
	may_builtin };

/* The next of a list; false when there is none. */
static bool
next_word(struct span *list, char separator, struct span *word)
{
	const char *end;

	if (list->len == 0)
		return false;
	end = memchr(list->at, separator, list->len);
	*word = *list;
	if (end != NULL)
		word->len = (size_t)(end - list->at);
	*list = span_skip(*list, word->len + (end != NULL));
	return true;
}

void
keywords_find_init(void)
{
	words_init(&builtin);
	builtin.guarded = true;
	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++) {
		const struct keyword_class *c = &keyword_classes[i];
		struct span words = span_of(c->words), endings, word;

		endings = span_of(c->endings == NULL ? "" : c->endings);
		while (next_word(&words, '|', &word))
			words_add(&builtin, word, c->severity);
		while (next_word(&endings, '|', &word))
			words_add_ending(&builtin, word, c->severity);
		if (c->selects)
			find_builtin.least = c->severity;
	}
	words_build(&builtin);
}

const struct keyword_finder *
keywords_find_builtin(void)
{
	return &find_builtin;
}

bool
keywords_find_add(struct word_set *set, struct span list, char separator)
{
	struct span word;

	while (next_word(&list, separator, &word))
		if (!words_add(set, word, SEVERITY_INFO))
			return false;
	return true;
}

struct keyword_finder
keywords_find_given(struct word_set *set)
{
	words_build(set);
	return (struct keyword_finder){ set, SEVERITY_INFO,
		set->hidden ? NULL : may_given };
}

void
keywords_find_among(const struct word_set *set)
{
	given = set;
}

void
keywords_find_release(void)
{
	words_release(&builtin);
}
