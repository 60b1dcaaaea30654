/* SPDX-License-Identifier: MIT */
#include "patterns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "keywords.h"
#include "keywords_find.h"
#include "match.h"
#include "steps.h"

struct pattern {
	enum pattern_kind kind;
	char *arg; /* NULL: of the built-in words */
	char *place; /* in a file; NULL: of the command line */
};

/* What one place gives. */
struct patterns {
	struct pattern *all;
	size_t n;
	bool ignore_case;
};

static struct patterns of[2], before; /* by enum pattern_of */
static bool by_default, was_default; /* now, and in the set */

/* What is searched for now: the name of each pattern of the set. */
struct built {
	struct rex *rex;
	struct word_set *given; /* the words of lists, NULL: not all */
	size_t builtin, lists, regexes; /* how many */
	struct keyword_finder finder; /* finds the same; words NULL: none */
	char **names;
	size_t n_names;
};
static struct built now;

static void
add(struct patterns *p, enum pattern_kind kind, const char *arg)
{
	p->all = or_die(realloc(p->all, (p->n + 1) * sizeof(*p->all)));
	p->all[p->n++] = (struct pattern){ kind,
		arg == NULL ? NULL : or_die(strdup(arg)), NULL };
}

static void
forget(struct patterns *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->all[i].arg);
		free(p->all[i].place);
	}
	free(p->all);
	*p = (struct patterns){ .n = 0 };
}

void
patterns_regex(enum pattern_of place, const char *regex)
{
	add(&of[place], PATTERN_REGEX, regex);
}

void
patterns_words(enum pattern_of place, const char *words)
{
	if (words != NULL && words[0] == '=') /* of -k=WORD */
		words++;
	add(&of[place],
	    words == NULL         ? PATTERN_BUILTIN
		: words[0] == '@' ? PATTERN_FILE
				  : PATTERN_LIST,
	    words);
}

void
patterns_ignore_case(enum pattern_of place)
{
	of[place].ignore_case = true;
}

void
patterns_default(bool allowed)
{
	by_default = allowed;
}

bool
patterns_any(void)
{
	return of[OF_CONFIG].n + of[OF_COMMAND].n > 0;
}

bool
patterns_reread(struct job *j)
{
	bool any = false;

	for (size_t o = 0; o < 2; o++)
		for (size_t i = 0; i < of[o].n; i++)
			if (of[o].all[i].kind == PATTERN_FILE) {
				steps_reread(j, of[o].all[i].arg + 1);
				any = true;
			}
	return any;
}

static const char *const own_names[] = { "--keywords", "--regexp",
	"--ignore-case" };
enum own { OWN_KEYWORDS, OWN_REGEXP, OWN_IGNORE_CASE, OWN_NONE };

/* Which of them an argument of --config is, and its value or NULL. */
static enum own
own(const char *arg, const char **value)
{
	const size_t len = strcspn(arg, "=");
	enum own o = OWN_KEYWORDS;

	*value = arg[len] == '=' ? arg + len + 1 : NULL;
	while (
	    o < OWN_NONE && !span_is((struct span){ arg, len }, own_names[o]))
		o++;
	return o;
}

bool
patterns_own(const char *arg)
{
	const char *value;

	return own(arg, &value) != OWN_NONE;
}

void
patterns_replace(char *const *args, char *const *places, size_t n)
{
	struct patterns *p = &of[OF_CONFIG];
	const char *value;

	forget(&before);
	before = *p;
	*p = (struct patterns){ .n = 0 };
	for (size_t i = 0; i < n; i++) {
		const size_t had = p->n;

		switch (own(args[i], &value)) {
		case OWN_KEYWORDS: patterns_words(OF_CONFIG, value); break;
		case OWN_REGEXP: patterns_regex(OF_CONFIG, value); break;
		case OWN_IGNORE_CASE: patterns_ignore_case(OF_CONFIG); break;
		case OWN_NONE: break;
		}
		if (p->n > had)
			p->all[had].place = or_die(strdup(places[i]));
	}
}

void
patterns_bring_back(void)
{
	forget(&of[OF_CONFIG]);
	of[OF_CONFIG] = before;
	before = (struct patterns){ .n = 0 };
	by_default = was_default;
}

/* -- the set ------------------------------------------------------------------- */

static void
discard(struct built *b)
{
	rex_free(b->rex);
	for (size_t i = 0; i < b->n_names; i++)
		free(b->names[i]);
	free(b->names);
	if (b->given != NULL)
		words_release(b->given);
	free(b->given);
	*b = (struct built){ .rex = NULL };
}

/* The next n patterns of the set are of what was given so. */
static void
name(struct built *b, const char *as, size_t n)
{
	b->names =
	    or_die(realloc(b->names, (b->n_names + n) * sizeof(*b->names)));
	while (n-- > 0)
		b->names[b->n_names++] = or_die(strdup(as));
}

