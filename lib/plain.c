/* SPDX-License-Identifier: MIT */
/* plain -- the part that is worth a call. */
#include "lib/plain.h"

#include "lib/plain_twin.h"

size_t
plain_run_far(const char *at, size_t n)
{
	return plain_best()->run(at, n);
}
