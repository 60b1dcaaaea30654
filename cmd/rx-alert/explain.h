/* SPDX-License-Identifier: MIT */
/*
 * explain -- --explain: in place of alerts, each value that was held against a
 *            rule, and why it did or did not make one.
 *
 * Shape   One JSON object a line, with the members of rx-alert(1), EXPLAIN.
 *         Times left are those after the value was judged.
 * End     explain_end() warns of rules that no record had a value for.
 */
#ifndef RX_ALERT_EXPLAIN_H
#define RX_ALERT_EXPLAIN_H

#include <stdbool.h>

#include "cmd/rx-alert/engine.h"
#include "lib/buf.h"
#include "lib/outbuf.h"

struct explain {
	struct outbuf *out;
	/* private */
	const struct rules *rules;
	struct buf line;
	bool seen[RULES_MAX], counted[WINDOW_RULES_MAX];
};

void explain_use(struct explain *, const struct rules *);
void explain_look(struct explain *, const struct engine_look *);
void explain_event(struct explain *, const struct windows_event *);
void explain_end(struct explain *);

#endif
