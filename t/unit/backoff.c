/* SPDX-License-Identifier: MIT */
/* backoff TEXT SEED N: N waits in ms, or "no: why". */
#include "lib/backoff.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char *argv[])
{
	struct backoff b;
	const char *why;

	if (argc != 4)
		return 64;
	if (backoff_parse(
		&b, span_of(argv[1]), strtoull(argv[2], NULL, 10), &why) < 0) {
		printf("no: %s\n", why);
		return 0;
	}
	for (int i = atoi(argv[3]); i > 0; i--)
		printf("%jd\n", (intmax_t)backoff_next_ms(&b));
	backoff_reset(&b);
	printf("%u\n", b.tries);
	return 0;
}
