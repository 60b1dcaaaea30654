/* SPDX-License-Identifier: MIT */
/*
 * sample -- one look at the host, all parts of it.
 */
#include "cmd/rx-metrics/metrics.h"
#include "cmd/rx-metrics/self.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stop.h"

int
sample_init(struct sample *s, const char *proc_root, const char *sys_root,
    unsigned parts, size_t top)
{
	*s = (struct sample){ .parts = parts, .uptime = KEPT("uptime") };
	if (procfs_open(&s->procfs, proc_root) < 0)
		return -1;
	/* A made-up /proc has no /sys that fits it unless one is named. */
	if (sys_root == NULL && s->procfs.real)
		sys_root = "/sys";
	if (sys_root == NULL || procfs_open(&s->sysfs, sys_root) < 0)
		procfs_none(&s->sysfs);
	cpu_init(&s->cpu);
	mem_init(&s->mem);
	io_init(&s->io);
	net_init(&s->net);
	cgroup_init(&s->cgroup, &s->procfs, &s->sysfs);
	if (disk_init(&s->disk) < 0 || proc_init(&s->proc, top) < 0)
		return -1;
	return 0;
}

void
sample_take(struct sample *s)
{
	struct procfs *p = &s->procfs;
	struct span text;
	int64_t now_ns = stop_now_ns();

	s->wall_ns = rtime_now_ns();
	s->interval_s = s->last_ns != 0
	    ? (double)(now_ns - s->last_ns) / (double)NUM_S
	    : ABSENT;
	s->last_ns = now_ns;
	s->uptime_s = ABSENT;
	if (procfs_read(p, &s->uptime, &text) == 0 &&
	    !text_decimal(&text, &s->uptime_s))
		s->uptime_s = ABSENT;
	if (s->parts & PART_CPU)
		cpu_sample(&s->cpu, p);
	if (s->parts & PART_MEMORY)
		mem_sample(&s->mem, p);
	if (s->parts & PART_DISK)
		io_sample(&s->io, p, s->interval_s);
	if (s->parts & PART_NETWORK)
		net_sample(&s->net, p, &s->sysfs, s->interval_s);
	if (s->parts & PART_PROCESSES)
		proc_sample(&s->proc, p);
	if (s->parts & PART_CGROUP)
		cgroup_sample(&s->cgroup, &s->sysfs, s->interval_s);
	if (s->self != NULL)
		self_sample(s->self);
	/* Last: it alone may have to wait. */
	if (s->parts & PART_DISK)
		disk_sample(&s->disk, p, now_ns);
}

void
sample_release(struct sample *s)
{
	cpu_release(&s->cpu);
	mem_release(&s->mem);
	cgroup_release(&s->cgroup);
	disk_release(&s->disk);
	io_release(&s->io);
	net_release(&s->net);
	proc_release(&s->proc);
	procfs_close(&s->procfs);
	procfs_close(&s->sysfs);
}
