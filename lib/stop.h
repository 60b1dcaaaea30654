/* SPDX-License-Identifier: MIT */
/*
 * stop -- signals as a descriptor, and the one place where a tool waits.
 *
 * TERM, INT   The descriptor of stop_init() turns readable and stays so; a
 *             tool then stops reading, hands on what it has, and exits 0.
 *             A watchdog ends the process when that takes longer than
 *             drain_ms: with a message and EX_TEMPFAIL, never later.
 * HUP, USR1   Run the function given to stop_on_reload(), stop_on_status(),
 *             not inside the handler but from stop_wait() or stop_poll().
 * Clock       stop_every() names one function that is due every so many
 *             milliseconds; it runs from the same two.
 * Manager     So do the signs of life of notify.h, which stop_init() opens.
 * PIPE        Ends it as by default when a write of its own has no reader: a
 *             filter dies as quietly as cat.  Tools that speak to the network call
 *             stop_ignore_pipe() and meet EPIPE instead.
 * Strays      A PIPE or ALRM that somebody else sends, and USR2, do nothing.
 * stop_reader Names the output whose reader matters.  While the tool waits
 *             for anything and that reader leaves, the tool dies by SIGPIPE
 *             (exits EX_IOERR where PIPE is ignored): an idle stage must not
 *             outlive its pipeline (PROTOCOL.md R8).
 *
 * Errors  stop_init: -1 with errno.  stop_wait: as poll(2), except that EINTR
 *         is never reported.
 * Source  POSIX.1-2017 poll(2), sigaction(2); Bernstein's self-pipe trick.
 */
#ifndef RX_STOP_H
#define RX_STOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define STOP_DRAIN_MS 10000 /* the default of --drain */

int stop_init(void); /* the descriptor, -1 on error */
void stop_drain_ms(int64_t); /* --drain; before or after stop_init */
int64_t stop_left_ms(void); /* until the watchdog; --drain before TERM */
bool stop_asked(void); /* TERM or INT has come: one flag, cheap */
void stop_on_status(void (*)(void *), void *);
void stop_on_reload(void (*)(void *), void *);
void stop_every(int64_t ms, void (*)(void *), void *); /* first in ms */
void stop_ignore_pipe(void);
void stop_reader(int fd);

/* From a function that HUP or the clock runs: the wait that ran it, or the next
 * one, ends at once. */
void stop_wake(void);

/* Runs what HUP, USR1 or the clock ask for.  For loops that never wait. */
void stop_poll(void);

/*
 * poll(2) over fds, at most timeout_ms (-1: for ever).  The first call after
 * TERM or INT came returns at once, with 0 if nothing else is ready, so look at
 * stop_asked(); later ones wait for what they are asked for.
 */
int stop_wait(struct pollfd *fds, nfds_t n, int64_t timeout_ms);

/* Milliseconds and nanoseconds of a clock that never steps. */
int64_t stop_now_ms(void);
int64_t stop_now_ns(void);

#endif
