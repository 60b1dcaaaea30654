/* SPDX-License-Identifier: MIT */
#include "lib/backoff.h"

#include <string.h>
#include <unistd.h>

#include "lib/hash.h"
#include "lib/num.h"

#define LONGEST_MS INT64_C(86400000)

/* splitmix64: one word of state, good enough to spread waits. */
static uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
backoff_init(struct backoff *b, int64_t first_ms, int64_t max_ms, uint64_t seed)
{
	int64_t step = first_ms;

	*b = (struct backoff){ .seed = seed };
	while (step < max_ms && b->n_steps < BACKOFF_STEPS - 1) {
		b->steps_ms[b->n_steps++] = step;
		step *= 2;
	}
	b->steps_ms[b->n_steps++] = max_ms;
}

static int
step_of(struct span text, int64_t *ms, const char **why)
{
	int64_t ns;

	if (num_duration(text, &ns, why) < 0)
		return -1;
	*ms = ns / NUM_MS;
	if (*ms < 1 || *ms > LONGEST_MS) {
		*why = "is out of range, 1ms to 1d";
		return -1;
	}
	return 0;
}

int
backoff_parse(
    struct backoff *b, struct span text, uint64_t seed, const char **why)
{
	const char *dots = memmem(text.at, text.len, "..", 2);
	int64_t first, max;

	if (dots != NULL) {
		size_t n = (size_t)(dots - text.at);

		if (step_of((struct span){ text.at, n }, &first, why) < 0 ||
		    step_of(span_skip(text, n + 2), &max, why) < 0)
			return -1;
		if (first > max) {
			*why = "starts above its end";
			return -1;
		}
		backoff_init(b, first, max, seed);
		return 0;
	}
	*b = (struct backoff){ .seed = seed };
	for (;;) {
		const char *comma = memchr(text.at, ',', text.len);
		size_t n = comma == NULL ? text.len : (size_t)(comma - text.at);

		if (b->n_steps == BACKOFF_STEPS) {
			*why = "has too many steps";
			return -1;
		}
		if (step_of((struct span){ text.at, n },
			&b->steps_ms[b->n_steps++], why) < 0)
			return -1;
		if (comma == NULL)
			return 0;
		text = span_skip(text, n + 1);
	}
}

int64_t
backoff_next_ms(struct backoff *b)
{
	unsigned at = b->tries < b->n_steps ? b->tries : b->n_steps - 1;
	int64_t step = b->steps_ms[at], spread = step / 10;

	if (b->tries < UINT32_MAX)
		b->tries++;
	if (spread == 0)
		return step;
	return step - spread +
	    (int64_t)(next_random(&b->seed) % (uint64_t)(2 * spread + 1));
}

void
backoff_reset(struct backoff *b)
{
	b->tries = 0;
}

double
backoff_part(struct backoff *b)
{
	return (double)(next_random(&b->seed) >> 11) / 9007199254740992.0;
}

uint64_t
backoff_seed(const char *name)
{
	return hash_bytes(hash_seed() ^ (uint64_t)getpid(), span_of(name));
}
