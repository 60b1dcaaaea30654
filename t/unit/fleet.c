/* SPDX-License-Identifier: MIT */
/*
 * fleet WHAT N MS [alike] -- when each of N nodes speaks, in ms, a line each.
 *
 * lost    What ships wait for from the loss of the broker at 0 until MS, when it
 *         is back: "try TIME" for each attempt in vain, "back TIME" for the last.
 * beat    Heartbeats every MS.
 * token   Renewals of tokens given at 0 for MS, with token_renew.c's margin.
 * alike   Without what tells nodes apart: one seed and one id for all.
 *
 * The waits and phases are those of the tools: lib/backoff, rx-metrics' pace.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-metrics/pace.h"
#include "lib/backoff.h"
#include "lib/num.h"

#define MARGIN_MS 300000 /* as in token_renew.c */
#define EARLY 0.2

static void
lost(struct backoff *b, int64_t back_ms)
{
	int64_t at_ms = backoff_next_ms(b);

	for (; at_ms < back_ms; at_ms += backoff_next_ms(b))
		printf("try %" PRId64 "\n", at_ms);
	printf("back %" PRId64 "\n", at_ms);
}

int
main(int argc, char *argv[])
{
	bool alike = argc == 5 && strcmp(argv[4], "alike") == 0;
	int64_t ms;
	int n;

	if (argc < 4)
		return 64;
	n = atoi(argv[2]);
	ms = atoll(argv[3]);
	for (int i = 0; i < n; i++) {
		struct backoff b;
		char id[32];

		snprintf(id, sizeof(id), "node-%d", alike ? 0 : i);
		/* As rx-ship has it, but for the random part of its seed. */
		backoff_init(&b, 1000, 60000, alike ? 1 : (uint64_t)i * 7919);
		if (strcmp(argv[1], "lost") == 0)
			lost(&b, ms);
		else if (strcmp(argv[1], "beat") == 0)
			printf("beat %.0f\n", pace_phase(id) * (double)ms);
		else
			printf("token %.0f\n",
			    (double)(ms - MARGIN_MS) -
				(alike ? 0 : backoff_part(&b)) * EARLY *
				    MARGIN_MS);
	}
	return 0;
}
