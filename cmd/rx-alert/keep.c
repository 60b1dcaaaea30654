/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-alert/state.h"
#include "cmd/rx-alert/windows_state.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

#define SAVE_EVERY_NS (60 * NUM_S) /* of record time, when calm */
#define SAVE_EVERY_PENDING_NS (10 * NUM_S) /* while a duration runs */
#define SAVE_PAUSE_MS 1000 /* between saves of no urgency */
#define WINDOWS_LEAST_MS 1000
#define WINDOWS_MOST_MS 10000
#define WINDOWS_KEYS_MS 10 /* so many keys may be written in a millisecond */
#define WINDOWS_SHARE 10 /* of the time at most one part */
#define HELD_MAX (1024 * 1024) /* bytes */

static bool
has_windows(const struct keep *k)
{
	return k->engine->windows.rules->n > 0;
}

static void
flush(struct keep *k)
{
	if (outbuf_flush(k->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

static void
save(struct keep *k)
{
	if (state_save(k->engine, k->path) < 0)
		die_sys(EX_IOERR, "unable to write %s", k->path);
	k->engine->changed = k->urgent = false;
	k->saved_ns = k->engine->now_ns;
	k->saved_ms = stop_now_ms();
}

static void
save_windows(struct keep *k)
{
	int64_t start_ms = stop_now_ms();

	if (windows_save(
		&k->engine->windows, k->windows_path, buf_span(&k->held)) < 0)
		die_sys(EX_IOERR, "unable to write %s", k->windows_path);
	k->windows_saved_ms = stop_now_ms();
	k->windows_cost_ms = k->windows_saved_ms - start_ms;
	k->engine->windows.changed = false;
	k->handed_on = false;
}

static void
hand_on_anomalies(struct keep *k)
{
	if (k->held.len == 0)
		return;
	save_windows(k);
	outbuf_add(k->out, buf_span(&k->held));
	buf_reset(&k->held);
	flush(k);
	k->handed_on = true;
}

void
keep_init(
    struct keep *k, const char *path, struct engine *e, struct outbuf *out)
{
	*k = (struct keep){ .path = path, .engine = e, .out = out };
	if (path != NULL && asprintf(&k->windows_path, "%s.windows", path) < 0)
		die(EX_TEMPFAIL, "out of memory");
}

/* A state that cannot be read must not keep alerts from being made. */
static void
set_aside(const char *path, const char *why)
{
	char aside[4096];

	warn("starting without the state: %s", why);
	snprintf(aside, sizeof(aside), "%s.bad", path);
	if (rename(path, aside) == 0)
		info("it is kept as %s", aside);
}

void
keep_load(struct keep *k)
{
	struct engine *e = k->engine;
	char why[STATE_WHY];

	if (k->path == NULL)
		return;
	if (state_load(e, k->path, why) < 0) {
		keys_release(&e->nodes);
		keys_release(&e->watches);
		set_aside(k->path, why);
	}
	if (!has_windows(k))
		return;
	if (windows_load(&e->windows, k->windows_path, &k->held, why) < 0) {
		buf_reset(&k->held);
		set_aside(k->windows_path, why);
	}
	hand_on_anomalies(k);
}

void
keep_event(struct keep *k, enum event event, struct span line, struct watch *w)
{
	if (k->path != NULL && event == EVENT_TICKET)
		save(k); /* decided, not told */
	outbuf_add(k->out, line);
	if (k->path != NULL)
		flush(k);
	w->told = true;
	k->urgent = true;
}

void
keep_anomaly(struct keep *k, struct span line)
{
	if (k->path == NULL) {
		outbuf_add(k->out, line);
		return;
	}
	buf_add(&k->held, line);
	if (k->held.failed)
		die(EX_TEMPFAIL, "out of memory");
}

/* Milliseconds until the rules' state is worth saving: 0 now, -1 not at all. */
static int64_t
due_ms(const struct keep *k)
{
	const struct engine *e = k->engine;
	int64_t passed_ms = stop_now_ms() - k->saved_ms;
	int64_t every_ns = e->pending ? SAVE_EVERY_PENDING_NS : SAVE_EVERY_NS;

	if (k->urgent)
		return 0;
	if (!e->changed && e->now_ns - k->saved_ns < every_ns)
		return -1;
	return passed_ms >= SAVE_PAUSE_MS ? 0 : SAVE_PAUSE_MS - passed_ms;
}

/* Counts alone are not worth a disk's whole time: 1000 keys are 64 kB or more. */
static int64_t
windows_every_ms(const struct keep *k)
{
	int64_t ms = (int64_t)(k->engine->windows.table.n / WINDOWS_KEYS_MS);

	return ms < WINDOWS_LEAST_MS ? WINDOWS_LEAST_MS
	    : ms > WINDOWS_MOST_MS   ? WINDOWS_MOST_MS
				     : ms;
}

/* The same of the windows. */
static int64_t
windows_due_ms(const struct keep *k)
{
	int64_t pause_ms = k->windows_cost_ms * WINDOWS_SHARE;
	int64_t least_ms, left_ms;

	if (!has_windows(k) || (!k->engine->windows.changed && !k->handed_on))
		return -1;
	if (k->held.len > HELD_MAX)
		return 0;
	least_ms = k->held.len > 0 ? 0
	    : k->handed_on         ? SAVE_PAUSE_MS
				   : windows_every_ms(k);
	if (pause_ms < least_ms)
		pause_ms = least_ms;
	left_ms = pause_ms - (stop_now_ms() - k->windows_saved_ms);
	return left_ms > 0 ? left_ms : 0;
}

/* Saves what is due; how long to wait for more, -1: there is no need. */
static int64_t
save_due(struct keep *k)
{
	int64_t rules_ms, windows_ms;

	if (k->path == NULL)
		return -1;
	if ((windows_ms = windows_due_ms(k)) == 0) {
		if (k->held.len > 0)
			hand_on_anomalies(k);
		else
			save_windows(k);
		windows_ms = windows_due_ms(k);
	}
	if ((rules_ms = due_ms(k)) == 0) {
		save(k);
		rules_ms = -1;
	}
	if (windows_ms < 0 || rules_ms < 0)
		return windows_ms < 0 ? rules_ms : windows_ms;
	return windows_ms < rules_ms ? windows_ms : rules_ms;
}

void
keep_step(struct keep *k)
{
	save_due(k);
}

void
keep_wait(struct keep *k, int fd)
{
	struct pollfd in = { fd, POLLIN, 0 };
	int64_t wait_ms;

	flush(k);
	while ((wait_ms = save_due(k)) >= 0 && !stop_asked())
		if (wait_ms > 0 && stop_wait(&in, 1, wait_ms) != 0)
			return;
}

void
keep_close(struct keep *k)
{
	if (k->path != NULL) {
		if (has_windows(k)) {
			hand_on_anomalies(k);
			save_windows(k);
		}
	}
	if (outbuf_close(k->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (k->path != NULL)
		save(k);
	free(k->windows_path);
	buf_release(&k->held);
}
