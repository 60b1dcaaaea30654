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

/* messaging.rabbitmq is about the lane error. */
static int
read_messaging(const struct conf_at *top, struct bounds *b)
{
	struct conf_at messaging, rabbitmq;

	if (!member(top, "messaging", &messaging) ||
	    !member(&messaging, "rabbitmq", &rabbitmq))
		return 0;
	return read_rabbitmq(&rabbitmq, b);
}

/* All lanes are read, so that their sum is known and no mistake is missed. */
static int
read_lanes(const struct conf_at *top, const struct spool_section *spool,
    const char *lane, struct bounds *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; spool->lanes.json != NULL &&
	     conf_is_object(&spool->lanes) && i < conf_count(&spool->lanes);
	     i++) {
		struct conf_at at = conf_item(&spool->lanes, i);
		struct bounds own;

		bounds_init(&own);
		if (!store_lane_valid(at.key))
			return conf_error(&at, "%s is no lane", at.key);
		if (read_lane(&at, &own) < 0 ||
		    (strcmp(at.key, "error") == 0 &&
			read_messaging(top, &own) < 0))
			return -1;
		if (strcmp(at.key, lane) == 0)
			inherit(b, &own);
		if (own.preset != NULL)
			inherit(&own, preset_named(own.preset));
		if (own.max_records != BOUNDS_UNSET)
			sum += own.max_records;
		if (sum > spool->max_queue_size)
			return conf_error(&at,
			    "max_records of all lanes is more than "
			    "max_queue_size %ju",
			    (uintmax_t)spool->max_queue_size);
	}
	if (strcmp(lane, "error") == 0)
		return read_messaging(top, b);
	return 0;
}

static void
configure(struct bounds *b, const char *lane)
{
	struct spool_section spool = { .max_queue_size = QUEUE_SIZE };
	static struct conf conf; /* its texts are wanted to the end */
	struct conf_at section;
	int bad;

	if (conf_read(&conf, b->config) < 0)
		die(EX_CONFIG, "%s", conf.why);
	bad = member(&conf.top, "spool", &section) &&
	    conf_fill(&section, spool_members, &spool) < 0;
	if (bad || read_lanes(&conf.top, &spool, lane, b) < 0)
		die(EX_CONFIG, "%s", conf.why);
}

void
bounds_settle(struct bounds *b, const struct cli *of, const char *lane)
{
	const struct bounds *preset;

	if (b->config != NULL)
		configure(b, lane);
	if (b->preset != NULL) {
		if ((preset = preset_named(b->preset)) == NULL)
			cli_usage(
			    of, "--preset %s: error or telemetry", b->preset);
		inherit(b, preset);
	}
	inherit(b, &defaults);
}
