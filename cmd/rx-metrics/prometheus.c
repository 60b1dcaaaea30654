/* SPDX-License-Identifier: MIT */
/*
 * prometheus -- a sample as a page of Prometheus text, under the names that
 * node_exporter gives the same things, so that its dashboards and rules fit.
 *
 * Counters leave as the kernel counts them: the server makes the rates, and a
 * counter that started anew is its affair.  What has no such counter and no such
 * name (shares, rates, the largest processes) is not on the page.  Limits of
 * control groups have the names of cAdvisor.
 */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/ascii.h"
#include "lib/num.h"
#include "lib/stats.h"

static void
one(struct buf *b, const char *name, enum stats_kind kind, const char *help,
    double v)
{
	if (!isfinite(v))
		return;
	stats_family(b, name, kind, help);
	stats_real(b, name, NULL, 0, v);
}

static void
gauge(struct buf *b, const char *name, const char *help, double v)
{
	one(b, name, STATS_GAUGE, help, v);
}

/* A count of units as nanoseconds; a counter gone mad stays at the largest. */
static int64_t
as_ns(uint64_t count, int64_t unit_ns)
{
	return count > (uint64_t)(INT64_MAX / unit_ns)
	    ? INT64_MAX
	    : (int64_t)count * unit_ns;
}

static void
add_cores(struct buf *b, const struct cpu *c)
{
	static const char *const modes[CPU_TICKS] = { "user", "nice", "system",
		"idle", "iowait", "irq", "softirq", "steal" };
	const int64_t tick_ns = NUM_S / sysconf(_SC_CLK_TCK);
	char number[NUM_DIGITS + 1];
	struct stats_label labels[] = { { "cpu", number }, { "mode", NULL } };
	size_t i, k;

	stats_family(b, "node_cpu_seconds_total", STATS_COUNTER,
	    "Seconds each core spent in each mode.");
	for (i = 0; i < c->n_cores; i++) {
		if (!c->cores[i].present)
			continue;
		number[num_render(number, i)] = '\0';
		for (k = 0; k < CPU_TICKS; k++) {
			labels[1].value = modes[k];
			stats_ns(b, "node_cpu_seconds_total", labels, 2,
			    as_ns(c->cores[i].ticks[k], tick_ns));
		}
	}
}

static void
add_cpu(struct buf *b, const struct cpu *c)
{
	const double *fact = c->fact;

	add_cores(b, c);
	gauge(b, "node_load1", "Load average over 1 minute.", c->load[0]);
	gauge(b, "node_load5", "Load average over 5 minutes.", c->load[1]);
	gauge(b, "node_load15", "Load average over 15 minutes.", c->load[2]);
	gauge(b, "node_boot_time_seconds", "When the host was started.",
	    fact[CPU_BOOT_TIME]);
	one(b, "node_context_switches_total", STATS_COUNTER,
	    "Context switches.", fact[CPU_SWITCHES]);
	one(b, "node_intr_total", STATS_COUNTER, "Interrupts served.",
	    fact[CPU_INTERRUPTS]);
	one(b, "node_forks_total", STATS_COUNTER, "Processes started.",
	    fact[CPU_FORKS]);
	gauge(b, "node_procs_running", "Processes that run or may.",
	    fact[CPU_RUNNING]);
	gauge(b, "node_procs_blocked", "Processes that wait for a disk.",
	    fact[CPU_BLOCKED]);
	gauge(b, "node_processes_threads", "Threads of all processes.",
	    c->threads);
}

/* "Active(anon):" is node_memory_Active_anon_bytes. */
static void
add_meminfo_line(struct buf *b, struct span line)
{
	struct span key, unit;
	char name[96] = "node_memory_";
	size_t n = strlen(name), i;
	uint64_t v;
	bool kib;

	if (!text_word(&line, &key) || !text_u64(&line, &v) ||
	    key.len + sizeof("node_memory__bytes") > sizeof(name))
		return;
	kib = text_word(&line, &unit) && span_is(unit, "kB");
	for (i = 0; i < key.len; i++)
		if (is_letter(key.at[i]) || is_digit(key.at[i]))
			name[n++] = key.at[i];
		else if (key.at[i] == '(' || key.at[i] == '_')
			name[n++] = '_';
		else if (key.at[i] != ')' && key.at[i] != ':')
			return;
	memcpy(name + n, "_bytes", kib ? sizeof("_bytes") : 0);
	stats_one(
	    b, name, STATS_GAUGE, "From /proc/meminfo.", kib ? v * 1024 : v);
}

