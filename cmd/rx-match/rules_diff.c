/* SPDX-License-Identifier: MIT */
#include "rules_diff.h"

#include <sysexits.h>

#include "lib/diag.h"
#include "lib/jstr.h"

#include "explain.h"
#include "match.h"
#include "parse_step.h"
#include "rules_step.h"

/* How they differ; the first that is true. */
enum difference { ADDED, REMOVED, FATE, SEVERITY, MEMBERS, CHANGES };
static const char *const names[CHANGES] = { "added", "removed", "fate",
	"severity", "members" };

/* What one of the two makes of a record. */
struct side {
	enum fate fate;
	const struct rule *rule; /* NULL: none decided */
	struct item *item;
	struct buf written; /* when it is kept */
};

static const char *path;
static struct ask ask; /* the other rules */
static struct item copy;
static struct side before, after;
static struct buf line;
static uintmax_t compared, changed[CHANGES];

void
diff_option(const char *file)
{
	if (path != NULL)
		die(EX_USAGE, "--diff: there is one file to compare with");
	path = file;
	steps_use(&rules_step);
}

bool
diff_asked(void)
{
	return path != NULL;
}

void
diff_start(struct job *j)
{
	const char *behind = steps_behind(&rules_step);
	char why[CONF_WHY];
	struct rules *rules;

	if (behind != NULL)
		die(EX_USAGE, "--diff compares rules: --%s comes behind them",
		    behind);
	if ((rules = rules_load(path, parse_used(), why)) == NULL)
		die(EX_CONFIG, "%s", why);
	if (!ask_init(&ask, rules))
		die(EX_TEMPFAIL, "out of memory");
	item_init(&copy);
	buf_init(&before.written);
	buf_init(&after.written);
	buf_init(&line);
	j->format = FORMAT_REPORT;
	j->diffing = true;
}

static void
decide(struct side *s, struct ask *a, struct item *it)
{
	struct outcome o = ask_rules(a, it);

	s->item = it;
	s->fate = outcome_fate(o, a->rules, it);
	s->rule =
	    o.fate == FATE_OPEN || it->limited ? NULL : &a->rules->rule[o.rule];
	buf_reset(&s->written);
	if (s->fate != FATE_KEEP)
		return;
	if (it->limited)
		item_set(it, SPAN("match_error"), SPAN("\"limit\""));
	item_render(it, &s->written);
	if (s->written.failed)
		die(EX_TEMPFAIL, "out of memory");
}

static enum difference
compare(void)
{
	if (before.fate != after.fate)
		return after.fate == FATE_KEEP ? ADDED
		    : before.fate == FATE_KEEP ? REMOVED
					       : FATE;
	if (before.fate != FATE_KEEP)
		return CHANGES;
	if (before.item->severity != after.item->severity)
		return SEVERITY;
	return span_eq(buf_span(&before.written), buf_span(&after.written))
	    ? CHANGES
	    : MEMBERS;
}

static void
say_side(const char *name, const struct side *s, bool whole)
{
	static const char *const fates[] = { [FATE_KEEP] = "keep",
		[FATE_DROP] = "drop",
		[FATE_REJECT] = "reject" };

	buf_addf(&line, ",\"%s\":{\"fate\":\"%s\"", name, fates[s->fate]);
	if (s->rule != NULL) {
		buf_adds(&line, ",\"rule\":");
		jstr_add(&line, span_of(s->rule->name));
	}
	if (s->item->limited)
		buf_adds(&line, ",\"limit\":true");
	if (s->fate == FATE_KEEP) {
		buf_adds(&line, ",\"severity\":");
		buf_add(&line, severity_json(s->item->severity));
	}
	if (whole) {
		buf_adds(&line, ",\"record\":");
		buf_add(&line, buf_span(&s->written));
	}
	buf_addc(&line, '}');
}

static void
say(struct job *j, const struct item *it, enum difference how)
{
	buf_reset(&line);
	explain_place(j, it, &line);
	buf_addf(&line, ",\"change\":\"%s\"", names[how]);
	say_side("old", &before, how == MEMBERS);
	say_side("new", &after, how == MEMBERS);
	buf_adds(&line, ",\"text\":");
	jstr_add(&line, it->text);
	buf_addc(&line, '}');
	if (line.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&j->out, buf_span(&line));
}

bool
diff_take(struct job *j, struct ask *old, struct item *it)
{
	bool limited = it->limited;
	enum difference how;

	item_copy(&copy, it);
	decide(&before, old, it);
	decide(&after, &ask, &copy);
	j->limited += !limited && (it->limited || copy.limited);
	compared++;
	if ((how = compare()) == CHANGES)
		return false;
	changed[how]++;
	if (!j->counting && !j->listing)
		say(j, it, how);
	return true;
}

void
diff_finish(void)
{
	uintmax_t all = 0;

	for (size_t i = 0; i < CHANGES; i++)
		all += changed[i];
	info("%ju records compared, %ju differ: %ju added, %ju removed, "
	     "%ju of another fate, %ju of another severity, %ju with other "
	     "members",
	    compared, all, changed[ADDED], changed[REMOVED], changed[FATE],
	    changed[SEVERITY], changed[MEMBERS]);
	rules_free(ask.rules);
	ask_release(&ask);
	item_release(&copy);
	buf_release(&before.written);
	buf_release(&after.written);
	buf_release(&line);
}
