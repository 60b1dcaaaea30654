/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/report.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/counters.h"
#include "cmd/rx-serve/history.h"
#include "cmd/rx-serve/ingest.h"
#include "cmd/rx-serve/stages.h"
#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/stop.h"

#define OWN_STAGE "rx-serve"

static struct {
	const char *dir;
	int64_t start_ms;
	struct stages stages; /* as of the last report */
} report;

void
report_init(const char *dir)
{
	DIR *d;

	report.dir = dir;
	if (dir != NULL) {
		if ((d = opendir(dir)) == NULL)
			die_sys(EX_CONFIG, "--stages %s", dir);
		closedir(d);
	}
	report.start_ms = stop_now_ms();
}

/* Is it a number of JSON, which Prometheus' NaN and +Inf are not? */
static bool
is_plain_number(struct span s)
{
	if (s.len > 1 && *s.at == '-')
		s = span_skip(s, 1);
	if (s.len == 0 || !is_digit(s.at[s.len - 1]) ||
	    (s.len > 1 && *s.at == '0' && is_digit(s.at[1])))
		return false;
	for (size_t i = 0, dots = 0; i < s.len; i++)
		if (s.at[i] == '.' ? i == 0 || dots++ > 0 : !is_digit(s.at[i]))
			return false;
	return true;
}

static void
add_samples(struct buf *b, const struct stage *stage)
{
	struct span rest = buf_span(&stage->text);
	struct sample sample = { 0 };
	struct buf name;
	const char *comma = "";

	buf_init(&name);
	while (sample_next(&rest, &sample)) {
		buf_reset(&name);
		buf_add(&name, sample.name);
		if (sample.labels.len > 0) {
			buf_addc(&name, '{');
			buf_add(&name, sample.labels);
			buf_addc(&name, '}');
		}
		buf_adds(b, comma);
		jstr_add(b, buf_span(&name));
		buf_addc(b, ':');
		if (is_plain_number(sample.value))
			buf_add(b, sample.value);
		else
			jstr_add(b, sample.value);
		comma = ",";
	}
	b->failed = b->failed || name.failed;
	buf_release(&name);
}

static void
add_stages(struct buf *b)
{
	buf_adds(b, ",\"stages\":{");
	for (size_t i = 0; i < report.stages.n; i++) {
		const struct stage *stage = &report.stages.list[i];

		buf_adds(b, i > 0 ? "," : "");
		jstr_add(b, span_of(stage->name));
		buf_addf(b, ":{\"age_s\":%" PRId64 ".%03d,\"values\":{",
		    stage->age_ms < 0 ? 0 : stage->age_ms / 1000,
		    stage->age_ms < 0 ? 0 : (int)(stage->age_ms % 1000));
		add_samples(b, stage);
		buf_adds(b, "}}");
	}
	buf_adds(b, "}");
}

static void
add_streams(struct buf *b, const struct exchange_about *about)
{
	const char *comma = "";

	buf_adds(b, ",\"streams\":{");
	for (int i = 0; i < STREAMS; i++) {
		const struct stream *s = about->streams[i];

		if (s == NULL)
			continue;
		buf_addf(b,
		    "%s\"%s\":{\"state\":\"%s\",\"clients\":%zu,"
		    "\"records\":%" PRIu64 ",\"refused\":%" PRIu64
		    ",\"dropped\":%" PRIu64 ",\"starts\":%" PRIu64 "}",
		    comma, stream_names[i], stream_state(s), s->n_clients,
		    s->records, s->refused, s->missed, s->command.starts);
		comma = ",";
	}
	buf_adds(b, "}");
}

static void
add_events(struct buf *b)
{
	const struct ingest_counts *n = ingest_counts();

	if (ingest_is_on())
		buf_addf(b,
		    ",\"events\":{\"accepted\":%" PRIu64
		    ",\"requests\":%" PRIu64 ",\"waiting\":%" PRIu64
		    ",\"refused\":%" PRIu64 ",\"limited\":%" PRIu64
		    ",\"unavailable\":%" PRIu64 "}",
		    n->events, n->requests, n->waiting, n->refused, n->limited,
		    n->unavailable);
}

static void
add_histories(struct buf *b)
{
	const char *comma = "";

	buf_adds(b, ",\"history\":[");
	for (size_t i = 0; i < HISTORY_SOURCES; i++)
		if (history_name(i) != NULL) {
			buf_addf(b, "%s\"%s\"", comma, history_name(i));
			comma = ",";
		}
	buf_addc(b, ']');
}

void
report_status(struct buf *out, const struct exchange_about *about)
{
	const struct conn_counts *n = conn_counts();
	int64_t up_ms = stop_now_ms() - report.start_ms;
	struct buf b;
	int error = stages_read(&report.stages, report.dir) < 0 ? errno : 0;

	buf_init(&b);
	buf_adds(&b, "{\"status\":\"ok\",\"node_id\":");
	jstr_add(&b, span_of(about->service.node_id));
	buf_adds(&b, ",\"service\":");
	jstr_add(&b, span_of(about->service.name));
	buf_addf(&b,
	    ",\"version\":\"" RX_VERSION "\",\"uptime_s\":%" PRId64
	    ",\"connections\":{\"open\":%zu,\"accepted\":%" PRIu64
	    ",\"refused\":%" PRIu64 ",\"turned_away\":%" PRIu64
	    ",\"not_allowed\":%" PRIu64 "}",
	    up_ms / 1000, n->open, n->accepted, n->refused, n->turned_away,
	    n->not_allowed);
	add_streams(&b, about);
	add_events(&b);
	add_histories(&b);
	if (error != 0) {
		buf_adds(&b, ",\"stages_error\":");
		jstr_add(&b, span_of(strerror(error)));
	}
	add_stages(&b);
	buf_adds(&b, "}\n");
	http_json(out, 200, &b);
	buf_release(&b);
	stages_release(&report.stages);
}

