/* SPDX-License-Identifier: MIT */
/*
 * self -- what the tools of rx tell of themselves (--self DIR).
 *
 * Shape   DIR holds files NAME.prom that tools write with --stats.  Each becomes
 *         one member, "NAME":{"age_seconds":1.2,"family":3,"other":{"label":4}}:
 *         a family without labels is a number, one with one label an object.
 *         Families with more labels are left out: there is one for each watched
 *         file in them.
 * Limits  SELF_FILES files; of one what fits into 8 KiB of JSON.
 * Errors  self_new: NULL with errno.  Later a file that cannot be read is left
 *         out, and its age tells of one that is not written any more.
 * Source  Prometheus text exposition format 0.0.4, as lib/stats writes it.
 */
#ifndef RX_METRICS_SELF_H
#define RX_METRICS_SELF_H

#include <stdint.h>

#include "cmd/rx-metrics/procfs.h"
#include "lib/buf.h"

#define SELF_FILES 32

struct self;

struct self *self_new(const char *dir);
void self_sample(struct self *);
void self_render(struct buf *, const struct self *, int64_t wall_ns);
void self_free(struct self *);

#endif