static void
add_memory(struct buf *b, const struct mem *m)
{
	struct span text = buf_span(&m->text), line;

	while (text_line(&text, &line))
		add_meminfo_line(b, line);
}

enum { FS_SIZE, FS_FREE, FS_AVAIL, FS_FILES, FS_FILES_FREE, FS_RO, FS_STALE };

static double
mount_value(const struct mount *m, int which)
{
	if (which == FS_STALE)
		return m->stale || isfinite(m->total) ? m->stale : ABSENT;
	if (m->stale || !isfinite(m->total))
		return ABSENT;
	switch (which) {
	case FS_SIZE: return m->total;
	case FS_FREE: return m->total - m->used;
	case FS_AVAIL: return m->avail;
	case FS_FILES: return (double)m->files;
	case FS_FILES_FREE: return (double)m->files_free;
	default: return m->read_only;
	}
}

static void
add_mounts(struct buf *b, const struct disk *d)
{
	static const struct {
		const char *name, *help;
	} families[] = {
		[FS_SIZE] = { "node_filesystem_size_bytes", "Size." },
		[FS_FREE] = { "node_filesystem_free_bytes", "Free." },
		[FS_AVAIL] = { "node_filesystem_avail_bytes",
		    "Free for all users." },
		[FS_FILES] = { "node_filesystem_files", "Inodes." },
		[FS_FILES_FREE] = { "node_filesystem_files_free",
		    "Inodes left." },
		[FS_RO] = { "node_filesystem_readonly",
		    "Mounted to be read only." },
		[FS_STALE] = { "node_filesystem_device_error",
		    "It did not answer in time, and has no values." },
	};
	const struct mount *m;
	double v;
	int i;

	for (i = FS_SIZE; i <= FS_STALE; i++) {
		stats_family(
		    b, families[i].name, STATS_GAUGE, families[i].help);
		for (m = d->mounts; m < d->mounts + d->n_mounts; m++) {
			const struct stats_label labels[] = {
				{ "device", m->device }, { "fstype", m->type },
				{ "mountpoint", m->path }
			};

			if (isfinite(v = mount_value(m, i)))
				stats_real(b, families[i].name, labels, 3, v);
		}
	}
}

static void
add_disks(struct buf *b, const struct io *io)
{
	enum unit { PLAIN, SECTORS, MILLISECONDS };
	static const struct {
		const char *name, *help;
		int column;
		enum unit unit;
	} families[] = {
		{ "node_disk_reads_completed_total", "Reads.", IO_READS,
		    PLAIN },
		{ "node_disk_reads_merged_total", "Reads merged.",
		    IO_READS_MERGED, PLAIN },
		{ "node_disk_read_bytes_total", "Bytes read.", IO_SECTORS_READ,
		    SECTORS },
		{ "node_disk_read_time_seconds_total", "Time of all reads.",
		    IO_READ_MS, MILLISECONDS },
		{ "node_disk_writes_completed_total", "Writes.", IO_WRITES,
		    PLAIN },
		{ "node_disk_writes_merged_total", "Writes merged.",
		    IO_WRITES_MERGED, PLAIN },
		{ "node_disk_written_bytes_total", "Bytes written.",
		    IO_SECTORS_WRITTEN, SECTORS },
		{ "node_disk_write_time_seconds_total", "Time of all writes.",
		    IO_WRITE_MS, MILLISECONDS },
		{ "node_disk_io_now", "Reads and writes under way.",
		    IO_IN_FLIGHT, PLAIN },
		{ "node_disk_io_time_seconds_total", "Time it was busy.",
		    IO_BUSY_MS, MILLISECONDS },
		{ "node_disk_io_time_weighted_seconds_total",
		    "Time of all that was under way.", IO_WEIGHTED_MS,
		    MILLISECONDS },
	};
	size_t i, k;

	for (i = 0; i < sizeof(families) / sizeof(*families); i++) {
		stats_family(b, families[i].name,
		    families[i].column == IO_IN_FLIGHT ? STATS_GAUGE
						       : STATS_COUNTER,
		    families[i].help);
		for (k = 0; k < io->n_disks; k++) {
			const struct stats_label device = { "device",
				io->disks[k].name };
			uint64_t v = io->disks[k].now[families[i].column];

			if (families[i].unit == MILLISECONDS)
				stats_ns(b, families[i].name, &device, 1,
				    as_ns(v, NUM_MS));
			else
				stats_value(b, families[i].name, &device, 1,
				    families[i].unit == SECTORS ? v * IO_SECTOR
								: v);
		}
	}
}