static int
add_list(struct built *b, const char *arg, struct span list, char separator,
    char why[REX_WHY])
{
	int n = keywords_given(b->rex, list, separator, why);

	if (n < 0)
		return -1;
	name(b, arg, (size_t)n);
	b->lists++;
	if (b->given != NULL && !keywords_find_add(b->given, list, separator)) {
		words_release(b->given);
		free(b->given);
		b->given = NULL;
	}
	return 0;
}

static const char *
place_of(const struct pattern *p)
{
	return p->place != NULL ? p->place : "";
}

static int
add_words(struct built *b, const struct pattern *p, char why[CONF_WHY])
{
	char reason[REX_WHY];
	struct buf list;
	int got;

	if (p->kind == PATTERN_BUILTIN) {
		got = keywords_builtin(b->rex, reason);
		name(b, "-k", 1);
		b->builtin++;
	} else if (p->kind == PATTERN_LIST) {
		got = add_list(b, p->arg, span_of(p->arg), ',', reason);
	} else {
		buf_init(&list);
		if (keywords_read(p->arg + 1, &list, why) < 0) {
			buf_release(&list);
			return EX_CONFIG;
		}
		got = add_list(b, p->arg, buf_span(&list), '\n', reason);
		buf_release(&list);
	}
	if (got >= 0)
		return EX_OK;
	snprintf(why, CONF_WHY, "%s-k%s%.100s: %s", place_of(p),
	    p->arg != NULL ? " " : "", p->arg != NULL ? p->arg : "", reason);
	return p->place != NULL ? EX_CONFIG : EX_USAGE;
}

static int
add_regex(struct built *b, const struct pattern *p, unsigned flags,
    char why[CONF_WHY])
{
	char reason[REX_WHY];

	if (rex_add(b->rex, span_of(p->arg), flags, reason) < 0) {
		snprintf(why, CONF_WHY, "%s-e %.200s: %s", place_of(p), p->arg,
		    reason);
		return p->place != NULL ? EX_CONFIG : EX_USAGE;
	}
	name(b, p->arg, 1);
	b->regexes++;
	return EX_OK;
}

/* Only words that all are of one kind can be found without patterns. */
static void
set_finder(struct built *b)
{
	if (b->regexes > 0 || (b->builtin > 0 && b->lists > 0))
		return;
	if (b->builtin > 0)
		b->finder = *keywords_find_builtin();
	else if (b->lists > 0 && b->given != NULL)
		b->finder = keywords_find_given(b->given);
}

static int
fill(struct built *b, char why[CONF_WHY])
{
	const struct pattern builtin = { PATTERN_BUILTIN, NULL, NULL };
	unsigned flags = of[OF_CONFIG].ignore_case || of[OF_COMMAND].ignore_case
	    ? REX_ICASE
	    : 0;
	int status = EX_OK;

	for (int words = 1; words >= 0; words--)
		for (size_t o = 0; o < 2; o++)
			for (size_t i = 0; i < of[o].n; i++) {
				const struct pattern *p = &of[o].all[i];

				if ((p->kind != PATTERN_REGEX) != words)
					continue;
				status = words ? add_words(b, p, why)
					       : add_regex(b, p, flags, why);
				if (status != EX_OK)
					return status;
			}
	if (b->n_names == 0 && by_default)
		status = add_words(b, &builtin, why);
	return status;
}

int
patterns_build(struct job *j, char why[CONF_WHY])
{
	struct built b = { .rex = rex_new(),
		.given = or_die(malloc(sizeof(*b.given))) };
	int status;

	words_init(b.given);
	rex_always(b.rex, SPAN(RECORD_CONTROL));
	if ((status = fill(&b, why)) != EX_OK) {
		discard(&b);
		return status;
	}
	set_finder(&b);
	if (b.finder.may != NULL)
		rex_sieve(b.rex, b.finder.may);
	rex_compile(b.rex);
	j->rex = b.rex;
	j->searching = b.n_names > 0;
	if (j->searching && !j->invert && !j->explaining)
		j->sieve = b.rex;
	else if (j->sieve == now.rex)
		j->sieve = NULL;
	discard(&now);
	now = b;
	was_default = by_default;
	j->finder = now.finder.words != NULL ? &now.finder : NULL;
	keywords_find_among(now.given);
	return EX_OK;
}

const char *
patterns_name(size_t pattern)
{
	return now.names[pattern];
}

void
patterns_release(struct job *j)
{
	discard(&now);
	forget(&of[OF_CONFIG]);
	forget(&of[OF_COMMAND]);
	forget(&before);
	j->rex = NULL;
}
