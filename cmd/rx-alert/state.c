/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/newfile.h"

#define VERSION 1

static const char *const phase_names[] = { "calm", "pending", "firing", NULL };

struct top {
	uint64_t version;
	struct conf_at nodes, watches;
};
static const struct conf_member top_members[] = {
	{ "version", CONF_COUNT, offsetof(struct top, version), true, VERSION,
	    VERSION, NULL },
	CONF_NEED("nodes", CONF_ANY, offsetof(struct top, nodes)),
	CONF_NEED("watches", CONF_ANY, offsetof(struct top, watches)),
	CONF_END,
};

struct node_entry {
	struct conf_at node;
	struct moment m;
};
#define NODE(member) offsetof(struct node_entry, member)
static const struct conf_member node_members[] = {
	CONF_NEED("node", CONF_ANY, NODE(node)),
	CONF_NEED("now", CONF_COUNT, NODE(m.now_ns)),
	CONF_NEED("record", CONF_COUNT, NODE(m.record_ns)),
	CONF_ROW("uptime", CONF_COUNT, NODE(m.uptime_ns)),
	CONF_NEED("interval", CONF_COUNT, NODE(m.interval_ns)),
	CONF_END,
};

struct watch_entry {
	const char *rule;
	struct conf_at node, subject, growth;
	struct watch w;
};
#define WATCH(member) offsetof(struct watch_entry, member)
static const struct conf_member watch_members[] = {
	CONF_NEED("node", CONF_ANY, WATCH(node)),
	CONF_NEED("rule", CONF_TEXT, WATCH(rule)),
	CONF_NEED("subject", CONF_ANY, WATCH(subject)),
	{ "phase", CONF_CHOICE, WATCH(w.phase), true, 0, 0, phase_names },
	CONF_NEED("due", CONF_BOOL, WATCH(w.due)),
	CONF_NEED("told", CONF_BOOL, WATCH(w.told)),
	CONF_NEED("since", CONF_COUNT, WATCH(w.since_ns)),
	CONF_NEED("breach", CONF_COUNT, WATCH(w.breach_ns)),
	CONF_NEED("first", CONF_COUNT, WATCH(w.first_ns)),
	CONF_NEED("last", CONF_COUNT, WATCH(w.last_ns)),
	CONF_ROW("fired", CONF_COUNT, WATCH(w.fired_ns)),
	CONF_NEED("tickets", CONF_COUNT, WATCH(w.tickets)),
	CONF_RANGE("baseline", CONF_NUMBER, WATCH(w.baseline), -1e300, 1e300),
	CONF_ROW("observed", CONF_COUNT, WATCH(w.observed_ns)),
	CONF_ROW("frozen", CONF_COUNT, WATCH(w.frozen_ns)),
	CONF_ROW("growth", CONF_ANY, WATCH(growth)),
	CONF_END,
};

#define POINT(member) offsetof(struct growth_point, member)
static const struct conf_member point_members[] = {
	CONF_NEED("at", CONF_COUNT, POINT(ns)),
	{ "value", CONF_NUMBER, POINT(value), true, -1e300, 1e300, NULL },
	CONF_END,
};

static void
write_nodes(struct buf *b, const struct keys *nodes)
{
	const struct node *n;
	const char *separator = "\n";

	for (n = keys_oldest(nodes); n != NULL; n = keys_newer(n)) {
		const struct moment *m = &n->moment;

		buf_adds(b, separator);
		separator = ",\n";
		buf_adds(b, "{\"node\":");
		jstr_add(b, keys_name(nodes, n));
		buf_addf(b,
		    ",\"now\":%" PRId64 ",\"record\":%" PRId64
		    ",\"interval\":%" PRId64,
		    m->now_ns, m->record_ns, m->interval_ns);
		if (m->has_uptime)
			buf_addf(b, ",\"uptime\":%" PRId64, m->uptime_ns);
		buf_addc(b, '}');
	}
}

/* The pieces of a key: node NUL rule NUL subject. */
static void
write_key(struct buf *b, struct span key)
{
	static const char *const names[] = {
		"{\"node\":", ",\"rule\":", ",\"subject\":"
	};
	struct span piece;
	const char *nul;
	int i;

	for (i = 0; i < 3; i++) {
		nul = i < 2 ? memchr(key.at, '\0', key.len) : NULL;
		piece = key;
		if (nul != NULL)
			piece.len = (size_t)(nul - key.at);
		key = span_skip(key, piece.len + (nul != NULL));
		buf_adds(b, names[i]);
		jstr_add(b, piece);
	}
}

static void
write_growth(struct buf *b, const struct growth *g)
{
	buf_adds(b, ",\"growth\":[");
	for (size_t i = 0; i < g->n; i++)
		buf_addf(b, "%s{\"at\":%" PRId64 ",\"value\":%.17g}",
		    i == 0 ? "" : ",", g->point[i].ns, g->point[i].value);
	buf_addc(b, ']');
}

