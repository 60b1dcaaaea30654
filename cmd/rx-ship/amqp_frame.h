/* SPDX-License-Identifier: MIT */
/*
 * amqp_frame -- AMQP 0-9-1 frames to bytes and back.
 *
 * Of rabbitmq-c only the codec is used.  Its socket layer (0.11) receives
 * without a time limit once a heartbeat is late and publishes without a
 * deadline; here nothing can block, because the socket is ours: frames are
 * encoded into a buffer that is written when the socket takes bytes, and what
 * is read is decoded piece by piece.
 *
 * Errors  Encoders cannot fail; buf.failed tells at the end.
 *         amqp_decode: -1 when the bytes are no AMQP.
 * Owner   A decoded frame is a loan until the next amqp_decode().
 * Source  AMQP 0-9-1 section 4.2; rabbitmq-c amqp.h, amqp_framing.h.
 */
#ifndef RX_SHIP_AMQP_FRAME_H
#define RX_SHIP_AMQP_FRAME_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define AMQP_FRAME_EXTRA 8 /* bytes around a payload */

void amqp_put_method(
    struct buf *, unsigned channel, amqp_method_number_t, void *decoded);
void amqp_put_header(
    struct buf *, unsigned channel, uint64_t body, amqp_basic_properties_t *);
void amqp_put_body(
    struct buf *, unsigned channel, struct span body, size_t frame_max);
void amqp_put_heartbeat(struct buf *);

/*
 * Takes one frame from the front of *bytes: 1 and *frame, 0 when the bytes are
 * used up, -1.
 */
int amqp_decode(amqp_connection_state_t, struct span *bytes, amqp_frame_t *);

static inline amqp_bytes_t
amqp_bytes_of(struct span s)
{
	return (amqp_bytes_t){ s.len, (void *)(uintptr_t)s.at };
}

static inline struct span
amqp_span_of(amqp_bytes_t b)
{
	return (struct span){ b.bytes, b.len };
}

#endif
