/* SPDX-License-Identifier: MIT */
/*
 * serve-request -- the head of a request: refused with a status, or of one
 * meaning whose parts lie in its bytes.
 */
#include "cmd/rx-serve/request.h"
#include "t/fuzz/fuzz.h"

static void
lies_in(struct span part, struct span whole)
{
	FUZZ_TRUE(part.len == 0 ||
	    (part.at >= whole.at &&
		part.at + part.len <= whole.at + whole.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = fuzz_copy(data, size);
	struct request r;
	const char *why = NULL;
	size_t head = request_head(all);
	int status;

	if (head == 0) {
		status = request_doubt(all, &why);
		FUZZ_TRUE(status == 0 || why != NULL);
		return 0;
	}
	FUZZ_TRUE(head <= size);
	all.len = head;
	status = request_parse(&r, all);
	FUZZ_TRUE(status == 0 || (status >= 400 && r.why != NULL));
	if (status != 0)
		return 0;
	lies_in(r.path, all);
	lies_in(r.query, all);
	lies_in(r.host, all);
	lies_in(r.authorization, all);
	lies_in(r.ws_key, all);
	FUZZ_TRUE(r.path.len > 0 && *r.path.at == '/');
	FUZZ_TRUE(memchr(all.at, '\0', all.len) == NULL);
	return 0;
}
