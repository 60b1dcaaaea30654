/* SPDX-License-Identifier: MIT */
/*
 * stages -- what the other stages on this host count, from the files of their
 *           --stats.
 *
 * Shape   Each NAME.prom of the directory is the stage NAME, of letters,
 *         digits and "._-".  stages_read()
 *         reads them all; what they say is Prometheus text, sample by sample
 *         under its family.
 * Limits  STAGES_MAX files of STAGE_BYTES each; what is beyond, no regular
 *         file, or no such text is left out.  A stage that has not written for
 *         STAGE_STALE_MS is stale.
 * Owner   Spans live until stages_release().
 * Errors  -1 with errno when the directory cannot be read.
 * Source  Prometheus text exposition format 0.0.4.
 */
#ifndef RX_SERVE_STAGES_H
#define RX_SERVE_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define STAGES_MAX 64
#define STAGE_BYTES (1024 * 1024)
#define STAGE_STALE_MS 60000
#define STAGE_NAME 64

struct stage {
	char name[STAGE_NAME + 1];
	int64_t age_ms;
	struct buf text;
};

struct stages {
	struct stage list[STAGES_MAX];
	size_t n;
};

/* dir NULL: none. */
int stages_read(struct stages *, const char *dir);
/* One more, which has no file; its text is the caller's to fill. */
struct stage *stages_add(struct stages *, const char *name);
void stages_release(struct stages *);

/* A line of the text: a sample, or the head of a family. */
struct sample {
	struct span family; /* of the last # TYPE */
	struct span name, labels, value; /* labels without braces */
	struct span head; /* # HELP and # TYPE, of the family */
};

/* The next sample; rest begins as the text.  false: there is none. */
bool sample_next(struct span *rest, struct sample *);

#endif
