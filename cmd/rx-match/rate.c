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

static struct {
	uint64_t most;
	int64_t length_ns; /* 0: not asked for */
	struct item_path members[MOST_MEMBERS];
	size_t n_members;
	char *names; /* what they lend */
	uint64_t seed;
	struct recent recent;
} rate;

void
rate_option(const char *arg)
{
	const char *why;

	if (num_rate(span_of(arg), &rate.most, &rate.length_ns, &why) < 0)
		die(EX_USAGE, "--rate %s: %s", arg, why);
	if (rate.most == 0)
		die(EX_USAGE, "--rate %s: lets nothing pass", arg);
	steps_use(&rate_step);
}

/* How many names there are: 0 ends the process before anything is held. */
static size_t
count_members(const char *members)
{
	struct span name = { members, 0 };
	size_t n = 0;

	for (;; name.at += name.len + 1) {
		name.len = strcspn(name.at, ",");
		if (++n > MOST_MEMBERS)
			die(EX_USAGE, "--by %s: at most %d", members,
			    MOST_MEMBERS);
		if (name.len == 0 || (*name.at == '/' && !pointer_is(name)))
			die(EX_USAGE, "--by %s: no name and no pointer",
			    members);
		if (name.at[name.len] == '\0')
			return n;
	}
}

static void
release_members(void)
{
	for (size_t i = 0; i < rate.n_members; i++)
		item_path_release(&rate.members[i]);
	rate.n_members = 0;
	free(rate.names);
}

/* The last one counts, as with the other options. */
void
rate_by_option(const char *members)
{
	size_t n = count_members(members);
	char *rest;

	release_members();
	rest = rate.names = or_die(strdup(members));
	for (; rate.n_members < n; rate.n_members++)
		item_path_init(
		    &rate.members[rate.n_members], strsep(&rest, ","));
	steps_use(&rate_step);
}

static void
start(struct job *j)
{
	(void)j;
	if (rate.length_ns == 0)
		die(EX_USAGE, "--by needs --rate");
	rate.seed = hash_seed();
	if (recent_init(&rate.recent) < 0)
		die(EX_TEMPFAIL, "out of memory");
}

static uint64_t
key_of(struct item *it)
{
	uint64_t h = rate.seed;
	struct value v;

	for (size_t i = 0; i < rate.n_members; i++)
		if (item_find(it, &rate.members[i], &v))
			h = hash_bytes(h + v.type, item_string(it, &v));
		else
			h = hash_bytes(h + VALUE_NULL, SPAN("null"));
	return h;
}

static enum step_says
take(struct job *j, struct item *it)
{
	struct slot gone, *s = recent_get(&rate.recent, key_of(it), &gone);
	int64_t window = window_of(s->since, when_known(it), rate.length_ns);

	(void)j;
	if (window != s->since) {
		s->since = window;
		s->n = 0;
	}
	return ++s->n > rate.most ? STEP_DROP : STEP_PASS;
}

static void
finish(struct job *j)
{
	(void)j;
	if (rate.recent.evicted > 0)
		warn("--by: %ju values forgotten, being more than %d",
		    rate.recent.evicted, RECENT_KEYS);
	recent_release(&rate.recent);
	release_members();
}

const struct step rate_step = {
	.name = "rate", .start = start, .take = take, .finish = finish
};
