/* SPDX-License-Identifier: MIT */
/*
 * ticket -- an event as the record that is posted.
 *
 * Shape   title, description, priority, status, application, system_ip,
 *         alert_type, metric_value, in this order; then id, timestamp,
 *         node_id, first_breach, threshold, and subject where there is one.
 *         Of a subject that is gone metric_value is null, and there is a
 *         reason, "gone".
 * Id      From node, rule, subject and the time of the first breach: the same
 *         breach has the same id, whoever works it out again.  A repeat has a
 *         number behind it, the resolve event "resolved".
 * Title   A template: {icon} {PRIORITY} {metric} {of} {value} {for} {host};
 *         {of} and {for} bring their own blank and may be empty.
 */
#ifndef RX_ALERT_TICKET_H
#define RX_ALERT_TICKET_H

#include "cmd/rx-alert/machine.h"
#include "cmd/rx-alert/pick.h"
#include "lib/buf.h"

#define TICKET_TITLE "{icon} {PRIORITY}: {metric}{of} at {value}{for} on {host}"

struct ticket {
	const struct rule *rule;
	const struct watch *watch;
	enum event event;
	double value, threshold;
	struct span subject, node_id, host, ip, timestamp; /* plain text */
	struct record *record;
	struct picker *picker;
};

int ticket_check_title(const char *title, const char **why);

/* One line with its newline, appended. */
void ticket_render(struct buf *, const struct ticket *);

#endif
