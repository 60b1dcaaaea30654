/* SPDX-License-Identifier: MIT */
/*
 * frame -- a line of the stream's command as the message clients get.
 *
 * Log     {"timestamp":…,"log":…} and then the record's other members as they
 *         came: log_path, severity, application, label and what else it has,
 *         but not _rx.  log is its log_line, else its log, else the
 *         whole record as text.  A record without a timestamp has the time it
 *         was read, and a line that is no record is all log.
 * Record  As it came, but without _rx; what is no record is left out.
 * Limits  FRAME_MAX bytes; a larger one is left out.  Control records of
 *         PROTOCOL.md are for programs and left out, too.
 * Source  rx-record(5); R-118.
 */
#ifndef RX_SERVE_FRAME_H
#define RX_SERVE_FRAME_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#define FRAME_MAX (RECORD_MAX + 64)

/* Appends to dst; false: nothing to send, *refused if that is a loss. */
bool frame_log(
    struct buf *dst, struct record *, struct span line, bool *refused);
bool frame_record(
    struct buf *dst, struct record *, struct span line, bool *refused);

#endif