struct checks {
	struct buf text;
	bool failed;
};

/* why NULL: it is well. */
static void
check(struct checks *c, const char *kind, const char *name, const char *why)
{
	buf_addf(
	    &c->text, "%s\"%s%s\":", c->text.len > 0 ? "," : "", kind, name);
	jstr_add(&c->text, span_of(why == NULL ? "ok" : why));
	c->failed = c->failed || why != NULL;
}

void
report_ready(struct buf *out, const struct exchange_about *about)
{
	struct checks c = { .failed = false };
	struct buf b;

	buf_init(&c.text);
	if (stages_read(&report.stages, report.dir) < 0)
		check(&c, "stages", "", strerror(errno));
	for (int i = 0; i < STREAMS; i++)
		if (about->streams[i] != NULL)
			check(&c, "stream ", stream_names[i],
			    stream_fails(about->streams[i])
				? "its command ended and waits to be started"
				: NULL);
	if (history_is_on())
		check(&c, "history", "", history_fails());
	if (ingest_is_on())
		check(&c, "events", "", ingest_fails());
	for (size_t i = 0; i < report.stages.n; i++)
		check(&c, "stage ", report.stages.list[i].name,
		    report.stages.list[i].age_ms > STAGE_STALE_MS
			? "has told nothing for a minute"
			: NULL);
	stages_release(&report.stages);
	buf_init(&b);
	buf_addf(&b, "{\"status\":\"%s\",\"checks\":{",
	    c.failed ? "not ready" : "ready");
	buf_add(&b, buf_span(&c.text));
	buf_adds(&b, "}}\n");
	b.failed = b.failed || c.text.failed;
	http_json(out, c.failed ? 503 : 200, &b);
	buf_release(&b);
	buf_release(&c.text);
}

/* A sample and where it came from, to be sorted by family. */
struct told {
	struct sample sample;
	const char *stage;
	size_t order;
};

struct telling {
	struct told *list;
	size_t n, size;
};

static void
add_entry(struct telling *e, const struct sample *sample, const char *stage)
{
	if (e->n == e->size) {
		size_t size = e->size == 0 ? 1024 : e->size * 2;
		void *list = reallocarray(e->list, size, sizeof(*e->list));

		if (list == NULL)
			return;
		e->list = list;
		e->size = size;
	}
	e->list[e->n] = (struct told){ *sample, stage, e->n };
	e->n++;
}

static int
by_family(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	struct span f = x->sample.family, g = y->sample.family;
	int order = memcmp(f.at, g.at, f.len < g.len ? f.len : g.len);

	if (order == 0 && f.len != g.len)
		order = f.len < g.len ? -1 : 1;
	if (order == 0)
		order = x->order < y->order ? -1 : 1;
	return order;
}

static void
render_entries(struct buf *b, const struct telling *e)
{
	struct span last = { NULL, 0 };

	for (size_t i = 0; i < e->n; i++) {
		const struct sample *s = &e->list[i].sample;

		if (!span_eq(s->family, last)) {
			buf_add(b, s->head);
			buf_addc(b, '\n');
			last = s->family;
		}
		buf_add(b, s->name);
		buf_addf(b, "{stage=\"%s\"%s", e->list[i].stage,
		    s->labels.len > 0 ? "," : "");
		buf_add(b, s->labels);
		buf_adds(b, "} ");
		buf_add(b, s->value);
		buf_addc(b, '\n');
	}
}

void
report_metrics(struct buf *out)
{
	struct telling entries = { 0 };
	struct stage *fresh;
	struct buf b;

	(void)stages_read(&report.stages, report.dir); /* /ready tells */
	if ((fresh = stages_add(&report.stages, OWN_STAGE)) != NULL)
		counters_render(&fresh->text);
	for (size_t i = 0; i < report.stages.n; i++) {
		const struct stage *stage = &report.stages.list[i];
		struct span rest = buf_span(&stage->text);
		struct sample s = { 0 };

		/* Our own --stats may be among the files; it is older. */
		if (stage != fresh && strcmp(stage->name, OWN_STAGE) == 0)
			continue;
		while (sample_next(&rest, &s))
			add_entry(&entries, &s, stage->name);
	}
	if (entries.n > 0)
		qsort(
		    entries.list, entries.n, sizeof(*entries.list), by_family);
	buf_init(&b);
	render_entries(&b, &entries);
	http_body(out, 200, "text/plain; version=0.0.4; charset=utf-8", &b);
	buf_release(&b);
	free(entries.list);
	stages_release(&report.stages);
}
