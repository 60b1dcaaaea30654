/* SPDX-License-Identifier: MIT */
#include "rate.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/hash.h"
#include "lib/num.h"
#include "lib/pointer.h"

#include "match.h"
#include "recent.h"
#include "when.h"
#include "window.h"

#define MOST_MEMBERS 8

struct limit {
	uint64_t most;
	int64_t length_ns; /* 0: not asked for */
	struct item_path members[MOST_MEMBERS];
	size_t n_members;
	char *names; /* what they lend */
};

static struct {
	struct limit now, before; /* what options say; until it is adopted */
	uint64_t seed;
	struct recent recent;
} rate;

const char *
rate_option(const char *arg)
{
	const char *why;

	if (num_rate(span_of(arg), &rate.now.most, &rate.now.length_ns, &why) <
	    0)
		return why;
	steps_use(&rate_step);
	return rate.now.most == 0 ? "lets nothing pass" : NULL;
}

/* What is wrong with them is told before anything is held. */
static const char *
count_members(const char *members, size_t *n)
{
	struct span name = { members, 0 };

	for (*n = 1;; ++*n, name.at += name.len + 1) {
		name.len = strcspn(name.at, ",");
		if (*n > MOST_MEMBERS)
			return "at most 8";
		if (name.len == 0 || (*name.at == '/' && !pointer_is(name)))
			return "no name and no pointer";
		if (name.at[name.len] == '\0')
			return NULL;
	}
}
_Static_assert(MOST_MEMBERS == 8, "what it says");

static void
release(struct limit *l)
{
	for (size_t i = 0; i < l->n_members; i++)
		item_path_release(&l->members[i]);
	free(l->names);
	*l = (struct limit){ .most = 0 };
}

/* The last one counts, as with the other options. */
const char *
rate_by_option(const char *members)
{
	struct limit *l = &rate.now;
	const char *why;
	char *rest;
	size_t n;

	if ((why = count_members(members, &n)) != NULL)
		return why;
	for (size_t i = 0; i < l->n_members; i++)
		item_path_release(&l->members[i]);
	free(l->names);
	rest = l->names = or_die(strdup(members));
	for (l->n_members = 0; l->n_members < n; l->n_members++)
		item_path_init(&l->members[l->n_members], strsep(&rest, ","));
	steps_use(&rate_step);
	return NULL;
}

static void
forget(void)
{
	rate.before = rate.now;
	rate.now = (struct limit){ .most = 0 };
}

static const char *
check(void)
{
	return rate.now.length_ns == 0 ? "--by needs --rate" : NULL;
}

static void
adopt(struct job *j, bool good)
{
	(void)j;
	release(good ? &rate.before : &rate.now);
	if (!good)
		rate.now = rate.before;
	rate.before = (struct limit){ .most = 0 };
}

static void
start(struct job *j)
{
	(void)j;
	rate.seed = hash_seed();
	if (recent_init(&rate.recent) < 0)
		die(EX_TEMPFAIL, "out of memory");
}

static uint64_t
key_of(struct item *it)
{
	uint64_t h = rate.seed;
	struct value v;

	for (size_t i = 0; i < rate.now.n_members; i++)
		if (item_find(it, &rate.now.members[i], &v))
			h = hash_bytes(h + v.type, item_string(it, &v));
		else
			h = hash_bytes(h + VALUE_NULL, SPAN("null"));
	return h;
}

static enum step_says
take(struct job *j, struct item *it)
{
	struct slot gone, *s = recent_get(&rate.recent, key_of(it), &gone);
	int64_t window =
	    window_of(s->since, when_known(it), rate.now.length_ns);

	(void)j;
	if (window != s->since) {
		s->since = window;
		s->n = 0;
	}
	return ++s->n > rate.now.most ? STEP_DROP : STEP_PASS;
}

static void
finish(struct job *j)
{
	(void)j;
	if (rate.recent.evicted > 0)
		warn("--by: %ju values forgotten, being more than %d",
		    rate.recent.evicted, RECENT_KEYS);
	recent_release(&rate.recent);
	release(&rate.now);
}

const struct step rate_step = { .name = "rate",
	.forget = forget,
	.check = check,
	.adopt = adopt,
	.start = start,
	.take = take,
	.finish = finish };
