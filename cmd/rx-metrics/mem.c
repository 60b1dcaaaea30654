/* SPDX-License-Identifier: MIT */
/*
 * mem -- memory and swap, from /proc/meminfo.
 *
 * What can be had without swapping is MemAvailable, so used is the total
 * without it, as free(1) shows it; the cache is not use (T-16).
 */
#include "cmd/rx-metrics/metrics.h"

enum { TOTAL, AVAILABLE, FREE, BUFFERS, CACHED, SWAP_TOTAL, SWAP_FREE, N_KEYS };

static const char *const keys[N_KEYS] = { "MemTotal:", "MemAvailable:",
	"MemFree:", "Buffers:", "Cached:", "SwapTotal:", "SwapFree:" };

void
mem_init(struct mem *m)
{
	*m = (struct mem){ .meminfo = KEPT("meminfo") };
	buf_init(&m->text);
}

static void
read_keys(struct span text, double bytes[N_KEYS])
{
	struct span line, key;
	uint64_t kib;
	size_t i, found = 0;

	for (i = 0; i < N_KEYS; i++)
		bytes[i] = ABSENT;
	while (found < N_KEYS && text_line(&text, &line)) {
		if (!text_word(&line, &key))
			continue;
		for (i = 0; i < N_KEYS && !span_is(key, keys[i]); i++)
			continue;
		if (i == N_KEYS)
			continue;
		found++;
		if (text_u64(&line, &kib))
			bytes[i] = (double)kib * 1024;
	}
}

void
mem_sample(struct mem *m, struct procfs *p)
{
	struct span text = { NULL, 0 };
	double v[N_KEYS];

	if (procfs_read(p, &m->meminfo, &text) < 0)
		text.len = 0;
	buf_reset(&m->text);
	buf_add(&m->text, text);
	read_keys(text, v);
	m->total = v[TOTAL];
	m->available = v[AVAILABLE];
	if (isnan(m->available)) /* Linux before 3.14 */
		m->available = v[FREE] + v[BUFFERS] + v[CACHED];
	m->used = fmax(m->total - m->available, 0);
	if (isnan(m->total) || isnan(m->available))
		m->used = ABSENT;
	m->usage_percent = m->total > 0 ? 100 * m->used / m->total : ABSENT;
	m->swap_total = v[SWAP_TOTAL];
	m->swap_used = v[SWAP_TOTAL] - v[SWAP_FREE];
	if (m->swap_used < 0)
		m->swap_used = ABSENT;
	m->swap_percent = m->swap_total > 0 ? 100 * m->swap_used / m->swap_total
					    : m->swap_total;
}

void
mem_release(struct mem *m)
{
	buf_release(&m->text);
}
