/* SPDX-License-Identifier: MIT */
/*
 * A frame is: one byte of flags and opcode, one of mask bit and length, 0, 2 or
 * 8 more of length, 4 of mask, the payload.  head collects what stands before
 * the payload; head_need grows as its first bytes tell how much that is.
 */
#include "cmd/rx-serve/ws.h"

#include <openssl/evp.h>
#include <string.h>

#define FINAL 0x80
#define RESERVED 0x70
#define MASKED 0x80

void
ws_init(struct ws *w)
{
	memset(w, 0, sizeof(*w));
	w->head_need = 2;
}

static enum ws_event
broken(struct ws *w, unsigned code)
{
	w->code = code;
	return WS_BROKEN;
}

static bool
is_control(const struct ws *w)
{
	return (w->opcode & 8) != 0;
}

/* Flags and opcode, before the length is known. */
static bool
flags_fit(const struct ws *w)
{
	if ((w->head[0] & RESERVED) != 0 || (w->head[1] & MASKED) == 0)
		return false;
	switch (w->opcode) {
	case WS_CONTINUATION: return w->message != 0;
	case WS_TEXT:
	case WS_BINARY: return w->message == 0;
	case WS_OP_CLOSE:
	case WS_OP_PING:
	case WS_OP_PONG:
		return w->final && (w->head[1] & 0x7f) <= WS_CONTROL_MAX;
	default: return false;
	}
}

static uint64_t
big_endian(const unsigned char *at, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *at++;
	return v;
}

/* The whole head is there. */
static enum ws_event
start_frame(struct ws *w)
{
	unsigned length = w->head[1] & 0x7f;

	w->left = length;
	if (length == 126 && (w->left = big_endian(w->head + 2, 2)) < 126)
		return broken(w, 1002);
	if (length == 127 &&
	    ((w->left = big_endian(w->head + 2, 8)) < 65536 ||
		w->left >> 63 != 0))
		return broken(w, 1002);
	w->mask_at = 0;
	if (is_control(w)) {
		w->control_len = 0;
		return WS_MORE;
	}
	if (w->opcode != WS_CONTINUATION) {
		w->message = w->opcode;
		w->message_len = 0;
		w->utf8_left = 0;
	}
	/* Neither number can be so large that the sum wraps. */
	if (w->left > WS_MESSAGE_MAX ||
	    (w->message_len += w->left) > WS_MESSAGE_MAX)
		return broken(w, 1009);
	return WS_MORE;
}

/* Text as it comes, cut anywhere: what the next byte must lie between. */
static bool
utf8_goes_on(struct ws *w, unsigned char c)
{
	if (w->utf8_left > 0) {
		if (c < w->utf8_low || c > w->utf8_high)
			return false;
		w->utf8_left--;
		w->utf8_low = 0x80;
		w->utf8_high = 0xbf;
		return true;
	}
	if (c < 0x80)
		return true;
	w->utf8_low = 0x80;
	w->utf8_high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		w->utf8_left = 1;
	else if ((c & 0xf0) == 0xe0) {
		w->utf8_left = 2;
		if (c == 0xe0)
			w->utf8_low = 0xa0; /* else overlong */
		if (c == 0xed)
			w->utf8_high = 0x9f; /* else a surrogate */
	} else if (c >= 0xf0 && c <= 0xf4) {
		w->utf8_left = 3;
		if (c == 0xf0)
			w->utf8_low = 0x90;
		if (c == 0xf4)
			w->utf8_high = 0x8f; /* else past U+10FFFF */
	} else
		return false;
	return true;
}

static bool
is_close_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) ||
	    (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static enum ws_event
end_close(struct ws *w)
{
	w->code = 1005;
	if (w->control_len == 0)
		return WS_CLOSE;
	if (w->control_len == 1)
		return broken(w, 1002);
	w->code = (unsigned)big_endian(w->control, 2);
	if (!is_close_code(w->code))
		return broken(w, 1002);
	w->utf8_left = 0;
	for (size_t i = 2; i < w->control_len; i++)
		if (!utf8_goes_on(w, w->control[i]))
			return broken(w, 1007);
	return w->utf8_left == 0 ? WS_CLOSE : broken(w, 1007);
}

static enum ws_event
end_frame(struct ws *w)
{
	w->head_len = 0;
	w->head_need = 2;
	switch (w->opcode) {
	case WS_OP_PING: return WS_PING;
	case WS_OP_PONG: return WS_PONG;
	case WS_OP_CLOSE: return end_close(w);
	}
	if (w->final) {
		if (w->message == WS_TEXT && w->utf8_left > 0)
			return broken(w, 1007);
		w->message = 0;
	}
	return WS_FRAME;
}

static enum ws_event
take_payload(struct ws *w, struct span *bytes)
{
	const unsigned char *mask = w->head + w->head_need - 4;

	for (; w->left > 0 && bytes->len > 0; w->left--) {
		unsigned char c =
		    (unsigned char)*bytes->at ^ mask[w->mask_at++ & 3];

		*bytes = span_skip(*bytes, 1);
		if (is_control(w))
			w->control[w->control_len++] = c;
		else if (w->message == WS_TEXT && !utf8_goes_on(w, c))
			return broken(w, 1007);
	}
	return w->left == 0 ? end_frame(w) : WS_MORE;
}

enum ws_event
ws_feed(struct ws *w, struct span *bytes)
{
	while (w->head_len < w->head_need) {
		if (bytes->len == 0)
			return WS_MORE;
		w->head[w->head_len++] = (unsigned char)*bytes->at;
		*bytes = span_skip(*bytes, 1);
		if (w->head_len == 2) {
			unsigned length = w->head[1] & 0x7f;

			w->opcode = w->head[0] & 0x0f;
			w->final = (w->head[0] & FINAL) != 0;
			if (!flags_fit(w))
				return broken(w, 1002);
			w->head_need = 6;
			if (length == 126)
				w->head_need = 8;
			else if (length == 127)
				w->head_need = 14;
		}
		if (w->head_len == w->head_need && start_frame(w) == WS_BROKEN)
			return WS_BROKEN;
	}
	return take_payload(w, bytes);
}

size_t
ws_head(unsigned char dst[WS_HEAD_MAX], enum ws_opcode opcode, size_t len)
{
	size_t n = len < 126 ? 0 : len < 65536 ? 2 : 8;

	dst[0] = (unsigned char)(FINAL | opcode);
	dst[1] = (unsigned char)(n == 0 ? len : n == 2 ? 126 : 127);
	for (size_t i = 0; i < n; i++)
		dst[2 + i] = (unsigned char)(len >> 8 * (n - 1 - i));
	return 2 + n;
}

bool
ws_accept(struct span key, char dst[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char raw[18], digest[EVP_MAX_MD_SIZE];
	char both[24 + sizeof(guid)];

	/* 16 bytes are 22 letters and two "=": no more, no less. */
	if (key.len != 24 || memcmp(key.at + 22, "==", 2) != 0 ||
	    memchr(key.at, '=', 22) != NULL ||
	    EVP_DecodeBlock(raw, (const unsigned char *)key.at, 24) != 18)
		return false;
	memcpy(both, key.at, 24);
	memcpy(both + 24, guid, sizeof(guid));
	if (EVP_Digest(
		both, sizeof(both) - 1, digest, NULL, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *)dst, digest, 20);
	return true;
}