static void
add_network(struct buf *b, const struct net *n)
{
	static const struct {
		const char *name, *help;
	} families[NET_N] = {
		{ "node_network_receive_bytes_total", "Bytes in." },
		{ "node_network_receive_packets_total", "Packets in." },
		{ "node_network_receive_errs_total", "Errors in." },
		{ "node_network_receive_drop_total", "Dropped, in." },
		{ "node_network_receive_fifo_total", "Overruns in." },
		{ "node_network_receive_frame_total", "Framing errors." },
		{ "node_network_receive_compressed_total",
		    "Compressed packets in." },
		{ "node_network_receive_multicast_total",
		    "Multicast packets in." },
		{ "node_network_transmit_bytes_total", "Bytes out." },
		{ "node_network_transmit_packets_total", "Packets out." },
		{ "node_network_transmit_errs_total", "Errors out." },
		{ "node_network_transmit_drop_total", "Dropped, out." },
		{ "node_network_transmit_fifo_total", "Overruns out." },
		{ "node_network_transmit_colls_total", "Collisions." },
		{ "node_network_transmit_carrier_total", "Carrier losses." },
		{ "node_network_transmit_compressed_total",
		    "Compressed packets out." },
	};
	size_t i, k;

	for (i = 0; i < NET_N; i++) {
		stats_family(
		    b, families[i].name, STATS_COUNTER, families[i].help);
		for (k = 0; k < n->n_ifs; k++) {
			const struct stats_label device = { "device",
				n->ifs[k].name };

			stats_value(
			    b, families[i].name, &device, 1, n->ifs[k].now[i]);
		}
	}
	gauge(b, "node_netstat_Tcp_CurrEstab",
	    "TCP connections, established or in close-wait.", n->connections);
}

static void
add_host(struct buf *b, const struct sample *s)
{
	struct utsname u;

	stats_family(b, "node_time_seconds", STATS_GAUGE,
	    "When this was sampled, since 1970.");
	stats_ns(b, "node_time_seconds", NULL, 0, s->wall_ns);
	if (uname(&u) < 0)
		return;
	const struct stats_label labels[] = { { "domainname", u.domainname },
		{ "machine", u.machine }, { "nodename", u.nodename },
		{ "release", u.release }, { "sysname", u.sysname },
		{ "version", u.version } };

	stats_family(b, "node_uname_info", STATS_GAUGE, "As uname(2) has it.");
	stats_value(b, "node_uname_info", labels, 6, 1);
}

static void
add_cgroup(struct buf *b, const struct cgroup *g)
{
	gauge(b, "container_spec_memory_limit_bytes",
	    "What the control group may use.", g->memory_limit);
	gauge(b, "container_memory_working_set_bytes",
	    "What it uses, without file pages that go first.", g->memory_used);
	one(b, "container_cpu_usage_seconds_total", STATS_COUNTER,
	    "Processor time of the control group.", g->cpu_used_s);
	gauge(b, "container_threads_max", "How many threads it may have.",
	    g->pids_limit);
	gauge(b, "container_threads", "How many it has.", g->pids);
}

void
render_prometheus(struct buf *b, const struct sample *s)
{
	add_host(b, s);
	if (s->parts & PART_CPU)
		add_cpu(b, &s->cpu);
	if (s->parts & PART_MEMORY)
		add_memory(b, &s->mem);
	if (s->parts & PART_DISK) {
		add_mounts(b, &s->disk);
		add_disks(b, &s->io);
	}
	if (s->parts & PART_NETWORK)
		add_network(b, &s->net);
	if (s->parts & PART_PROCESSES)
		gauge(b, "node_processes_pids", "Processes.", s->proc.count);
	if (s->parts & PART_CGROUP)
		add_cgroup(b, &s->cgroup);
}
