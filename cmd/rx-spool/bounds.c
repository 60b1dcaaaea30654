/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/bounds.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/conf.h"
#include "lib/diag.h"
#include "lib/num.h"

#define QUEUE_SIZE 10000 /* max_queue_size, unless set: R-15 */
#define AGE_MAX (3650 * 24 * 3600.0) /* seconds */

static const struct {
	const char *name;
	struct bounds bounds;
} presets[] = {
	/* */
	{ "error",
	    { .max_records = 5000,
		.max_bytes = 100 << 20,
		.max_attempts = 10,
		.policy = FULL_BLOCK } },
	/* who samples cannot wait */
	{ "telemetry",
	    { .max_records = 1000,
		.max_bytes = 100 << 20,
		.max_attempts = 3,
		.policy = FULL_OLDEST } },
};
static const struct bounds defaults = {
	.max_bytes = 100 << 20, .max_attempts = 10, .policy = FULL_BLOCK
};

/* A lane's section, or messaging.rabbitmq, while it is read. */
struct section {
	struct bounds bounds;
	struct conf_at max_bytes;
	int64_t max_age_ns;
	bool retry_enabled;
};

static const struct conf_member lane_members[] = {
	CONF_ROW("preset", CONF_TEXT, offsetof(struct section, bounds.preset)),
	CONF_RANGE("max_records", CONF_COUNT,
	    offsetof(struct section, bounds.max_records), 0, 1e15),
	CONF_ROW("max_bytes", CONF_ANY, offsetof(struct section, max_bytes)),
	CONF_RANGE("max_age", CONF_DURATION,
	    offsetof(struct section, max_age_ns), 0, AGE_MAX),
	CONF_RANGE("max_attempts", CONF_COUNT,
	    offsetof(struct section, bounds.max_attempts), 0, 1000000),
	CONF_ONE_OF("full", offsetof(struct section, bounds.policy),
	    store_policy_names),
	CONF_ROW(
	    "priority", CONF_TEXT, offsetof(struct section, bounds.priority)),
	CONF_END,
};

/* The names of R-40; queue is rx-ship's. */
static const struct conf_member rabbitmq_members[] = {
	CONF_ROW("queue", CONF_TEXT, offsetof(struct section, bounds.preset)),
	CONF_ROW("retry_enabled", CONF_BOOL,
	    offsetof(struct section, retry_enabled)),
	CONF_RANGE("max_retries", CONF_COUNT,
	    offsetof(struct section, bounds.max_attempts), 0, 1000000),
	CONF_RANGE("queue_max_size", CONF_COUNT,
	    offsetof(struct section, bounds.max_records), 0, 1e15),
	CONF_END,
};

struct spool_section {
	uint64_t max_queue_size;
	struct conf_at lanes;
};
static const struct conf_member spool_members[] = {
	CONF_RANGE("max_queue_size", CONF_COUNT,
	    offsetof(struct spool_section, max_queue_size), 1, 1e15),
	CONF_ROW("lanes", CONF_ANY, offsetof(struct spool_section, lanes)),
	CONF_END,
};

void
bounds_init(struct bounds *b)
{
	*b = (struct bounds){ .max_records = BOUNDS_UNSET,
		.max_bytes = BOUNDS_UNSET,
		.max_attempts = BOUNDS_UNSET,
		.max_age_ms = BOUNDS_UNSET,
		.policy = -1 };
}

static int
policy_named(const char *name)
{
	for (int i = 0; store_policy_names[i] != NULL; i++)
		if (strcmp(name, store_policy_names[i]) == 0)
			return i;
	return -1;
}

