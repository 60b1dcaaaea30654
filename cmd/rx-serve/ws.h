/* SPDX-License-Identifier: MIT */
/*
 * ws -- WebSocket framing: what a client sends is checked, what we send is
 *       framed.
 *
 * In      ws_feed() takes bytes as they come and tells one event at a time.
 *         The text and binary of clients is checked and not kept: nothing is
 *         asked of them yet.
 * Strict  Every rule of RFC 6455 a server must check: no reserved bit or
 *         opcode, mask required, shortest length, control frames whole and at
 *         most 125 bytes, continuation only of what was begun, text valid
 *         UTF-8 across fragments, close with a valid code and reason.
 * Limits  WS_MESSAGE_MAX bytes a message, told by its length before it comes.
 * Errors  WS_BROKEN, and code then is what to close with: 1002, 1007, 1009.
 * Source  RFC 6455 sections 5, 7.4 and 8.1.
 */
#ifndef RX_SERVE_WS_H
#define RX_SERVE_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define WS_MESSAGE_MAX (64 * 1024)
#define WS_CONTROL_MAX 125
#define WS_HEAD_MAX 10 /* of a frame we send */

enum ws_event {
	WS_MORE, /* all was taken, a frame is not over */
	WS_FRAME, /* part of a message, or a whole one */
	WS_PING, /* control holds what to answer with */
	WS_PONG, /* control holds what it says */
	WS_CLOSE, /* code: what the client gave, 1005 for none */
	WS_BROKEN,
};

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_OP_CLOSE = 8,
	WS_OP_PING = 9,
	WS_OP_PONG = 10,
};

struct ws {
	unsigned char control[WS_CONTROL_MAX];
	size_t control_len;
	unsigned code;
	/* private */
	unsigned char head[14];
	size_t head_len, head_need;
	uint64_t left; /* of the frame's payload */
	uint64_t message_len;
	unsigned mask_at;
	unsigned char opcode; /* of this frame */
	unsigned char message; /* of the message begun, 0: none */
	unsigned char utf8_left, utf8_low, utf8_high;
	bool final;
};

void ws_init(struct ws *);
enum ws_event ws_feed(struct ws *, struct span *bytes);

/* The head of an unmasked frame that is a whole message; its length. */
size_t ws_head(unsigned char dst[WS_HEAD_MAX], enum ws_opcode, size_t len);

/* The answer to a client's handshake key; false: it is none. */
bool ws_accept(struct span key, char dst[29]);

#endif
