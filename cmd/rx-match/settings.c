/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/cli.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/pointer.h"

#include "age.h"
#include "dedupe.h"
#include "match.h"
#include "parse_step.h"
#include "patterns.h"
#include "rate.h"
#include "redact.h"
#include "sample.h"
#include "steps.h"

/* Those that are no step's. */
static struct own {
	enum severity bar; /* SEVERITY_NONE: any */
	const char *member;
} own = { .member = "log_line" }, before;

static const char *
severity_option(const char *level)
{
	own.bar = severity_parse(span_of(level));
	return own.bar == SEVERITY_NONE ? "no such severity" : NULL;
}

static const char *
member_option(const char *name)
{
	own.member = name;
	return name[0] == '/' && !pointer_is(span_of(name)) ? "no JSON pointer"
							    : NULL;
}

static const struct setting {
	const char *name;
	const char *(*option)(const char *arg);
} settings[] = {
	{ "by", rate_by_option },
	{ "dedupe", dedupe_option },
	{ "max-age", age_max_option },
	{ "max-future", age_future_option },
	{ "member", member_option },
	{ "old", age_old_option },
	{ "over", sample_over_option },
	{ "parse", parse_option },
	{ "rate", rate_option },
	{ "redact", redact_option },
	{ "redact-member", redact_member_option },
	{ "sample", sample_option },
	{ "severity-at-least", severity_option },
};

/* What the command line gave. */
static struct given {
	const struct setting *setting;
	const char *arg;
} * given;
static size_t n_given;

static const struct setting *
find(struct span name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (span_is(name, settings[i].name))
			return &settings[i];
	return NULL;
}

void
settings_option(const char *name, const char *arg)
{
	const struct setting *s = find(span_of(name));
	const char *why;

	if (s == NULL)
		die(EX_SOFTWARE, "--%s is no setting", name);
	if ((why = s->option(arg)) != NULL)
		die(EX_USAGE, "--%s %s: %s", name, arg, why);
	if (cli_place() != NULL)
		return;
	given = or_die(realloc(given, (n_given + 1) * sizeof(*given)));
	given[n_given++] = (struct given){ s, arg };
}

/* Of an argument "--NAME=VALUE", with the value. */
static const struct setting *
setting_of(const char *arg, const char **value)
{
	const size_t len = strcspn(arg, "=");

	*value = arg[len] == '=' ? arg + len + 1 : "";
	return len < 2 ? NULL : find((struct span){ arg + 2, len - 2 });
}

bool
settings_own(const char *arg)
{
	const char *value;

	return setting_of(arg, &value) != NULL;
}

/* Without anything else to choose by, the built-in words choose. */
static const char *
check(const struct job *j)
{
	const char *why = steps_check();

	if (why == NULL && j->invert && !patterns_any() && steps_any())
		why = "-v: there is no pattern to invert";
	patterns_default(own.bar == SEVERITY_NONE && !steps_any());
	return why;
}

static void
use_own(struct job *j)
{
	j->bar = own.bar;
	if (before.member != NULL)
		item_path_release(&j->member);
	item_path_init(&j->member, own.member);
}

void
settings_ready(struct job *j)
{
	const char *why = check(j);

	if (why != NULL)
		die(EX_USAGE, "%s", why);
	use_own(j);
}

static bool
give(const char *place, const struct setting *s, const char *arg, char *why)
{
	const char *wrong = s->option(arg);

	if (wrong == NULL)
		return true;
	snprintf(
	    why, CONF_WHY, "%s--%s %.100s: %s", place, s->name, arg, wrong);
	return false;
}

bool
settings_again(struct job *j, const struct cli_config *c, char *why)
{
	const struct setting *s;
	const char *value;

	before = own;
	own = (struct own){ .member = "log_line" };
	steps_forget();
	for (size_t i = 0; i < c->n; i++)
		if ((s = setting_of(c->args[i], &value)) != NULL &&
		    !give(c->places[i], s, value, why))
			return false;
	for (size_t i = 0; i < n_given; i++)
		if (!give("", given[i].setting, given[i].arg, why))
			return false;
	if ((value = check(j)) == NULL)
		return true;
	snprintf(why, CONF_WHY, "%s: %s", c->path, value);
	return false;
}

void
settings_adopt(struct job *j, bool good)
{
	if (!good)
		own = before;
	use_own(j);
	steps_adopt(j, good);
}

const char *
settings_duration(const char *arg, int64_t min_ns, int64_t max_ns, int64_t *ns)
{
	static char text[100];
	const char *why;

	if (num_duration(span_of(arg), ns, &why) < 0)
		return why;
	if (*ns >= min_ns && *ns <= max_ns)
		return NULL;
	snprintf(text, sizeof(text),
	    "out of range, %" PRId64 "ms to %" PRId64 "ms", min_ns / NUM_MS,
	    max_ns / NUM_MS);
	return text;
}
