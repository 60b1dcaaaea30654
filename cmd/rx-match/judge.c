#include "keywords.h"
#include "keywords_find.h"
#include "match.h"

static enum rex_answer
search(struct job *j, struct span text, const char *hint)
{
	size_t at = (uintptr_t)hint - (uintptr_t)text.at;
	enum severity worst = SEVERITY_NONE;

	if (!j->only_builtin)
		return rex_match(j->rex, text, NULL);
	/* Of a member that was unescaped the place is elsewhere. */
	if (at < text.len && keywords_select(keywords_at(text, at)))
		return REX_YES;
	if (keywords_worst(text, &worst))
		return keywords_select(worst) ? REX_YES : REX_NO;
	return rex_match(j->rex, text, NULL);
}

struct verdict
judge(struct job *j, struct span text, struct span inherited, const char *hint)
{
	struct verdict v = { .keep = true };

	if (j->searching) {
		enum rex_answer answer = search(j, text, hint);

		v.limited = answer == REX_LIMIT;
		v.keep = v.limited || (answer == REX_YES) != j->invert;
	}
	if (!v.keep)
		return v;
	/* The costly half, so only for what passes and only if it shows. */
	if (j->bar != SEVERITY_NONE ||
	    (j->format != FORMAT_RAW && !j->counting)) {
		v.severity = severity_of(text, inherited);
		v.keep = v.limited || v.severity >= j->bar;
	}
	if (v.limited)
		j->limited++;
	return v;
}
