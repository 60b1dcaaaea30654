/* SPDX-License-Identifier: MIT */
/*
 * stream_wish -- what a client asks a stream for, in its query.
 *
 * from    first  all that is in the ring, and what follows; without it, too
 *         last   what follows
 *         PLACE  what follows the message of that place: LIFE.N, LIFE that of
 *                this process.  Of another life it is answered by all there is
 *                and {"dropped":null}.
 *         Whoever names it is told places from then on.
 * Others  As filter.h says, for logs.
 * Errors  -1, and why.
 */
#ifndef RX_SERVE_STREAM_WISH_H
#define RX_SERVE_STREAM_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-serve/filter.h"
#include "cmd/rx-serve/stream.h"
#include "lib/buf.h"
#include "lib/span.h"

struct stream_wish {
	enum {
		WISH_FIRST,
		WISH_LAST,
		WISH_PLACE,
		WISH_UNKNOWN, /* a place of another life */
	} from;
	bool places;
	uint64_t place;
	struct filter filter;
};

int stream_wish_parse(struct stream_wish *, enum stream_kind, struct span query,
    const char **why);

/* "_rx":{"at":PLACE} */
void stream_place(struct buf *, uint64_t number);

#endif
