/* SPDX-License-Identifier: MIT */
/*
 * windows -- records in, anomalies out: the window rules over each record.
 *
 * Shape   windows_take() is given a record and its time.  A record counts for a
 *         rule when it has every member of the rule's key, as text, number or
 *         boolean.  An anomaly is rendered (anomaly.h) and given to on_anomaly.
 * Rule    More than the limit within the window is a warning, from 1.5 times the
 *         limit on critical.  After an anomaly there is none of that key for
 *         the cooldown, but for one: when what was told as a warning becomes
 *         critical.  The cooldown counts from the last of both.
 * Time    Each key has its own, the timestamps of its events (window.h): a clock
 *         that is wrong hurts its own keys only.  Which keys are idle is told
 *         by the time of the whole stream, which follows the records, not what
 *         a few of them claim.
 * Owner   windows_init() to windows_release(); the rules are the caller's.
 * Errors  Dies when memory is out.
 */
#ifndef RX_ALERT_WINDOWS_H
#define RX_ALERT_WINDOWS_H

#include <stdint.h>

#include "cmd/rx-alert/pick.h"
#include "cmd/rx-alert/window_rules.h"
#include "cmd/rx-alert/window_table.h"
#include "lib/buf.h"
#include "lib/record.h"

/* One event of one key, as it was judged. */
struct windows_event {
	const struct window_rule *rule;
	const struct window *window;
	struct record *record;
	struct value key[WINDOW_BY_MAX];
	int64_t ns;
	int64_t count; /* WINDOW_LATE: not looked at */
	uint32_t limit;
	int64_t cooldown_ns; /* what was left of it, before */
	bool told; /* it made an anomaly */
};

struct windows {
	uint64_t events, late; /* of some rule; of those, not looked at */
	uint64_t warnings, criticals;
	bool changed; /* worth saving */
	struct window_table table;
	const struct window_rules *rules;
	void (*on_anomaly)(void *arg, struct span line);
	/* NULL, or wants to know each event: --explain */
	void (*on_event)(void *arg, const struct windows_event *);
	void *arg;
	/* private */
	uint64_t seed[2];
	struct window_key bases[WINDOW_RULES_MAX];
	struct window_keep keep[WINDOW_RULES_MAX];
	int64_t now_ns; /* of the stream: it never falls */
	int64_t newest_ns, odd_ns; /* of the records */
	bool odd;
	struct picker *picker;
	struct buf texts[WINDOW_BY_MAX], out;
};

void windows_init(struct windows *, const struct window_rules *,
    uint64_t max_keys, bool replaying, struct picker *);
void windows_take(struct windows *, struct record *, int64_t ns);

/* As another process left off: what the keys in a table were made with, and
 * its time of the stream. */
void windows_resume(struct windows *, const uint64_t seed[2], int64_t now_ns,
    int64_t newest_ns);

/* Other rules, by name: keys of those that are gone go too. */
void windows_use(struct windows *, const struct window_rules *);
void windows_release(struct windows *);

#endif
