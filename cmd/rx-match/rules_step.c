/* SPDX-License-Identifier: MIT */
#include "rules_step.h"

#include <sysexits.h>

#include "lib/diag.h"
#include "lib/jstr.h"

#include "explain.h"
#include "match.h"
#include "parse_step.h"
#include "rules_ask.h"
#include "rules_diff.h"

static const char *path;
static struct rules *rules;
static struct ask ask;
static bool coverage;

void
rules_option(const char *file)
{
	if (path != NULL)
		die(EX_USAGE, "-f: there is one file of rules");
	path = file;
	steps_use(&rules_step);
}

void
rules_coverage_option(void)
{
	coverage = true;
	steps_use(&rules_step);
}

/*
 * Where no pattern of the command line selects, only records that a rule may
 * match are looked at, unless others are kept too.
 */
static void
use_sieve(struct job *j)
{
	if (!j->explaining && !j->searching && !diff_asked())
		j->sieve = rules->every ? NULL : rules->rex;
}

static void
use(struct job *j, struct rules *r)
{
	rules = r;
	if (!ask_init(&ask, r))
		die(EX_TEMPFAIL, "out of memory");
	if (j->explaining)
		ask.said = explain_more();
	use_sieve(j);
}

static void
start(struct job *j)
{
	char why[CONF_WHY];
	struct rules *r;

	if (path == NULL)
		die(EX_USAGE, "%s needs -f",
		    diff_asked() ? "--diff" : "--coverage");
	if (diff_asked() && (coverage || j->explaining))
		die(EX_USAGE,
		    "--diff, --coverage and --explain write in place "
		    "of the records: one of them");
	if (coverage)
		j->format = FORMAT_REPORT;
	if ((r = rules_load(path, parse_used(), why)) == NULL)
		die(EX_CONFIG, "%s", why);
	use(j, r);
	if (diff_asked())
		diff_start(j);
	else
		steps_reread(j, path);
	if (rex_interpreted(r->rex) && !rex_interpreted(j->rex))
		warn("no JIT for rules here, which is slower: memory may not "
		     "be writable and executable");
	j->by_rules = true;
}

static void
drop_rules(void)
{
	ask_release(&ask);
	rules_free(rules);
	rules = NULL;
}

static void
reload(struct job *j)
{
	char why[CONF_WHY];
	struct rules *r;

	if (j->diffing || coverage) /* the same ones over all of the history */
		return;
	if ((r = rules_load(path, parse_used(), why)) == NULL) {
		warn("%s; the rules stay as they were", why);
		if (parse_used() && !rules->grows)
			rules_disarm(rules);
		use_sieve(j);
		return;
	}
	enrich_tell(&ask.enrich);
	drop_rules();
	use(j, r);
	info("%zu rules read from %s", r->n, path);
}

static enum step_says
take(struct job *j, struct item *it)
{
	bool limited = it->limited;
	struct outcome o;

	if (j->diffing)
		return diff_take(j, &ask, it) ? STEP_PASS : STEP_SKIP;
	if (j->explaining)
		buf_adds(ask.said, ",\"rules\":[");
	o = ask_rules(&ask, it);
	if (j->explaining)
		buf_addc(ask.said, ']');
	j->limited += it->limited && !limited;
	switch (outcome_fate(o, rules, it)) {
	case FATE_KEEP: return STEP_PASS;
	case FATE_REJECT:
		it->why = rules->rule[o.rule].name;
		it->member = SPAN(""); /* the schema's, of another record */
		return STEP_REJECT;
	default: return STEP_DROP;
	}
}

static void
write_coverage(struct job *j)
{
	size_t unused = 0;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < rules->n; i++) {
		buf_reset(&b);
		buf_adds(&b, "{\"rule\":");
		jstr_add(&b, span_of(rules->rule[i].name));
		buf_addf(&b, ",\"matched\":%ju}", ask.matched[i]);
		outbuf_line(&j->out, buf_span(&b));
		unused += ask.matched[i] == 0;
	}
	buf_release(&b);
	if (unused > 0)
		warn("%zu of %zu rules matched nothing", unused, rules->n);
}

static void
finish(struct job *j)
{
	if (coverage)
		write_coverage(j);
	if (j->diffing)
		diff_finish();
	enrich_tell(&ask.enrich);
	drop_rules();
}

const struct step rules_step = {
	.name = "rules",
	.start = start,
	.take = take,
	.reload = reload,
	.finish = finish,
};
