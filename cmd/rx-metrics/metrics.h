/* SPDX-License-Identifier: MIT */
/*
 * metrics -- what one sample holds, and who fills which part.
 *
 * Shape   Each part keeps what it needs from the sample before, and the values
 *         of the last.  A value that could not be had is ABSENT; it is left out
 *         of the record and never written as 0.
 * Units   MB is 2^20 bytes, GB is 2^30.  A rate is per second of a clock that
 *         does not step.
 * Resets  A counter that went backwards, or jumped further than any machine
 *         counts, makes its rate absent once and sets reset.
 * Limits  CPU_MAX cores, NET_MAX interfaces, IO_MAX disks, DISK_MAX mounts,
 *         CGROUP_LEVELS groups: more are not looked at.
 * Errors  _sample cannot fail: what is unreadable is absent.
 * Source  proc(5), statvfs(3), the kernel's cgroup-v2.rst and iostats.rst.
 */
#ifndef RX_METRICS_H
#define RX_METRICS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/rx-metrics/procfs.h"
#include "lib/buf.h"

#define ABSENT ((double)NAN)
#define MB (1024.0 * 1024.0)
#define GB (1024.0 * 1024.0 * 1024.0)

#define CPU_MAX 4096
#define NET_MAX 1024
#define IO_MAX 512
#define DISK_MAX 256
#define TOP_MAX 100
#define CGROUP_LEVELS 8

/* What --only names; all of them by default. */
enum part {
	PART_CPU = 1,
	PART_MEMORY = 2,
	PART_DISK = 4,
	PART_NETWORK = 8,
	PART_PROCESSES = 16,
	PART_CGROUP = 32,
	PART_ALL = 63
};

/*
 * The step of a counter since the sample before: false when it went backwards
 * or moved more than limit, which is a reset and no measurement.
 */
static inline bool
counter_step(uint64_t last, uint64_t now, double limit, uint64_t *step)
{
	*step = now - last;
	return now >= last && (double)*step <= limit;
}

enum {
	CPU_USER,
	CPU_NICE,
	CPU_SYSTEM,
	CPU_IDLE,
	CPU_IOWAIT,
	CPU_IRQ,
	CPU_SOFTIRQ,
	CPU_STEAL,
	CPU_TICKS
};
struct cpu_times {
	uint64_t ticks[CPU_TICKS];
	bool present, known; /* in this reading; in the one before */
};

/* What else /proc/stat counts. */
enum {
	CPU_INTERRUPTS,
	CPU_SWITCHES,
	CPU_BOOT_TIME, /* seconds since 1970 */
	CPU_FORKS,
	CPU_RUNNING,
	CPU_BLOCKED,
	CPU_FACTS
};

struct cpu {
	double usage_percent, iowait_percent, steal_percent;
	double load[3]; /* over 1, 5 and 15 minutes */
	double *core_percent; /* by number; absent for one that is offline */
	struct cpu_times *cores; /* since boot, by number */
	size_t n_cores; /* the highest number seen, and 1 */
	double fact[CPU_FACTS];
	double threads; /* of all processes */
	bool reset;
	/* private */
	struct kept stat, loadavg;
	struct cpu_times all;
};
void cpu_init(struct cpu *);
void cpu_sample(struct cpu *, struct procfs *);
void cpu_release(struct cpu *);

struct mem {
	double total, available, used; /* bytes; used is total - available */
	double usage_percent;
	double swap_total, swap_used, swap_percent;
	struct buf text; /* the file as it was */
	/* private */
	struct kept meminfo;
};
void mem_init(struct mem *);
void mem_sample(struct mem *, struct procfs *);
void mem_release(struct mem *);

/* One mounted file system. */
struct mount {
	char *path, *device, *type;
	double total, used, usage_percent; /* percent as df(1) has it */
	double avail;
	uint64_t files, files_free; /* with total */
	bool read_only;
	bool stale; /* it did not answer in time */
	/* private */
	pid_t stuck; /* the process that still asks it, 0: none */
	int64_t retry_ns; /* not before */
	unsigned failures;
	unsigned dev_major, dev_minor;
};

struct statfs_pool;
struct disk {
	struct mount *mounts;
	size_t n_mounts;
	/* private */
	struct kept mountinfo;
	struct statfs_pool *pool;
	size_t turn; /* who is asked first */
};
int disk_init(struct disk *);
void disk_sample(struct disk *, struct procfs *, int64_t now_ns);
const struct mount *disk_root(const struct disk *); /* NULL: not known */
void disk_release(struct disk *);

