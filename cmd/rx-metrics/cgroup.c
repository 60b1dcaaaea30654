/* SPDX-License-Identifier: MIT */
/*
 * cgroup -- what the control groups (v2) this host or container is in allow.
 *
 * Whose group: that of process 1.  On a host it has no limits, in a container
 * it is the container's; our own would show the limits of our unit.  Limits
 * hold for all below them, so each level up to the root is asked and the
 * tightest counts, as it does when memory runs out.  Usage is that of the level
 * whose limit counts.
 *
 * Used memory is memory.current without inactive_file: file pages that go first
 * are no reason to worry, and memory_used_mb of the host leaves them out too.
 * Version 1 groups are not read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-metrics/metrics.h"

#define MOUNTED_AT "fs/cgroup" /* below /sys */

enum {
	MEMORY_MAX,
	MEMORY_CURRENT,
	MEMORY_STAT,
	CPU_MAX_FILE,
	CPU_STAT,
	PIDS_MAX,
	PIDS_CURRENT,
	N_FILES
};

static const char *const files[N_FILES] = { "memory.max", "memory.current",
	"memory.stat", "cpu.max", "cpu.stat", "pids.max", "pids.current" };

struct cgroup_level {
	char *names[N_FILES];
	struct kept kept[N_FILES];
};

static bool
level_init(struct cgroup_level *l, struct span group)
{
	size_t i;

	for (i = 0; i < N_FILES; i++) {
		if (asprintf(&l->names[i], MOUNTED_AT "%.*s/%s", (int)group.len,
			group.at, files[i]) < 0) {
			l->names[i] = NULL;
			return false;
		}
		l->kept[i] = KEPT(l->names[i]);
	}
	return true;
}

/* "0::/a/b" is the line of version 2; /a/b, /a and / are its levels. */
static void
add_levels(struct cgroup *g, struct span group)
{
	/* Outside of what this namespace shows: its root is all we see. */
	if (group.len > 0 && memmem(group.at, group.len, "/..", 3) != NULL)
		group.len = 0;
	for (;;) {
		if (g->n_levels == CGROUP_LEVELS ||
		    !level_init(&g->levels[g->n_levels], group))
			return;
		g->n_levels++;
		if (group.len <= 1)
			return;
		while (group.len > 0 && group.at[group.len - 1] != '/')
			group.len--;
		group.len--;
	}
}

void
cgroup_init(struct cgroup *g, struct procfs *proc, struct procfs *sys)
{
	struct kept file = KEPT("1/cgroup"),
		    unified = KEPT(MOUNTED_AT "/cgroup.controllers");
	struct span text, line;

	*g = (struct cgroup){ .cpu_used_s = ABSENT };
	if (procfs_read(sys, &unified, &text) == 0 &&
	    procfs_read(proc, &file, &text) == 0 &&
	    (g->levels = calloc(CGROUP_LEVELS, sizeof(*g->levels))) != NULL)
		while (text_line(&text, &line))
			if (span_starts(line, SPAN("0::/")))
				add_levels(g, span_skip(line, 3));
	procfs_forget(&unified);
	procfs_forget(&file);
}

/* The first number of a file; "max" and what is not there are no limit. */
static double
number(struct procfs *sys, struct kept *file)
{
	struct span text, line;
	uint64_t v;

	if (procfs_read(sys, file, &text) < 0 || !text_line(&text, &line) ||
	    !text_u64(&line, &v))
		return ABSENT;
	return (double)v;
}

/* "key value" lines: the value of one. */
static double
value_of(struct procfs *sys, struct kept *file, const char *wanted)
{
	struct span text, line, key;
	uint64_t v;

	if (procfs_read(sys, file, &text) < 0)
		return ABSENT;
	while (text_line(&text, &line))
		if (text_word(&line, &key) && span_is(key, wanted))
			return text_u64(&line, &v) ? (double)v : ABSENT;
	return ABSENT;
}

/* "quota period", both in microseconds: how many cores that is. */
static double
cores(struct procfs *sys, struct kept *file)
{
	struct span text, line;
	uint64_t quota, period;

	if (procfs_read(sys, file, &text) < 0 || !text_line(&text, &line) ||
	    !text_u64(&line, &quota) || !text_u64(&line, &period) ||
	    period == 0)
		return ABSENT;
	return (double)quota / (double)period;
}

/* The level with the least of a limit, NULL when there is none. */
static struct cgroup_level *
tightest(struct cgroup *g, struct procfs *sys, int file,
    double (*read)(struct procfs *, struct kept *), double *limit)
{
	struct cgroup_level *found = NULL;
	double v;
	size_t i;

	*limit = ABSENT;
	for (i = 0; i < g->n_levels; i++) {
		v = read(sys, &g->levels[i].kept[file]);
		if (isnan(v) || (found != NULL && v >= *limit))
			continue;
		found = &g->levels[i];
		*limit = v;
	}
	return found;
}

static void
sample_memory(struct cgroup *g, struct procfs *sys)
{
	struct cgroup_level *l =
	    tightest(g, sys, MEMORY_MAX, number, &g->memory_limit);
	double inactive;

	g->memory_used = g->memory_percent = ABSENT;
	if (l == NULL)
		return;
	g->memory_used = number(sys, &l->kept[MEMORY_CURRENT]);
	inactive = value_of(sys, &l->kept[MEMORY_STAT], "inactive_file");
	if (isfinite(inactive))
		g->memory_used = fmax(g->memory_used - inactive, 0);
	if (g->memory_limit > 0)
		g->memory_percent = 100 * g->memory_used / g->memory_limit;
}

static void
sample_cpu(struct cgroup *g, struct procfs *sys, double elapsed_s)
{
	struct cgroup_level *l =
	    tightest(g, sys, CPU_MAX_FILE, cores, &g->cpu_limit);
	double used_s = ABSENT;

	g->cpu_cores = g->cpu_percent = ABSENT;
	if (l != NULL)
		used_s = value_of(sys, &l->kept[CPU_STAT], "usage_usec") / 1e6;
	if (l == g->cpu_at && used_s >= g->cpu_used_s && elapsed_s > 0)
		g->cpu_cores = (used_s - g->cpu_used_s) / elapsed_s;
	if (g->cpu_limit > 0)
		g->cpu_percent = 100 * g->cpu_cores / g->cpu_limit;
	g->cpu_at = l;
	g->cpu_used_s = used_s;
}

void
cgroup_sample(struct cgroup *g, struct procfs *sys, double elapsed_s)
{
	struct cgroup_level *l;

	sample_memory(g, sys);
	sample_cpu(g, sys, elapsed_s);
	l = tightest(g, sys, PIDS_MAX, number, &g->pids_limit);
	g->pids = l == NULL ? ABSENT : number(sys, &l->kept[PIDS_CURRENT]);
}

void
cgroup_release(struct cgroup *g)
{
	size_t i, k;

	for (i = 0; i < g->n_levels; i++)
		for (k = 0; k < N_FILES; k++) {
			procfs_forget(&g->levels[i].kept[k]);
			free(g->levels[i].names[k]);
		}
	free(g->levels);
}
