/* SPDX-License-Identifier: MIT */
/*
 * notify -- tells a service manager how this process is: sd_notify(3).
 *
 * Shape     Datagrams of lines NAME=VALUE to the socket that NOTIFY_SOCKET
 *           names, a path or, after an @, an abstract name.  Without that
 *           variable everything here does nothing.
 * Calls     notify_open() and the rest of the private ones are for stop.c,
 *           which calls them from where a tool waits; a tool says
 *           notify_ready() once, when its loop is about to turn, and names
 *           what it counts with notify_count().
 * Open      Before confine(), which takes socket(2) away.  The variables leave
 *           the environment: they are no business of children.
 * Watchdog  When WATCHDOG_USEC is there, and WATCHDOG_PID is ours or is not,
 *           there is a sign of life three times in that time.  It comes from
 *           stop_wait() and stop_poll(), by no thread and no signal: who hangs
 *           gives none.  So that to wait for a slow reader is no hanging, a
 *           pipe at standard output is made non-blocking then.
 * Status    With each sign of life, every NOTIFY_MS where there is no watchdog,
 *           STATUS= is what USR1 would print, and how many a second there were
 *           of what notify_count() names.
 * Events    notify_event() tells that something of a start is done, on stderr,
 *           where RX_EVENTS is in the environment (rx-agent(8), and its units)
 *           or there is a manager; nowhere else: a filter is quiet.
 * Errors    None: a manager that does not listen is no reason to stop working.
 * Source    sd_notify(3), sd_watchdog_enabled(3).
 */
#ifndef RX_NOTIFY_H
#define RX_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#define NOTIFY_MS 30000

/* ready: also an event.  what: "records", "lines"; total: it only grows. */
void notify_ready(const char *, ...) __attribute__((format(printf, 1, 2)));
void notify_event(const char *, ...) __attribute__((format(printf, 1, 2)));
void notify_count(const char *what, const uint64_t *total);

/* For stop.c. */
void notify_open(void);
int64_t notify_due_ms(void); /* on its clock; INT64_MAX: never */
void notify_beat(int64_t now_ms, void (*status)(void *), void *);
void notify_reloading(int64_t now_ns);
void notify_reloaded(void);
void notify_stopping(void); /* once; later calls do nothing */

#endif
