/* SPDX-License-Identifier: MIT */
/*
 * serve-frame -- what a WebSocket client sends: cut anywhere it tells the same
 * events, and none behind the end of one that broke.
 */
#include "cmd/rx-serve/ws.h"
#include "t/fuzz/fuzz.h"

#define EVENTS 4096

/* The events of the bytes, step of them at a time. */
static size_t
run(struct span all, size_t step, unsigned events[EVENTS])
{
	struct ws w;
	size_t n = 0;

	ws_init(&w);
	while (all.len > 0) {
		struct span part = { all.at, step < all.len ? step : all.len };

		all = span_skip(all, part.len);
		while (part.len > 0) {
			enum ws_event e = ws_feed(&w, &part);

			FUZZ_TRUE(w.control_len <= WS_CONTROL_MAX);
			if (e == WS_MORE)
				continue;
			if (n < EVENTS)
				events[n++] = (unsigned)e << 16 |
				    (e == WS_CLOSE || e == WS_BROKEN ? w.code
								     : 0);
			if (e == WS_CLOSE || e == WS_BROKEN)
				return n;
		}
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned whole[EVENTS], pieces[EVENTS];
	struct span all = fuzz_copy(data, size);
	size_t n = run(all, size, whole);

	FUZZ_TRUE(n == run(all, 1, pieces));
	FUZZ_TRUE(memcmp(whole, pieces, n * sizeof(*whole)) == 0);
	return 0;
}
