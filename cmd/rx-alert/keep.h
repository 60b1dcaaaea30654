/* SPDX-License-Identifier: MIT */
/*
 * keep -- when the state is saved, and when what was decided is handed on.
 *
 * Shape   A ticket is decided, saved, handed on and saved again: a crash in
 *         between makes it once more, with the same id, and never loses it.
 *         Anomalies are held until they are in the state of the windows, then
 *         handed on; a crash in between hands on the same bytes at the start.
 * Pace    Of no urgency: after a minute of record time, or ten seconds while a
 *         duration runs, and not more than once a second.  Windows every second,
 *         and less often the more keys there are; saving them may take a tenth
 *         of the time, and anomalies wait for it.
 * Files   PATH for the rules, PATH.windows where there are windows.
 * Errors  Dies when they, or stdout, cannot be written.
 */
#ifndef RX_ALERT_KEEP_H
#define RX_ALERT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-alert/engine.h"
#include "lib/buf.h"
#include "lib/outbuf.h"

struct keep {
	const char *path; /* NULL: nothing is kept */
	struct engine *engine;
	struct outbuf *out;
	/* private */
	bool urgent; /* an event was handed on since the last save */
	int64_t saved_ns, saved_ms; /* record time, and ours */
	char *windows_path;
	int64_t windows_saved_ms, windows_cost_ms;
	struct buf held; /* anomalies */
	bool handed_on; /* the file does not know it of some */
};

void keep_init(
    struct keep *, const char *path, struct engine *, struct outbuf *);

/* What the files say goes into the engine; a bad file is told and set aside. */
void keep_load(struct keep *);

void keep_event(struct keep *, enum event, struct span line, struct watch *);
void keep_anomaly(struct keep *, struct span line);

/* After some records: what is due. */
void keep_step(struct keep *);

/* Nothing is left to read: hands on, saves, and waits until there is more. */
void keep_wait(struct keep *, int fd);

/* At the end: everything. */
void keep_close(struct keep *);

#endif
