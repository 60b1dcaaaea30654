/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/windows_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/newfile.h"

#define MAGIC SPAN("rx-alert windows 1\n")
#define BYTE_ORDER_MARK UINT64_C(0x0102030405060708)
#define CHECK_SEED UINT64_C(0x6f9c2d1a8b3e5740)
#define FILE_LARGEST (UINT64_C(8) << 30)

/* A key, before its times. */
struct entry {
	struct window_key key;
	int64_t touched_ns, fired_ns, back_ns, lost_ns;
	uint32_t n;
	uint16_t rule;
	bool fired, critical, set_back;
	unsigned char zero[7];
};

struct head {
	uint64_t byte_order, seed[2];
	int64_t now_ns, newest_ns;
	uint64_t n_rules;
};

static void
put(struct buf *b, const void *bytes, size_t n)
{
	buf_add(b, (struct span){ bytes, n });
}

static void
put_text(struct buf *b, struct span text)
{
	uint64_t len = text.len;

	put(b, &len, sizeof(len));
	buf_add(b, text);
}

static void
put_window(struct buf *b, const struct windows *w, const struct window_place *p)
{
	const struct window *win = p->window;
	const struct window_rule *r = &w->rules->rule[win->rule];
	uint32_t skip = 0;
	struct entry e = { .key = p->key,
		.touched_ns = p->touched_ns,
		.fired_ns = win->fired_ns,
		.back_ns = win->back_ns,
		.lost_ns = win->lost_ns,
		.rule = win->rule,
		.fired = win->fired,
		.critical = win->critical,
		.set_back = win->set_back };

	while (skip + 1 < win->n &&
	    window_time(win, skip) <=
		window_newest(win) - r->length_ns - r->late_ns)
		skip++;
	e.n = win->n - skip;
	put(b, &e, sizeof(e));
	for (uint32_t i = skip; i < win->n; i++) {
		int64_t ns = window_time(win, i);

		put(b, &ns, sizeof(ns));
	}
}

int
windows_save(struct windows *w, const char *path, struct span untold)
{
	struct head head = { BYTE_ORDER_MARK, { w->seed[0], w->seed[1] },
		w->now_ns, w->newest_ns, w->rules->n };
	struct window_place *p = NULL;
	uint64_t check;
	struct buf b;
	int r = -1;

	buf_init(&b);
	buf_add(&b, MAGIC);
	put(&b, &head, sizeof(head));
	for (size_t i = 0; i < w->rules->n; i++)
		put_text(&b, span_of(w->rules->rule[i].name));
	put_text(&b, untold);
	put(&b, &w->table.n, sizeof(w->table.n));
	while ((p = window_table_next(&w->table, p)) != NULL)
		put_window(&b, w, p);
	check = hash_bytes(CHECK_SEED, buf_span(&b));
	put(&b, &check, sizeof(check));
	if (b.failed)
		errno = ENOMEM;
	else
		r = newfile_replace(path, buf_span(&b), 0600);
	buf_release(&b);
	return r;
}

static bool
get(struct span *in, void *bytes, size_t n)
{
	if (in->len < n)
		return false;
	memcpy(bytes, in->at, n);
	*in = span_skip(*in, n);
	return true;
}

static bool
get_text(struct span *in, struct span *text)
{
	uint64_t len;

	if (!get(in, &len, sizeof(len)) || len > in->len)
		return false;
	*text = (struct span){ in->at, (size_t)len };
	*in = span_skip(*in, (size_t)len);
	return true;
}

/* The rule of that name now, or how many there are. */
static uint16_t
rule_named(const struct windows *w, struct span name)
{
	uint16_t i = 0;

	while (i < w->rules->n && !span_is(name, w->rules->rule[i].name))
		i++;
	return i;
}

/* Its times, in order, or it is not what was written. */
static bool
get_times(struct windows *w, struct window_place *p, const struct entry *e,
    struct span *in)
{
	const struct window_rule *r = &w->rules->rule[p->window->rule];
	struct window_span span = { r->length_ns, r->late_ns,
		WINDOW_LIMIT_MAX };
	int64_t ns, last_ns = INT64_MIN;

	for (uint32_t i = 0; i < e->n; i++, last_ns = ns) {
		if (!get(in, &ns, sizeof(ns)) || ns < last_ns)
			return false;
		window_add(&p->window, &span, ns, &w->table.spare);
	}
	return true;
}

static bool
get_window(
    struct windows *w, const uint16_t *rules, uint64_t n_rules, struct span *in)
{
	struct window_place *p;
	struct entry e;

	if (!get(in, &e, sizeof(e)) || e.rule >= n_rules || e.n == 0 ||
	    in->len / sizeof(int64_t) < e.n)
		return false;
	if (rules[e.rule] == w->rules->n) {
		*in = span_skip(*in, e.n * sizeof(int64_t));
		return true;
	}
	p = window_table_get(
	    &w->table, e.key, rules[e.rule], w->now_ns, w->keep);
	if (p == NULL || !get_times(w, p, &e, in))
		return false;
	p->touched_ns = e.touched_ns;
	p->window->fired_ns = e.fired_ns;
	p->window->back_ns = e.back_ns;
	p->window->lost_ns = e.lost_ns;
	p->window->fired = e.fired;
	p->window->critical = e.critical;
	p->window->set_back = e.set_back;
	return true;
}

static bool
get_all(struct windows *w, struct span in, struct buf *untold)
{
	uint16_t rules[WINDOW_RULES_MAX];
	struct span text;
	struct head head;
	uint64_t n;

	if (!get(&in, &head, sizeof(head)) || head.n_rules > WINDOW_RULES_MAX)
		return false;
	for (uint64_t i = 0; i < head.n_rules; i++) {
		if (!get_text(&in, &text))
			return false;
		rules[i] = rule_named(w, text);
	}
	if (!get_text(&in, &text) || !get(&in, &n, sizeof(n)))
		return false;
	buf_add(untold, text);
	windows_resume(w, head.seed, head.now_ns, head.newest_ns);
	while (n > 0 && get_window(w, rules, head.n_rules, &in))
		n--;
	return n == 0 && in.len == 0 && !untold->failed;
}

/* NULL: it is as it was written. */
static const char *
wrong(struct span *in)
{
	uint64_t check, byte_order;

	if (!span_starts(*in, MAGIC))
		return "is no state of windows, or of another version";
	if (in->len < MAGIC.len + sizeof(struct head) + sizeof(check))
		return "ends too early";
	memcpy(&byte_order, in->at + MAGIC.len, sizeof(byte_order));
	if (byte_order != BYTE_ORDER_MARK)
		return "was written on another kind of machine";
	in->len -= sizeof(check);
	memcpy(&check, in->at + in->len, sizeof(check));
	if (check != hash_bytes(CHECK_SEED, *in))
		return "is damaged";
	*in = span_skip(*in, MAGIC.len);
	return NULL;
}

int
windows_load(struct windows *w, const char *path, struct buf *untold,
    char why[STATE_WHY])
{
	const char *reason = NULL;
	struct buf b;
	struct span in;

	buf_init(&b);
	if (newfile_read(path, FILE_LARGEST, &b) < 0) {
		reason = errno == ENOENT ? NULL : strerror(errno);
	} else {
		in = buf_span(&b);
		reason = wrong(&in);
		if (reason == NULL && !get_all(w, in, untold)) {
			reason = "is damaged";
			window_table_release(&w->table);
		}
	}
	buf_release(&b);
	if (reason != NULL)
		snprintf(why, STATE_WHY, "%s: %s", path, reason);
	return reason == NULL ? 0 : -1;
}