void
bounds_option(struct bounds *b, const struct cli *of, int option)
{
	switch (option) {
	case 'c': b->config = optarg; break;
	case OPT_FULL:
		if ((b->policy = policy_named(optarg)) < 0)
			cli_usage(of,
			    "--full %s: block, oldest, newest or random",
			    optarg);
		break;
	case OPT_MAX_AGE:
		b->max_age_ms = (uint64_t)(num_opt_duration("--max-age", optarg,
					       0, (int64_t)AGE_MAX * NUM_S) /
		    NUM_MS);
		break;
	case OPT_MAX_BYTES:
		b->max_bytes =
		    num_opt_size("--max-bytes", optarg, 0, INT64_MAX);
		break;
	case OPT_MAX_RECORDS:
		b->max_records =
		    num_opt_u64("--max-records", optarg, 0, INT64_MAX);
		break;
	case OPT_PRESET: b->preset = optarg; break;
	case OPT_PRIORITY: b->priority = optarg; break;
	}
}

/* What b leaves open, as `from' has it. */
static void
inherit(struct bounds *b, const struct bounds *from)
{
	if (b->max_records == BOUNDS_UNSET)
		b->max_records = from->max_records;
	if (b->max_bytes == BOUNDS_UNSET)
		b->max_bytes = from->max_bytes;
	if (b->max_attempts == BOUNDS_UNSET)
		b->max_attempts = from->max_attempts;
	if (b->max_age_ms == BOUNDS_UNSET)
		b->max_age_ms = from->max_age_ms;
	if (b->policy < 0)
		b->policy = from->policy;
	if (b->priority == NULL)
		b->priority = from->priority;
	if (b->preset == NULL)
		b->preset = from->preset;
}

static const struct bounds *
preset_named(const char *name)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++)
		if (strcmp(name, presets[i].name) == 0)
			return &presets[i].bounds;
	return NULL;
}

/* -- the configuration ------------------------------------------------------ */

static bool
member(const struct conf_at *object, const char *name, struct conf_at *out)
{
	for (size_t i = 0; conf_is_object(object) && i < conf_count(object);
	     i++) {
		*out = conf_item(object, i);
		if (strcmp(out->key, name) == 0)
			return true;
	}
	return false;
}

static int
read_bytes(struct section *s)
{
	const char *text, *why = "is not a size such as \"100M\"";

	if (s->max_bytes.json == NULL)
		return 0;
	text = conf_text(&s->max_bytes);
	if (text == NULL || num_size(span_of(text), &s->bounds.max_bytes, &why))
		return conf_error(&s->max_bytes, "\"max_bytes\" %s", why);
	return 0;
}

/* One lane as the file has it, its preset included. */
static int
read_lane(const struct conf_at *at, struct bounds *b)
{
	struct section s = { .max_age_ns = -1 };
	const struct bounds *preset;

	bounds_init(&s.bounds);
	if (conf_fill(at, lane_members, &s) < 0 || read_bytes(&s) < 0)
		return -1;
	if (s.max_age_ns >= 0)
		s.bounds.max_age_ms = (uint64_t)(s.max_age_ns / NUM_MS);
	inherit(b, &s.bounds);
	if (s.bounds.preset == NULL)
		return 0;
	if ((preset = preset_named(s.bounds.preset)) == NULL)
		return conf_error(
		    at, "preset %s: error or telemetry", s.bounds.preset);
	return 0;
}

static int
read_rabbitmq(const struct conf_at *at, struct bounds *b)
{
	struct section s = { .retry_enabled = true };

	bounds_init(&s.bounds);
	if (conf_fill(at, rabbitmq_members, &s) < 0)
		return -1;
	s.bounds.preset = NULL;
	if (!s.retry_enabled)
		s.bounds.max_attempts = 1;
	inherit(b, &s.bounds);
	return 0;
}

/* messaging.rabbitmq is about the lane error; *there: it is in the file. */
static int
read_messaging(const struct conf_at *top, struct bounds *b, bool *there)
{
	struct conf_at messaging, rabbitmq;

	*there = member(top, "messaging", &messaging) &&
	    member(&messaging, "rabbitmq", &rabbitmq);
	return *there ? read_rabbitmq(&rabbitmq, b) : 0;
}

/* The lanes of a file: the one at hand, and what all of them may hold. */
struct lanes {
	const char *lane;
	struct bounds *at_hand; /* as options have it, then as the file does */
	bool found; /* in the file */
	uint64_t max, sum; /* of records */
};

