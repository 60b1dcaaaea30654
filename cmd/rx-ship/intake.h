/* SPDX-License-Identifier: MIT */
/*
 * intake -- a line of input becomes a message: its body without _rx, its id,
 *           its time.
 *
 * Shape   TAKEN  it is in the window now
 *         PASSED a control record, which is not for us
 *         REFUSED no record, why says why
 *         BROKEN the stream is not what its head said, why says why
 * Limits  The window must not be full.
 */
#ifndef RX_SHIP_INTAKE_H
#define RX_SHIP_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-ship/window.h"
#include "lib/buf.h"
#include "lib/digest.h"
#include "lib/record.h"
#include "lib/span.h"

enum taken { INTAKE_TAKEN, INTAKE_PASSED, INTAKE_REFUSED, INTAKE_BROKEN };

struct intake {
	bool spool; /* an open was seen: what is not settled is not lost */
	const char *why;
	/* private */
	struct window *window;
	const char *expected;
	struct record record;
	struct buf name;
	uint64_t epoch;
	char nonce[DIGEST_NONCE + 1]; /* for records that bring no id */
	uint64_t unnamed;
};

/* expected: the only spool that may emit to us; NULL: any. */
void intake_init(struct intake *, struct window *, const char *expected);
void intake_release(struct intake *);
enum taken intake_line(struct intake *, struct span line);

#endif
