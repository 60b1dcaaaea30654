/* SPDX-License-Identifier: MIT */
/*
 * serve-query -- the query of a stream, and a log it is asked about: refused
 * with a reason, or a filter that answers the same again.
 */
#include "cmd/rx-serve/stream_wish.h"
#include "t/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span log = fuzz_copy(data, size), query = fuzz_first(&log);
	struct stream_wish wish, again;
	const char *why = NULL;
	struct filter_view view = { 1, log };

	if (stream_wish_parse(&wish, STREAM_LOGS, query, &why) < 0) {
		FUZZ_TRUE(why != NULL);
		return 0;
	}
	FUZZ_TRUE(stream_wish_parse(&again, STREAM_LOGS, query, &why) == 0);
	FUZZ_TRUE(filter_same(&wish.filter, &again.filter));
	FUZZ_TRUE(filter_takes(&wish.filter, &view) ==
	    filter_takes(&again.filter, &view));
	FUZZ_TRUE(
	    !filter_is_all(&wish.filter) || filter_takes(&wish.filter, &view));
	return 0;
}
