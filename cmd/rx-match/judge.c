/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "keywords_find.h"
#include "match.h"

/* Where a hint is in the text, if it is: behind an escape nobody knows. */
static size_t
place_of(const struct item *it, const char *hint)
{
	size_t at = (uintptr_t)hint - (uintptr_t)it->text.at;

	if (it->text.at != it->searched.at || it->text.len == 0)
		return at;
	at = (uintptr_t)hint - (uintptr_t)it->spelled.at;
	if (at < it->spelled.len && memchr(it->spelled.at, '\\', at) == NULL)
		return at;
	return SIZE_MAX;
}

/* The first word that may select the text stands there, if one does. */
static bool
found_at(struct job *j, struct item *it, size_t at)
{
	const struct keyword_finder *f = j->finder;
	struct severity_seen seen = { .by_digits = false };

	seen.worst = words_at(f->words, it->text, at, &seen.until);
	if (seen.worst < f->least)
		return false;
	if (f->words == keywords_find_builtin()->words)
		it->seen = seen;
	return true;
}

static enum rex_answer
search(struct job *j, struct item *it, const char *hint)
{
	const struct keyword_finder *f = j->finder;
	const size_t at = place_of(it, hint);
	enum severity worst = SEVERITY_NONE;

	if (f == NULL)
		return rex_match(j->rex, it->text, NULL);
	/* It may stand in another member. */
	if (at < it->text.len && found_at(j, it, at))
		return REX_YES;
	if (words_worst(f->words, it->text, 0, f->least, &worst))
		return worst >= f->least ? REX_YES : REX_NO;
	return rex_match(j->rex, it->text, NULL);
}

/* The severity that a record came with. */
struct span
judge_inherited(struct job *j, struct item *it)
{
	struct value v;

	if (j->records && record_get(&it->record, "severity", &v) &&
	    v.type == VALUE_STRING)
		return v.text;
	return (struct span){ NULL, 0 };
}

void
judge_severity(struct job *j, struct item *it)
{
	it->severity = severity_of(it->text, &it->seen, judge_inherited(j, it));
}

static bool
selected(struct job *j, struct item *it, const char *hint)
{
	it->limited = false;
	it->seen = (struct severity_seen){ .worst = SEVERITY_NONE };
	if (j->searching) {
		enum rex_answer answer = search(j, it, hint);

		it->limited = answer == REX_LIMIT;
		if (!it->limited && (answer == REX_YES) == j->invert)
			return false;
	}
	it->severity = SEVERITY_NONE;
	/* The costly half, so only for what passes and only if it shows. */
	if (j->classing) {
		judge_severity(j, it);
		if (!it->limited && it->severity < j->bar)
			return false;
	}
	j->limited += it->limited;
	return true;
}

bool
judge(struct job *j, struct item *it, const char *hint)
{
	bool kept;

	if (!j->explaining)
		return selected(j, it, hint);
	explain_start(j, it);
	if (!(kept = selected(j, it, hint)))
		explain_end(j, it, false);
	return kept;
}
