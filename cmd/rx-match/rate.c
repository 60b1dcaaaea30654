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

void
rate_by_option(const char *members)
{
	char *copy = strdup(members), *rest = copy, *name;

	if (copy == NULL)
		die(EX_TEMPFAIL, "out of memory");
	rate.names = copy;
	while ((name = strsep(&rest, ",")) != NULL) {
		if (rate.n_members == MOST_MEMBERS)
			die(EX_USAGE, "--by %s: at most %d", members,
			    MOST_MEMBERS);
		if (*name == '\0' ||
		    (*name == '/' && !pointer_is(span_of(name))))
			die(EX_USAGE, "--by %s: no name and no pointer",
			    members);
		item_path_init(&rate.members[rate.n_members++], name);
	}
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
	for (size_t i = 0; i < rate.n_members; i++)
		item_path_release(&rate.members[i]);
	free(rate.names);
}

const struct step rate_step = {
	.name = "rate", .start = start, .take = take, .finish = finish
};
