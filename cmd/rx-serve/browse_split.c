/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/browse.h"

#include <string.h>

/* What a shell would act upon; a blank ends a word. */
static const char active[] = "|&;<>()$`*?[]#~=%{}!\n\r";

struct splitter {
	struct browse_words *words;
	const char *at;
	const char *why;
};

/* Up to the other quote.  In "…" a shell would expand $ and `. */
static void
take_quoted(struct splitter *s, char quote)
{
	for (s->at++; *s->at != quote; s->at++) {
		if (*s->at == '\0') {
			s->why = "a quote that does not end";
			return;
		}
		if (quote == '"' && (*s->at == '$' || *s->at == '`')) {
			s->why = "it would be expanded by a shell";
			return;
		}
		if (quote == '"' && *s->at == '\\' && s->at[1] != '\0' &&
		    strchr("\"\\$`", s->at[1]) != NULL)
			s->at++;
		buf_addc(&s->words->text, *s->at);
	}
	s->at++;
}

static void
take_word(struct splitter *s)
{
	while (s->why == NULL && *s->at != '\0' && *s->at != ' ' &&
	    *s->at != '\t') {
		if (*s->at == '\'' || *s->at == '"')
			take_quoted(s, *s->at);
		else if (*s->at == '\\') {
			if (s->at[1] == '\0' || s->at[1] == '\n') {
				s->why = "a backslash before nothing";
				return;
			}
			buf_addc(&s->words->text, s->at[1]);
			s->at += 2;
		} else if (strchr(active, *s->at) != NULL) {
			s->why = "a byte that a shell would act upon";
			return;
		} else
			buf_addc(&s->words->text, *s->at++);
	}
	buf_addc(&s->words->text, '\0');
	s->words->n++;
}

const char *
browse_split(struct browse_words *words, const char *command)
{
	struct splitter s = { words, command, NULL };
	char *word;

	memset(words, 0, sizeof(*words));
	buf_init(&words->text);
	if (strlen(command) > BROWSE_COMMAND)
		return "it is too long";
	for (;;) {
		s.at += strspn(s.at, " \t");
		if (*s.at == '\0' || s.why != NULL)
			break;
		if (words->n == BROWSE_WORDS)
			return "it has too many words";
		take_word(&s);
	}
	if (s.why != NULL)
		return s.why;
	if (words->text.failed)
		return "there is no memory for it";
	word = words->text.at;
	for (size_t i = 0; i < words->n; i++) {
		words->list[i] = word;
		word += strlen(word) + 1;
	}
	return words->n == 0 ? "it is empty" : NULL;
}

void
browse_release(struct browse_words *words)
{
	buf_release(&words->text);
}
