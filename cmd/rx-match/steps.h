/* SPDX-License-Identifier: MIT */
/*
 * steps -- what a selected record passes through before it is written.
 *
 * Shape   A feature that adds members to records, or takes records out of the
 *         stream, is a struct step in a file of its own.  steps.c holds the one
 *         table of all of them, in the order in which they are taken, which
 *         rx-match(1) states.  Patterns (-e, -k) and --severity-at-least have
 *         selected the record before its first step; what passes the last is
 *         counted (-c, -m) and written (--format).
 * Use     The option of a feature calls steps_use().  A step that is not in
 *         use costs nothing.
 * Life    start() once, after the options and before privileges are given up:
 *         it opens, compiles, and dies with EX_USAGE, EX_CONFIG, ….  --check
 *         ends behind it, so it creates and changes nothing that --check must
 *         not.  Then take() for each record; finish() at the end.
 * Options What its options say can be said anew, on HUP: forget() puts it aside,
 *         as if none was given, check() says what is wrong with what was given
 *         since, or NULL, and adopt() brings it into force, or what was put
 *         aside back.  A step without forget() keeps its options.  At the start
 *         there is only check().
 * Reload  reload() on HUP, between blocks: reads its files again, keeps what it
 *         has on an error, and says so.  start() names them, steps_reread().
 * Marks   Control records do not come here.  settle() runs before each and at
 *         the end of each input: a step that holds something back writes it
 *         there (PROTOCOL.md R3, R5), with emit_made().
 * Time    idle() runs before input is waited for, and says in how many
 *         milliseconds it wants to run again if none comes; -1: need not.
 * Hold    While holding() says so, the control record that ends what was read
 *         waits for what comes next, or for idle() to let go.
 * Context Records that -A, -B or -C add around a match pass only through the
 *         steps that say so, and none of these can take them out.
 * Drop    The table counts what a step drops and tells it with --verbose.  A
 *         step that rejects states item->why and item->member: the first is
 *         shown on stderr, all are counted, and the exit status is then 1.
 *         stats() adds families of its own to --stats.
 * Null    Any function but take() may be NULL.
 */
#ifndef RX_STEPS_H
#define RX_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "item.h"

struct job;

enum step_says {
	STEP_PASS,
	STEP_DROP,
	STEP_REJECT,
	STEP_SKIP /* out, but not counted: no record is what is asked for */
};

struct step {
	const char *name; /* as counters and messages call it: "sample" */
	bool of_context;
	void (*forget)(void);
	const char *(*check)(void);
	void (*adopt)(struct job *, bool good);
	void (*start)(struct job *);
	enum step_says (*take)(struct job *, struct item *);
	void (*settle)(struct job *);
	int64_t (*idle)(struct job *);
	bool (*holding)(void);
	void (*reload)(struct job *);
	void (*finish)(struct job *);
	void (*stats)(struct buf *);
};

void steps_use(const struct step *); /* again is allowed */
bool steps_any(void); /* is one in use */

/* The first in use that comes behind this one, as options name it, or NULL. */
const char *steps_behind(const struct step *);

void steps_forget(void);
const char *steps_check(void);
void steps_adopt(struct job *, bool good);

void steps_start(struct job *);
bool steps_take(struct job *, struct item *); /* false: it is out */
void steps_of_context(struct job *, struct item *);
void steps_settle(struct job *);
int64_t steps_idle(struct job *); /* the soonest; -1: none */
bool steps_holding(void);
void steps_reload(struct job *);
void steps_finish(struct job *);
void steps_stats(struct buf *);

/* This file is to be read again when privileges were given up. */
void steps_reread(struct job *, const char *path);

#endif