static void
write_watches(struct buf *b, const struct keys *watches)
{
	const struct watch *w;
	const char *separator = "\n";

	for (w = keys_oldest(watches); w != NULL; w = keys_newer(w)) {
		if (w->phase == CALM && !w->fired && w->observed_ns == 0 &&
		    w->growth.n == 0)
			continue;
		buf_adds(b, separator);
		separator = ",\n";
		write_key(b, keys_name(watches, w));
		buf_addf(b,
		    ",\"phase\":\"%s\",\"due\":%s,\"told\":%s"
		    ",\"since\":%" PRId64 ",\"breach\":%" PRId64
		    ",\"first\":%" PRId64 ",\"last\":%" PRId64
		    ",\"tickets\":%" PRIu64,
		    phase_names[w->phase], w->due ? "true" : "false",
		    w->told ? "true" : "false", w->since_ns, w->breach_ns,
		    w->first_ns, w->last_ns, w->tickets);
		if (w->fired)
			buf_addf(b, ",\"fired\":%" PRId64, w->fired_ns);
		if (w->observed_ns > 0 || w->baseline != 0)
			buf_addf(b,
			    ",\"baseline\":%.17g,\"observed\":%" PRId64
			    ",\"frozen\":%" PRId64,
			    w->baseline, w->observed_ns, w->frozen_ns);
		if (w->growth.n > 0)
			write_growth(b, &w->growth);
		buf_addc(b, '}');
	}
}

int
state_save(struct engine *e, const char *path)
{
	struct buf b;
	int r;

	buf_init(&b);
	buf_addf(&b, "{\"version\":%d,\"nodes\":[", VERSION);
	write_nodes(&b, &e->nodes);
	buf_adds(&b, "],\n\"watches\":[");
	write_watches(&b, &e->watches);
	buf_adds(&b, "]}\n");
	if (b.failed) {
		errno = ENOMEM;
		r = -1;
	} else
		r = newfile_replace(path, buf_span(&b), 0600);
	buf_release(&b);
	return r;
}

static const char *
text_or_empty(const struct conf_at *at)
{
	const char *text = conf_text(at);

	return text == NULL ? "" : text;
}

static int
load_node(struct engine *e, const struct conf_at *at)
{
	struct node_entry in = { .m = { .started = true, .uptime_ns = -1 } };
	struct node *n;

	if (conf_fill(at, node_members, &in) < 0)
		return -1;
	in.m.has_uptime = in.m.uptime_ns >= 0;
	n = keys_get(&e->nodes, span_of(text_or_empty(&in.node)));
	if (n == NULL)
		die(EX_TEMPFAIL, "out of memory");
	n->moment = in.m;
	n->firing = UINT64_MAX; /* nobody has counted them yet */
	return 0;
}

static bool
has_rule(const struct rules *rules, const char *name)
{
	size_t i;

	for (i = 0; i < rules->n; i++)
		if (strcmp(rules->rule[i].name, name) == 0)
			return true;
	return false;
}

static int
load_growth(struct growth *g, const struct conf_at *list)
{
	struct conf_at item;

	if (list->json == NULL)
		return 0;
	if (!conf_is_array(list) || conf_count(list) > GROWTH_POINTS)
		return conf_error(
		    list, "must be a list of %d points", GROWTH_POINTS);
	for (; g->n < conf_count(list); g->n++) {
		item = conf_item(list, g->n);
		if (conf_fill(&item, point_members, &g->point[g->n]) < 0)
			return -1;
	}
	return 0;
}

static int
load_watch(struct engine *e, const struct conf_at *at)
{
	struct watch_entry in = { .w = { .fired_ns = -1, .stepped = true } };
	struct watch *w;

	if (conf_fill(at, watch_members, &in) < 0)
		return -1;
	if (!has_rule(e->rules, in.rule))
		return 0;
	if (load_growth(&in.w.growth, &in.growth) < 0)
		return -1;
	in.w.fired = in.w.fired_ns >= 0;
	w = keys_get(&e->watches,
	    engine_key(e, span_of(text_or_empty(&in.node)), in.rule,
		span_of(text_or_empty(&in.subject))));
	if (w == NULL)
		die(EX_TEMPFAIL, "out of memory");
	*w = in.w;
	return 0;
}

static int
load_each(struct engine *e, const struct conf_at *list,
    int (*load)(struct engine *, const struct conf_at *))
{
	struct conf_at item;
	size_t i;

	if (!conf_is_array(list))
		return conf_error(list, "must be a list");
	for (i = 0; i < conf_count(list); i++) {
		item = conf_item(list, i);
		if (load(e, &item) < 0)
			return -1;
	}
	return 0;
}

int
state_load(struct engine *e, const char *path, char why[STATE_WHY])
{
	struct conf conf;
	struct top top = { .version = 0 };
	int r;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	r = conf_read(&conf, path);
	if (r == 0)
		r = conf_fill(&conf.top, top_members, &top);
	if (r == 0)
		r = load_each(e, &top.nodes, load_node);
	if (r == 0)
		r = load_each(e, &top.watches, load_watch);
	if (r < 0)
		snprintf(why, STATE_WHY, "%s", conf.why);
	conf_release(&conf);
	return r;
}
