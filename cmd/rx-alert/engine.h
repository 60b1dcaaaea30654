/* SPDX-License-Identifier: MIT */
/*
 * engine -- records in, events out: every rule over every record.
 *
 * Shape   engine_take() is given a line.  For each event it calls on_event with
 *         the rendered line; on_event hands it on and sets watch->told.
 * Time    That of the records only (moment.h), for each node by itself; windows
 *         have the time of each key (windows.h).
 * Explain Where on_look is set it is told each value that was held against a
 *         rule, after the event it may have made.
 * Refused A line that is no record, or has no timestamp, is counted and warned
 *         about; a value that is no number and a late record are counted.
 *         Control records (PROTOCOL.md) are not for us and are passed over.
 * Owner   engine_init() to engine_release(); the rules are the caller's.
 */
#ifndef RX_ALERT_ENGINE_H
#define RX_ALERT_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-alert/keys.h"
#include "cmd/rx-alert/machine.h"
#include "cmd/rx-alert/moment.h"
#include "cmd/rx-alert/pick.h"
#include "cmd/rx-alert/windows.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/record.h"

/* What says who a record is about, where it does not say so itself. */
struct whereabouts {
	const char *host, *ip; /* given; NULL: not */
	const char *local_id; /* of this host, NULL: replaying */
	const char *local_host, *local_ip;
};

/* One value held against one rule. */
struct engine_look {
	const struct rule *rule;
	const struct watch *watch;
	const struct step *step;
	enum event event;
	struct span subject, node, timestamp;
};

struct node {
	struct moment moment;
	/* private: gone.c */
	uint64_t firing; /* watches of a subject, at most */
	bool looked;
	int64_t looked_ns;
};

struct engine_asked {
	uint64_t max_watches, max_keys; /* of rules, of windows */
	bool replaying;
};

struct engine {
	uint64_t records, evaluations, tickets, resolved;
	uint64_t refused, late;
	bool changed; /* a phase changed: worth saving */
	bool pending; /* some duration runs: timers are worth saving too */
	int64_t now_ns; /* of the last record */
	const struct rules *rules;
	struct keys nodes; /* node id -> struct node */
	struct keys watches; /* node NUL rule NUL subject -> struct watch */
	struct windows windows;
	struct whereabouts where;
	void (*on_event)(
	    void *arg, enum event, struct span line, struct watch *);
	void (*on_look)(void *arg, const struct engine_look *);
	void *arg;
	/* private */
	struct picker picker;
	struct record record;
	struct diag_rate refusals;
	struct buf key, node, host, ip, time, out;
};

void engine_init(
    struct engine *, const struct rules *, const struct engine_asked *);
void engine_take(struct engine *, struct span line, bool torn);

/* Other rules from the next record on; timers of a name go on. */
void engine_use(struct engine *, const struct rules *);
void engine_release(struct engine *);

/* The key of a watch, in engine->key. */
struct span engine_key(
    struct engine *, struct span node, const char *rule, struct span subject);

#endif