/* The columns of /proc/diskstats behind the name. */
enum {
	IO_READS,
	IO_READS_MERGED,
	IO_SECTORS_READ,
	IO_READ_MS,
	IO_WRITES,
	IO_WRITES_MERGED,
	IO_SECTORS_WRITTEN,
	IO_WRITE_MS,
	IO_IN_FLIGHT,
	IO_BUSY_MS,
	IO_WEIGHTED_MS,
	IO_N
};
#define IO_SECTOR 512 /* bytes, whatever the disk's */
struct io_disk {
	char name[32];
	uint64_t now[IO_N]; /* since boot */
	double read_rate, write_rate; /* bytes per second */
	double busy_percent;
	unsigned seen; /* private: the sample it was last in */
};
struct io {
	double read_rate, write_rate;
	struct io_disk *disks;
	size_t n_disks;
	bool reset;
	/* private */
	struct kept diskstats;
	unsigned sample;
};
void io_init(struct io *);
void io_sample(struct io *, struct procfs *, double elapsed_s);
void io_release(struct io *);

/* The columns of /proc/net/dev behind the name; those between are by number. */
enum {
	NET_RX_BYTES = 0,
	NET_RX_PACKETS = 1,
	NET_TX_BYTES = 8,
	NET_TX_PACKETS = 9,
	NET_N = 16
};
struct net_if {
	char name[16];
	uint64_t now[NET_N]; /* since boot */
	/* private */
	uint64_t last[NET_N];
	bool hardware, loopback;
	bool present, known; /* in this reading, in one before */
};
struct net {
	double total[NET_N]; /* since boot; of the four that are named above */
	double rate[NET_N];
	double connections; /* TCP, IPv4 and IPv6, established or close-wait */
	bool reset;
	/* private */
	struct kept dev, snmp;
	struct net_if *ifs;
	size_t n_ifs;
};
void net_init(struct net *);
void net_sample(
    struct net *, struct procfs *proc, struct procfs *sys, double elapsed_s);
void net_release(struct net *);

struct proc_top {
	pid_t pid;
	uint64_t rss_pages;
	char name[65];
};
struct proc {
	double count;
	struct proc_top top[TOP_MAX]; /* largest first */
	size_t n_top;
	size_t top_wanted;
	long page_size;
	/* private: see proc.c */
	struct proc_known *known;
	size_t n_known, size_known;
	char *dents;
	size_t fds, fds_max;
	uint64_t last_pages; /* of the smallest that was named */
	unsigned sample;
	double base; /* of the link count of /proc */
	bool base_known;
};
int proc_init(struct proc *, size_t top);
void proc_sample(struct proc *, struct procfs *);
void proc_release(struct proc *);

/* What the control groups of this container, or of this host, allow. */
struct cgroup {
	double memory_limit, memory_used; /* bytes */
	double memory_percent;
	double cpu_limit; /* cores */
	double cpu_cores; /* used, on average since the reading before */
	double cpu_percent; /* of the limit */
	double pids_limit, pids;
	/* private: see cgroup.c */
	struct cgroup_level *levels;
	size_t n_levels;
	const struct cgroup_level *cpu_at; /* whose usage was read */
	double cpu_used_s;
};
void cgroup_init(struct cgroup *, struct procfs *proc, struct procfs *sys);
void cgroup_sample(struct cgroup *, struct procfs *sys, double elapsed_s);
void cgroup_release(struct cgroup *);

struct self;
struct sample {
	int64_t wall_ns;
	double interval_s; /* since the sample before */
	double uptime_s;
	unsigned parts;
	struct self *self; /* the caller's; NULL: nobody asked */
	struct cpu cpu;
	struct mem mem;
	struct disk disk;
	struct io io;
	struct net net;
	struct proc proc;
	struct cgroup cgroup;
	/* private */
	struct procfs procfs, sysfs;
	struct kept uptime;
	int64_t last_ns;
};
int sample_init(struct sample *, const char *proc_root, const char *sys_root,
    unsigned parts, size_t top);
void sample_take(struct sample *);
void sample_release(struct sample *);

/* One line with its newline, appended; prometheus: a page of lines. */
void render_nested(struct buf *, const struct sample *, const char *node_id);
void render_flat(struct buf *, const struct sample *, const char *node_id);
void render_prometheus(struct buf *, const struct sample *);
void render_beat(struct buf *, const char *node_id, bool online);
int render_info(struct buf *, const char *node_id, const char *proc_root);

#endif
