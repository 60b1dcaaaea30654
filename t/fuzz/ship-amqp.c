/* SPDX-License-Identifier: MIT */
/*
 * ship-amqp -- what a broker sends, in pieces of every size: each call takes
 * bytes or says that they are no AMQP.
 */
#include "cmd/rx-ship/amqp_frame.h"
#include "t/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = fuzz_copy(data, size);
	amqp_connection_state_t state = amqp_new_connection();
	size_t piece = size > 0 ? (size_t)data[0] + 1 : 1;
	int got = 0;

	FUZZ_TRUE(state != NULL);
	while (all.len > 0 && got >= 0) {
		struct span part = { all.at,
			all.len < piece ? all.len : piece };
		size_t before = part.len;
		amqp_frame_t frame;

		while (part.len > 0 &&
		    (got = amqp_decode(state, &part, &frame)) > 0) {
			FUZZ_TRUE(part.len < before);
			if (frame.frame_type == AMQP_FRAME_BODY)
				FUZZ_TRUE(
				    frame.payload.body_fragment.len <= size);
			amqp_maybe_release_buffers(state);
		}
		FUZZ_TRUE(got < 0 || part.len == 0);
		all = span_skip(all, before);
	}
	amqp_destroy_connection(state);
	return 0;
}
