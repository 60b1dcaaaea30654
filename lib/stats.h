/* SPDX-License-Identifier: MIT */
/*
 * stats -- a tool's own counters in a file, as Prometheus text (--stats FILE).
 *
 * Shape   A tool renders its counters with stats_family() and stats_value();
 *         stats_to() names the file and that function.  The file is replaced
 *         every STATS_MS, by stop_wait() or stop_poll(), and by stats_end():
 *         whoever reads it finds a whole one, old or new.
 *         Each begins with what all tools have: rx_build_info, the start time,
 *         processor time, resident memory, descriptors and threads of the
 *         process; how full the pipe at its standard input is, and how long
 *         its output was blocked.
 * Names   rx_TOOL_WHAT_UNIT, counters end in _total; base units (seconds,
 *         bytes).  A family is told once: its values follow it.
 * Confine The tool promises "wpath cpath" and allows the directory of the
 *         file, "rwc": the new file is written beside the old one.
 * Errors  stats_to() dies with EX_IOERR when the file cannot be written.
 *         Later it is a warning, and the next turn tries again.
 * Source  Prometheus text exposition format 0.0.4; the textfile collector of
 *         its node exporter reads such files.
 */
#ifndef RX_STATS_H
#define RX_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define STATS_MS 10000

/* A histogram: its values are _bucket{le=…}, _sum and _count. */
enum stats_kind { STATS_COUNTER, STATS_GAUGE, STATS_HISTOGRAM };

struct stats_label {
	const char *name, *value; /* the value: any bytes */
};

/* After diag_init(), before confine(). */
void stats_to(const char *path, void (*render)(void *, struct buf *), void *);
void stats_end(void);

/* What all tools have, for one that answers who asks instead: stats_start()
 * as stats_to(), stats_process() at any time. */
void stats_start(void);
void stats_process(struct buf *);

void stats_family(
    struct buf *, const char *name, enum stats_kind, const char *help);
void stats_value(struct buf *, const char *name, const struct stats_label *,
    size_t n_labels, uint64_t value);

/* The same for a duration, told in seconds. */
void stats_ns(struct buf *, const char *name, const struct stats_label *,
    size_t n_labels, int64_t ns);

/* The same for what is measured and not counted: 15 digits at most. */
void stats_real(struct buf *, const char *name, const struct stats_label *,
    size_t n_labels, double value);

/* A family with one value and no labels. */
void stats_one(struct buf *, const char *name, enum stats_kind,
    const char *help, uint64_t value);

#endif
