/*
 * cpu -- how busy the cores were, from the ticks of /proc/stat.
 *
 * Busy is user, nice, system, irq and softirq, and steal: time that was wanted
 * and not idle.  guest is part of user already.  The kernel may let idle and
 * iowait fall by a tick or two; the others only ever fall when the counters
 * started anew.
 */
#include <stdlib.h>

#include "cmd/rx-metrics/metrics.h"

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, N_TICKS };

void
cpu_init(struct cpu *c)
{
	*c = (struct cpu){ .stat = KEPT("stat"), .loadavg = KEPT("loadavg") };
}

static bool
parse_ticks(struct span rest, struct cpu_times *t)
{
	uint64_t v[N_TICKS] = { 0 };
	size_t n;

	for (n = 0; n < N_TICKS && text_u64(&rest, &v[n]); n++)
		continue;
	if (n <= IDLE) /* the oldest kernels had four */
		return false;
	t->busy =
	    v[USER] + v[NICE] + v[SYSTEM] + v[IRQ] + v[SOFTIRQ] + v[STEAL];
	t->idle = v[IDLE];
	t->iowait = v[IOWAIT];
	t->steal = v[STEAL];
	t->seen = true;
	return true;
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

	*busy = *iowait = *steal = ABSENT;
	if (!a->seen || !b->seen)
		return true;
	if (b->busy < a->busy || b->steal < a->steal)
		return false;
	worked = (double)(b->busy - a->busy);
	idle = fell_is_none(a->idle, b->idle);
	waiting = fell_is_none(a->iowait, b->iowait);
	if ((all = worked + idle + waiting) <= 0)
		return true;
	*busy = 100 * worked / all;
	*iowait = 100 * waiting / all;
	*steal = 100 * (double)(b->steal - a->steal) / all;
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

static void
sample_load(struct cpu *c, struct procfs *p)
{
	struct span text;
	int i;

	c->load[0] = c->load[1] = c->load[2] = ABSENT;
	if (procfs_read(p, &c->loadavg, &text) < 0)
		return;
	for (i = 0; i < 3; i++)
		if (!text_decimal(&text, &c->load[i]))
			c->load[i] = ABSENT;
}

void
cpu_sample(struct cpu *c, struct procfs *p)
{
	struct cpu_times now = { 0 };
	struct span text, line;
	size_t i;

	c->reset = false;
	c->usage_percent = c->iowait_percent = c->steal_percent = ABSENT;
	for (i = 0; i < c->n_cores; i++)
		c->core_percent[i] = ABSENT;
	if (procfs_read(p, &c->stat, &text) < 0)
		text.len = 0;
	while (text_line(&text, &line) && span_starts(line, SPAN("cpu"))) {
		line = span_skip(line, 3);
		if (line.len == 0 || line.at[0] != ' ')
			sample_core(c, line);
		else if (parse_ticks(line, &now) &&
		    !shares(&c->all, &now, &c->usage_percent,
			&c->iowait_percent, &c->steal_percent))
			c->reset = true;
	}
	c->all = now;
	sample_load(c, p);
}

void
cpu_release(struct cpu *c)
{
	free(c->cores);
	free(c->core_percent);
}
