/* SPDX-License-Identifier: MIT */
/*
 * cpu -- how busy the cores were, from the ticks of /proc/stat.
 *
 * Busy is user, nice, system, irq and softirq, and steal: time that was wanted
 * and not idle.  guest is part of user already.  The kernel may let idle and
 * iowait fall by a tick or two; the others only ever fall when the counters
 * started anew.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-metrics/metrics.h"

static const char *const facts[CPU_FACTS] = { [CPU_INTERRUPTS] = "intr",
	[CPU_SWITCHES] = "ctxt",
	[CPU_BOOT_TIME] = "btime",
	[CPU_FORKS] = "processes",
	[CPU_RUNNING] = "procs_running",
	[CPU_BLOCKED] = "procs_blocked" };

void
cpu_init(struct cpu *c)
{
	*c = (struct cpu){ .stat = KEPT("stat"), .loadavg = KEPT("loadavg") };
}

static bool
parse_ticks(struct span rest, struct cpu_times *t)
{
	size_t n;

	*t = (struct cpu_times){ .present = true };
	for (n = 0; n < CPU_TICKS && text_u64(&rest, &t->ticks[n]); n++)
		continue;
	return n > CPU_IDLE; /* the oldest kernels had four */
}

static uint64_t
busy_ticks(const struct cpu_times *t)
{
	return t->ticks[CPU_USER] + t->ticks[CPU_NICE] + t->ticks[CPU_SYSTEM] +
	    t->ticks[CPU_IRQ] + t->ticks[CPU_SOFTIRQ] + t->ticks[CPU_STEAL];
}

static double
fell_is_none(uint64_t last, uint64_t now)
{
	return now > last ? (double)(now - last) : 0;
}

/* The shares of the time between two readings; false on a reset. */
static bool
shares(const struct cpu_times *a, const struct cpu_times *b, double *busy,
    double *iowait, double *steal)
{
	double idle, waiting, worked, all;
	uint64_t before = busy_ticks(a), now = busy_ticks(b);

	*busy = *iowait = *steal = ABSENT;
	if (!a->known || !b->present)
		return true;
	if (now < before || b->ticks[CPU_STEAL] < a->ticks[CPU_STEAL])
		return false;
	worked = (double)(now - before);
	idle = fell_is_none(a->ticks[CPU_IDLE], b->ticks[CPU_IDLE]);
	waiting = fell_is_none(a->ticks[CPU_IOWAIT], b->ticks[CPU_IOWAIT]);
	if ((all = worked + idle + waiting) <= 0)
		return true;
	*busy = 100 * worked / all;
	*iowait = 100 * waiting / all;
	*steal =
	    100 * (double)(b->ticks[CPU_STEAL] - a->ticks[CPU_STEAL]) / all;
	return true;
}

static bool
grow(struct cpu *c, size_t n)
{
	struct cpu_times *times;
	double *percent;

	if (n <= c->n_cores)
		return true;
	if ((times = realloc(c->cores, n * sizeof(*times))) == NULL)
		return false;
	c->cores = times;
	if ((percent = realloc(c->core_percent, n * sizeof(*percent))) == NULL)
		return false;
	c->core_percent = percent;
	for (; c->n_cores < n; c->n_cores++) {
		times[c->n_cores] = (struct cpu_times){ 0 };
		percent[c->n_cores] = ABSENT;
	}
	return true;
}

/* "3 1234 …", what follows "cpu" on the line of one core. */
static void
sample_core(struct cpu *c, struct span rest)
{
	struct cpu_times now;
	double iowait, steal;
	uint64_t number;

	if (!text_u64(&rest, &number) || number >= CPU_MAX ||
	    !parse_ticks(rest, &now) || !grow(c, (size_t)number + 1))
		return;
	if (!shares(&c->cores[number], &now, &c->core_percent[number], &iowait,
		&steal))
		c->reset = true;
	c->cores[number] = now;
}

/* "0.50 1.25 2.00 1/99 123": the load, and running of all threads. */
static void
sample_load(struct cpu *c, struct procfs *p)
{
	struct span text, word;
	const char *slash;
	uint64_t threads;
	int i;

	c->load[0] = c->load[1] = c->load[2] = c->threads = ABSENT;
	if (procfs_read(p, &c->loadavg, &text) < 0)
		return;
	for (i = 0; i < 3; i++)
		if (!text_decimal(&text, &c->load[i]))
			c->load[i] = ABSENT;
	if (!text_word(&text, &word) ||
	    (slash = memchr(word.at, '/', word.len)) == NULL)
		return;
	word = span_skip(word, (size_t)(slash + 1 - word.at));
	if (text_u64(&word, &threads))
		c->threads = (double)threads;
}

static void
sample_fact(struct cpu *c, struct span line)
{
	struct span key;
	uint64_t value;
	size_t i;

	if (!text_word(&line, &key))
		return;
	for (i = 0; i < CPU_FACTS; i++)
		if (span_is(key, facts[i]) && text_u64(&line, &value))
			c->fact[i] = (double)value;
}

/* What was there becomes what was there before. */
static void
begin(struct cpu *c)
{
	size_t i;

	c->reset = false;
	c->usage_percent = c->iowait_percent = c->steal_percent = ABSENT;
	c->all.known = c->all.present;
	c->all.present = false;
	for (i = 0; i < c->n_cores; i++) {
		c->core_percent[i] = ABSENT;
		c->cores[i].known = c->cores[i].present;
		c->cores[i].present = false;
	}
	for (i = 0; i < CPU_FACTS; i++)
		c->fact[i] = ABSENT;
}

void
cpu_sample(struct cpu *c, struct procfs *p)
{
	struct cpu_times now;
	struct span text, line;

	begin(c);
	if (procfs_read(p, &c->stat, &text) < 0)
		text.len = 0;
	while (text_line(&text, &line)) {
		if (!span_starts(line, SPAN("cpu"))) {
			sample_fact(c, line);
			continue;
		}
		line = span_skip(line, 3);
		if (line.len == 0 || line.at[0] != ' ') {
			sample_core(c, line);
		} else if (parse_ticks(line, &now)) {
			if (!shares(&c->all, &now, &c->usage_percent,
				&c->iowait_percent, &c->steal_percent))
				c->reset = true;
			c->all = now;
		}
	}
	sample_load(c, p);
}

void
cpu_release(struct cpu *c)
{
	free(c->cores);
	free(c->core_percent);
}
