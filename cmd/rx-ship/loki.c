/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/loki.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/loki_entry.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/rtime.h"

/* Clamped to the bound itself an entry is late again when it arrives. */
#define MARGIN_NS (60 * (int64_t)NUM_S)

struct loki *
loki_new(const struct loki_times *times, size_t batch, struct tally *clamped)
{
	struct loki *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->times = times;
	l->clamped = clamped;
	l->entries_max = batch;
	l->entries = calloc(batch, sizeof(*l->entries));
	record_init(&l->record);
	buf_init(&l->texts);
	buf_init(&l->value);
	if (l->entries == NULL) {
		loki_free(l);
		return NULL;
	}
	return l;
}

void
loki_free(struct loki *l)
{
	if (l == NULL)
		return;
	free(l->entries);
	record_release(&l->record);
	buf_release(&l->texts);
	buf_release(&l->value);
	free(l);
}

#define NAME_FIRST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static int
add_pair(struct loki_pair *pairs, size_t *n, const char *text, const char **why)
{
	size_t len = strspn(text, NAME_FIRST "0123456789");
	struct loki_pair *p = &pairs[*n];

	if (*n == LOKI_LABELS) {
		*why = "is one more than Loki takes: 15";
		return -1;
	}
	if (len == 0 || text[len] != '=' || len >= sizeof(p->name) ||
	    strchr(NAME_FIRST, text[0]) == NULL) {
		*why = "is not NAME=VALUE with a name of letters, digits and _";
		return -1;
	}
	memcpy(p->name, text, len);
	p->name[len] = '\0';
	for (size_t i = 0; i < *n; i++)
		if (strcmp(pairs[i].name, p->name) == 0) {
			*why = "is named twice";
			return -1;
		}
	if (template_parse(&p->value, text + len + 1, TEMPLATE_NAME, why) < 0)
		return -1;
	++*n;
	return 0;
}

int
loki_label(struct loki *l, const char *text, const char **why)
{
	return add_pair(l->labels, &l->n_labels, text, why);
}

int
loki_metadata(struct loki *l, const char *text, const char **why)
{
	return add_pair(l->metadata, &l->n_metadata, text, why);
}

/* {"a":"1","b":"2"}; plain: what varies becomes "other". */
static void
put_pairs(struct loki *l, const struct loki_pair *pairs, size_t n, bool plain,
    struct buf *dst)
{
	for (size_t i = 0; i < n; i++) {
		buf_reset(&l->value);
		if (plain && pairs[i].value.varies)
			buf_adds(&l->value, "other");
		else
			template_fill(&pairs[i].value, &l->record, &l->value);
		if (i > 0)
			buf_addc(dst, ',');
		jstr_add(dst, span_of(pairs[i].name));
		buf_addc(dst, ':');
		jstr_add(dst, buf_span(&l->value));
	}
}

/* FNV-1a; 0 is kept for a free place. */
static uint64_t
hash(struct span s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.at[i]) * 0x100000001b3;
	return h == 0 ? 1 : h;
}

/* Whether this set of labels was used before, or may be. */
static bool
may_use(struct loki *l, struct span labels)
{
	uint64_t h = hash(labels);
	size_t at = h % LOKI_STREAMS;

	while (l->streams[at] != 0 && l->streams[at] != h)
		at = (at + 1) % LOKI_STREAMS;
	if (l->streams[at] == h)
		return true;
	/* A few places stay free, so that the search ends. */
	if (l->n_streams + 8 >= LOKI_STREAMS)
		return false;
	l->streams[at] = h;
	l->n_streams++;
	return true;
}

static void
put_labels(struct loki *l, struct loki_entry *e)
{
	e->at = l->texts.len;
	put_pairs(l, l->labels, l->n_labels, false, &l->texts);
	if (!l->texts.failed &&
	    !may_use(l, span_skip(buf_span(&l->texts), e->at))) {
		if (!l->told_overflow)
			warn("more than %d streams: labels that vary become"
			     " \"other\" from here on",
			    LOKI_STREAMS - 8);
		l->told_overflow = true;
		l->texts.len = e->at;
		put_pairs(l, l->labels, l->n_labels, true, &l->texts);
	}
	e->len = l->texts.len - e->at;
}

/* When the record happened; false: it does not say. */
static bool
time_of(struct loki *l, int64_t *ns)
{
	struct rtime_found found;
	struct value v;

	if (!record_get(&l->record, "timestamp", &v) ||
	    v.type != VALUE_STRING || rtime_parse(v.text, &found) < 0)
		return false;
	*ns = found.ns;
	return true;
}

static int64_t
bound_ns(const struct loki *l)
{
	return rtime_now_ns() - l->max_age_ns;
}