static int
add_lane(struct lanes *l, const struct conf_at *at, struct bounds own)
{
	if (own.preset != NULL)
		inherit(&own, preset_named(own.preset));
	if (own.max_records != BOUNDS_UNSET)
		l->sum += own.max_records;
	if (l->sum > l->max)
		return conf_error(at,
		    "max_records of all lanes is more than max_queue_size %ju",
		    (uintmax_t)l->max);
	return 0;
}

/* One that the file names: by its section, NULL: it has none. */
static int
file_lane(struct lanes *l, const struct conf_at *top, const struct conf_at *at,
    const char *name)
{
	struct bounds own;
	bool there = at != NULL, also = false;

	bounds_init(&own);
	if (strcmp(name, l->lane) == 0)
		own = *l->at_hand;
	if ((at != NULL && read_lane(at, &own) < 0) ||
	    (strcmp(name, "error") == 0 &&
		read_messaging(top, &own, &also) < 0))
		return -1;
	if (!there && !also)
		return 0;
	if (strcmp(name, l->lane) == 0) {
		*l->at_hand = own;
		l->found = true;
	}
	return add_lane(l, at != NULL ? at : top, own);
}

/* All lanes are read, so that their sum is known and no mistake is missed. */
static int
read_lanes(
    struct lanes *l, const struct conf_at *top, const struct conf_at *lanes)
{
	bool has_error = false;

	for (size_t i = 0; lanes->json != NULL && conf_is_object(lanes) &&
	     i < conf_count(lanes);
	     i++) {
		struct conf_at at = conf_item(lanes, i);

		if (!store_lane_valid(at.key))
			return conf_error(&at, "%s is no lane", at.key);
		if (file_lane(l, top, &at, at.key) < 0)
			return -1;
		has_error |= strcmp(at.key, "error") == 0;
	}
	if (!has_error && file_lane(l, top, NULL, "error") < 0)
		return -1;
	return l->found ? 0 : add_lane(l, top, *l->at_hand);
}

static int
read_file(struct conf *conf, struct bounds *b, const char *lane)
{
	struct spool_section spool = { .max_queue_size = QUEUE_SIZE };
	struct lanes l = { .lane = lane, .at_hand = b };
	struct conf_at section;

	if (conf_read(conf, b->config) < 0 ||
	    (member(&conf->top, "spool", &section) &&
		conf_fill(&section, spool_members, &spool) < 0))
		return -1;
	l.max = spool.max_queue_size;
	return read_lanes(&l, &conf->top, &spool.lanes);
}

static const char *
settle(struct bounds *b, const struct bounds *asked, const char *lane)
{
	/* Texts of the one in use are wanted until the next is good. */
	static struct conf confs[2];
	static int in_use = -1;
	int fresh = in_use == 0;
	struct bounds own = *asked;

	if (own.preset != NULL && preset_named(own.preset) == NULL)
		return "";
	if (own.config != NULL && read_file(&confs[fresh], &own, lane) < 0) {
		conf_release(&confs[fresh]);
		return confs[fresh].why;
	}
	if (own.preset != NULL)
		inherit(&own, preset_named(own.preset));
	inherit(&own, &defaults);
	*b = own;
	if (own.config == NULL)
		return NULL;
	if (in_use >= 0)
		conf_release(&confs[in_use]);
	in_use = fresh;
	return NULL;
}

void
bounds_settle(struct bounds *b, const struct bounds *asked,
    const struct cli *of, const char *lane)
{
	const char *why = settle(b, asked, lane);

	if (why == NULL)
		return;
	if (*why == '\0')
		cli_usage(of, "--preset %s: error or telemetry", asked->preset);
	die(EX_CONFIG, "%s", why);
}

int
bounds_again(struct bounds *b, const struct bounds *asked, const char *lane)
{
	const char *why = settle(b, asked, lane);

	if (why == NULL)
		return 0;
	warn("%s: the bounds stay as they were", why);
	return -1;
}
