/* SPDX-License-Identifier: MIT */
#include "severity.h"

#include "keywords.h"
#include "keywords_find.h"
#include "level.h"
#include "level_words.h"

static const char *const json[SEVERITIES] = {
	[SEVERITY_NONE] = "\"\"",
	[SEVERITY_INFO] = "\"info\"",
	[SEVERITY_WARN] = "\"warn\"",
	[SEVERITY_ERROR] = "\"error\"",
	[SEVERITY_FAILURE] = "\"failure\"",
	[SEVERITY_CRITICAL] = "\"critical\"",
};

static struct rex *words;

int
severity_init(char why[REX_WHY])
{
	level_words_init();
	words = keywords_by_severity(why);
	return words == NULL ? -1 : 0;
}

void
severity_release(void)
{
	rex_free(words);
	words = NULL;
}

static enum severity
worst_keyword(struct span text, const struct severity_seen *seen)
{
	enum severity worst = seen->worst;
	struct rex_hit hit;

	if (words_worst(keywords_find_builtin()->words, text, seen->until,
		SEVERITY_CRITICAL, &worst))
		return worst;
	return rex_match(words, text, &hit) == REX_YES
	    ? keywords_severity(hit.pattern)
	    : SEVERITY_NONE;
}

enum severity
severity_of(struct span text, struct severity_seen *seen, struct span inherited)
{
	enum severity s = level_declared(text, &seen->by_digits);

	if (s == SEVERITY_NONE)
		s = worst_keyword(text, seen);
	if (s == SEVERITY_NONE)
		s = level_word(inherited);
	return s == SEVERITY_NONE ? SEVERITY_INFO : s;
}

enum severity
severity_explain(struct span text, struct span inherited, const char **from,
    struct rex_hit *hit)
{
	bool by_digits;
	enum severity s = level_declared(text, &by_digits);

	*from = "level";
	if (s != SEVERITY_NONE)
		return s;
	*from = "keyword";
	if (rex_match(words, text, hit) == REX_YES)
		return keywords_severity(hit->pattern);
	*from = "member";
	if ((s = level_word(inherited)) != SEVERITY_NONE)
		return s;
	*from = "default";
	return SEVERITY_INFO;
}

struct span
severity_json(enum severity s)
{
	return span_of(json[s]);
}

struct span
severity_name(enum severity s)
{
	struct span quoted = severity_json(s);

	return (struct span){ quoted.at + 1, quoted.len - 2 };
}

enum severity
severity_parse(struct span word)
{
	for (int s = SEVERITY_INFO; s < SEVERITIES; s++)
		if (span_eq(word, severity_name((enum severity)s)))
			return (enum severity)s;
	return SEVERITY_NONE;
}

void
severity_pad(struct buf *b, enum severity s)
{
	struct span name = severity_name(s);

	buf_addf(b, "  %-8.*s  ", (int)name.len, name.at);
}