static void
put_line(struct loki *l, struct loki_entry *e, const struct message *m,
    int64_t own_ns)
{
	char text[RTIME_MAX];
	struct buf *dst = &l->texts;
	struct value v;

	e->line = dst->len;
	buf_addf(dst, "[\"%" PRId64 "\",", e->ns);
	if (record_get(&l->record, "log_line", &v) && v.type == VALUE_STRING) {
		buf_addc(dst, '"');
		buf_add(dst, v.text);
		buf_addc(dst, '"');
	} else {
		jstr_add(dst, m->body);
	}
	if (l->n_metadata > 0 || own_ns != e->ns) {
		buf_adds(dst, ",{");
		put_pairs(l, l->metadata, l->n_metadata, false, dst);
		if (own_ns != e->ns) {
			rtime_render(text, own_ns, 9);
			buf_addf(dst, "%s\"original_timestamp\":\"%s\"",
			    l->n_metadata > 0 ? "," : "", text);
		}
		buf_addc(dst, '}');
	}
	buf_addc(dst, ']');
	e->line_len = dst->len - e->line;
}

static int
by_stream(const void *a, const void *b, void *arg)
{
	const struct loki_entry *x = a, *y = b;
	const char *texts = arg;
	int order;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	if ((order = memcmp(texts + x->at, texts + y->at, x->len)) != 0)
		return order;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->i < y->i ? -1 : 1;
}

struct span
loki_labels_of(const struct loki *l, size_t i)
{
	const struct loki_entry *e = &l->entries[i];

	return (struct span){ l->texts.at + e->at, e->len };
}

bool
loki_same_stream(const struct loki *l, size_t i, size_t j)
{
	return span_eq(loki_labels_of(l, i), loki_labels_of(l, j));
}

static void
add_entry(struct loki *l, const struct message *m, size_t i)
{
	struct loki_entry *e = &l->entries[l->n_entries++];
	int64_t own_ns;

	(void)record_parse(&l->record, m->body); /* checked at the door */
	*e = (struct loki_entry){ .i = i, .untimed = !time_of(l, &own_ns) };
	if (e->untimed)
		own_ns = l->rendered_ns;
	e->ns = own_ns;
	/* The bound was told to the second below. */
	if (l->times->old == LOKI_CLAMP && l->has_bound &&
	    own_ns < bound_ns(l) + (int64_t)NUM_S) {
		e->clamped = true;
		e->ns = bound_ns(l) + MARGIN_NS;
		tally_add(l->clamped, "too_old");
	} else if (l->times->future == LOKI_CLAMP &&
	    own_ns > l->rendered_ns + l->times->max_future_ns) {
		e->ns = l->rendered_ns + l->times->max_future_ns;
		tally_add(l->clamped, "too_new");
	}
	put_labels(l, e);
	put_line(l, e, m, own_ns);
}

void
loki_render(
    struct loki *l, struct message **messages, size_t n, struct buf *dst)
{
	buf_reset(&l->texts);
	l->n_entries = 0;
	l->rendered_ns = rtime_now_ns();
	for (size_t i = 0; i < n; i++)
		add_entry(l, messages[i], i);
	if (l->texts.failed) {
		dst->failed = true;
		return;
	}
	qsort_r(l->entries, n, sizeof(*l->entries), by_stream, l->texts.at);
	buf_adds(dst, "{\"streams\":[");
	for (size_t i = 0; i < n; i++) {
		const struct loki_entry *e = &l->entries[i];

		if (i > 0 && loki_same_stream(l, i - 1, i)) {
			buf_addc(dst, ',');
		} else {
			buf_adds(
			    dst, i > 0 ? "]},{\"stream\":{" : "{\"stream\":{");
			buf_add(dst, loki_labels_of(l, i));
			buf_adds(dst, "},\"values\":[");
		}
		buf_add(
		    dst, (struct span){ l->texts.at + e->line, e->line_len });
	}
	buf_adds(dst, "]}]}");
}

bool
loki_is_stale(const struct loki *l)
{
	for (size_t i = 0; l->has_bound && i < l->n_entries; i++)
		if ((l->entries[i].clamped || l->entries[i].untimed) &&
		    l->entries[i].ns < bound_ns(l) + (int64_t)NUM_S)
			return true;
	return false;
}

bool
loki_rejects(
    struct loki *l, struct window *w, struct message *m, int64_t now_ms)
{
	int64_t ns;

	if (l->has_bound && now_ms >= l->bound_until_ms)
		l->has_bound = false;
	if (!l->has_bound || l->times->old == LOKI_CLAMP)
		return false;
	(void)record_parse(&l->record, m->body);
	if (!time_of(l, &ns) || ns >= bound_ns(l))
		return false;
	window_sent(w, m, now_ms);
	loki_give_up(l->times->old, w, m, "too_old");
	return true;
}
