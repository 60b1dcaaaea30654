/* SPDX-License-Identifier: MIT */
/*
 * anomaly -- what a window rule found, as the record that is written.
 *
 * Shape   timestamp, node_id where the event has one, alert_type, severity (warn
 *         or critical), the members of the key under their last names and as
 *         they stood in the event, count, threshold, window_seconds,
 *         first_event, id.  count_is_least stands behind count, and is true,
 *         when older events were forgotten for lack of memory.
 * Time    timestamp is that of the event, first_event that of the first in the
 *         window that ends with it.
 * Id      From rule, key, severity and the time of the event: the same anomaly
 *         has the same id, whoever works it out again.
 */
#ifndef RX_ALERT_ANOMALY_H
#define RX_ALERT_ANOMALY_H

#include "cmd/rx-alert/windows.h"
#include "lib/buf.h"

/* One line with its newline, appended. */
void anomaly_render(struct buf *, const struct windows_event *);

/* ,"name":value for each member of the key. */
void anomaly_key(struct buf *, const struct windows_event *);

#endif
