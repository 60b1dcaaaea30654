/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/amqp_frame.h"

#include <string.h>

#include "cmd/rx-ship/target.h"

#define METHOD_MAX 8192 /* the longest we send: start-ok, with a password */
#define HEADER_MAX 2048 /* properties: a name, and what is constant */

const char *
target_versions(void)
{
	return amqp_version();
}

static void
put16(char *at, unsigned value)
{
	at[0] = (char)(value >> 8);
	at[1] = (char)value;
}

static void
put32(char *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* The seven bytes in front of a payload and the one behind it. */
static void
enclose(char *frame, unsigned type, unsigned channel, size_t payload)
{
	frame[0] = (char)type;
	put16(frame + 1, channel);
	put32(frame + 3, (uint32_t)payload);
	frame[7 + payload] = (char)AMQP_FRAME_END;
}

void
amqp_put_method(
    struct buf *b, unsigned channel, amqp_method_number_t id, void *decoded)
{
	char *frame = buf_room(b, METHOD_MAX + AMQP_FRAME_EXTRA);
	int n;

	if (frame == NULL)
		return;
	n = amqp_encode_method(
	    id, decoded, (amqp_bytes_t){ METHOD_MAX - 4, frame + 11 });
	if (n < 0) { /* longer than any broker takes */
		b->failed = true;
		return;
	}
	put32(frame + 7, id);
	enclose(frame, AMQP_FRAME_METHOD, channel, (size_t)n + 4);
	buf_took(b, (size_t)n + 4 + AMQP_FRAME_EXTRA);
}

void
amqp_put_header(struct buf *b, unsigned channel, uint64_t body,
    amqp_basic_properties_t *properties)
{
	char *frame = buf_room(b, HEADER_MAX + AMQP_FRAME_EXTRA);
	int n;

	if (frame == NULL)
		return;
	n = amqp_encode_properties(AMQP_BASIC_CLASS, properties,
	    (amqp_bytes_t){ HEADER_MAX - 12, frame + 19 });
	if (n < 0) {
		b->failed = true;
		return;
	}
	put16(frame + 7, AMQP_BASIC_CLASS);
	put16(frame + 9, 0);
	put32(frame + 11, (uint32_t)(body >> 32));
	put32(frame + 15, (uint32_t)body);
	enclose(frame, AMQP_FRAME_HEADER, channel, (size_t)n + 12);
	buf_took(b, (size_t)n + 12 + AMQP_FRAME_EXTRA);
}

void
amqp_put_body(
    struct buf *b, unsigned channel, struct span body, size_t frame_max)
{
	while (body.len > 0) {
		size_t n = frame_max - AMQP_FRAME_EXTRA;
		char *frame;

		if (n > body.len)
			n = body.len;
		if ((frame = buf_room(b, n + AMQP_FRAME_EXTRA)) == NULL)
			return;
		memcpy(frame + 7, body.at, n);
		enclose(frame, AMQP_FRAME_BODY, channel, n);
		buf_took(b, n + AMQP_FRAME_EXTRA);
		body = span_skip(body, n);
	}
}

void
amqp_put_heartbeat(struct buf *b)
{
	char *frame = buf_room(b, AMQP_FRAME_EXTRA);

	if (frame == NULL)
		return;
	enclose(frame, AMQP_FRAME_HEARTBEAT, 0, 0);
	buf_took(b, AMQP_FRAME_EXTRA);
}

int
amqp_decode(
    amqp_connection_state_t codec, struct span *bytes, amqp_frame_t *frame)
{
	/* Between two frames nothing of the one before is needed. */
	amqp_maybe_release_buffers(codec);
	while (bytes->len > 0) {
		int n = amqp_handle_input(codec, amqp_bytes_of(*bytes), frame);

		if (n < 0)
			return -1;
		*bytes = span_skip(*bytes, (size_t)n);
		if (frame->frame_type != 0)
			return 1;
		if (n == 0)
			break;
	}
	return 0;
}
