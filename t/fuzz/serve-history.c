/* SPDX-License-Identifier: MIT */
/*
 * serve-history -- the query of a history: refused with a reason, or within
 * all its limits, and the same again.
 */
#include "cmd/rx-serve/history.h"
#include "t/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_copy(data, size);
	struct history_query q, again;
	const char *why = NULL;

	if (!history_query_parse(&q, text, &why)) {
		FUZZ_TRUE(why != NULL);
		return 0;
	}
	FUZZ_TRUE(q.limit >= 1 && q.limit <= HISTORY_LIMIT);
	FUZZ_TRUE(q.before >= 1 && q.n_where <= HISTORY_WHERE);
	FUZZ_TRUE(history_query_parse(&again, text, &why));
	FUZZ_TRUE(again.limit == q.limit && again.n_where == q.n_where);
	for (size_t i = 0; i < q.n_where; i++) {
		FUZZ_TRUE(q.where[i].member[0] != '\0');
		FUZZ_TRUE(strcmp(q.where[i].value, again.where[i].value) == 0);
	}
	return 0;
}
