#include "keywords_find.h"

#include <string.h>

#include "keyword_classes.h"

static struct word_set builtin, given;

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
	return words_may(&given, block, at);
}

static struct keyword_finder find_builtin = { &builtin, SEVERITY_NONE,
	may_builtin };
static struct keyword_finder find_given = { &given, SEVERITY_INFO, may_given };

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
	words_init(&given);
}

const struct keyword_finder *
keywords_find_builtin(void)
{
	return &find_builtin;
}

const struct keyword_finder *
keywords_find_given(struct span list, char separator)
{
	struct span word;

	while (next_word(&list, separator, &word))
		if (!words_add(&given, word, SEVERITY_INFO))
			return NULL;
	words_build(&given);
	find_given.may = given.hidden ? NULL : may_given;
	return &find_given;
}

void
keywords_find_release(void)
{
	words_release(&builtin);
	words_release(&given);
}
