/* SPDX-License-Identifier: MIT */
/*
 * render -- a sample as a record: nested or flat.
 *
 * An absent value is left out of the nested form.  The flat form has exactly
 * its 19 members, so there it is null.
 */
#include "cmd/rx-metrics/metrics.h"
#include "cmd/rx-metrics/self.h"
#include "lib/jstr.h"
#include "lib/rtime.h"

/* What may stand in front of a member or an element is known from the bytes:
 * a comma, except behind an opening bracket. */
static void
separate(struct buf *b)
{
	char last = b->len > 0 ? b->at[b->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_addc(b, ',');
}

static void
name(struct buf *b, const char *key)
{
	separate(b);
	buf_addc(b, '"');
	buf_adds(b, key); /* ours: nothing in it needs an escape */
	buf_adds(b, "\":");
}

static void
open_object(struct buf *b, const char *key)
{
	name(b, key);
	buf_addc(b, '{');
}

static void
number_or(
    struct buf *b, const char *key, double v, int digits, const char *absent)
{
	if (!isfinite(v) && absent == NULL)
		return;
	name(b, key);
	if (isfinite(v))
		buf_addf(b, "%.*f", digits, v);
	else
		buf_adds(b, absent);
}

static void
number(struct buf *b, const char *key, double v, int digits)
{
	number_or(b, key, v, digits, NULL);
}

static void
text(struct buf *b, const char *key, const char *value)
{
	name(b, key);
	jstr_add(b, span_of(value));
}

static void
timestamp(struct buf *b, int64_t wall_ns)
{
	char when[RTIME_MAX];

	rtime_render(when, wall_ns, 3);
	text(b, "timestamp", when);
}

static void
flag(struct buf *b, const char *key, bool set)
{
	if (set) {
		name(b, key);
		buf_adds(b, "true");
	}
}

static void
render_cpu(struct buf *b, const struct cpu *c)
{
	size_t i;

	open_object(b, "cpu");
	number(b, "cpu_usage_percent", c->usage_percent, 2);
	number(b, "iowait_percent", c->iowait_percent, 2);
	number(b, "steal_percent", c->steal_percent, 2);
	number(b, "cores", (double)c->n_cores, 0);
	name(b, "per_core_percent");
	buf_addc(b, '[');
	for (i = 0; i < c->n_cores; i++) {
		separate(b);
		if (isfinite(c->core_percent[i]))
			buf_addf(b, "%.1f", c->core_percent[i]);
		else
			buf_adds(b, "null");
	}
	buf_addc(b, ']');
	number(b, "load_avg_1m", c->load[0], 2);
	number(b, "load_avg_5m", c->load[1], 2);
	number(b, "load_avg_15m", c->load[2], 2);
	flag(b, "reset", c->reset);
	buf_addc(b, '}');
}

static void
render_memory(struct buf *b, const struct mem *m)
{
	open_object(b, "memory");
	number(b, "memory_usage_percent", m->usage_percent, 2);
	number(b, "memory_total_mb", m->total / MB, 1);
	number(b, "memory_used_mb", m->used / MB, 1);
	number(b, "memory_available_mb", m->available / MB, 1);
	number(b, "swap_usage_percent", m->swap_percent, 2);
	number(b, "swap_total_mb", m->swap_total / MB, 1);
	number(b, "swap_used_mb", m->swap_used / MB, 1);
	buf_addc(b, '}');
}

static void
render_mount(struct buf *b, const struct mount *m)
{
	if (!m->stale && isnan(m->total))
		return;
	separate(b);
	jstr_add(b, span_of(m->path));
	buf_adds(b, ":{");
	number(b, "usage_percent", m->usage_percent, 2);
	number(b, "total_gb", m->total / GB, 3);
	number(b, "used_gb", m->used / GB, 3);
	number(b, "available_gb", m->avail / GB, 3);
	flag(b, "stale", m->stale);
	buf_addc(b, '}');
}

static void
render_disk(struct buf *b, const struct disk *d, const struct io *io)
{
	size_t i;

	open_object(b, "disk");
	open_object(b, "disk_usage");
	for (i = 0; i < d->n_mounts; i++)
		render_mount(b, &d->mounts[i]);
	buf_addc(b, '}');
	number(b, "read_mb_per_sec", io->read_rate / MB, 3);
	number(b, "write_mb_per_sec", io->write_rate / MB, 3);
	open_object(b, "disk_io");
	for (i = 0; i < io->n_disks; i++) {
		separate(b);
		jstr_add(b, span_of(io->disks[i].name));
		buf_adds(b, ":{");
		number(b, "read_mb_per_sec", io->disks[i].read_rate / MB, 3);
		number(b, "write_mb_per_sec", io->disks[i].write_rate / MB, 3);
		number(b, "busy_percent", io->disks[i].busy_percent, 1);
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
	flag(b, "reset", io->reset);
	buf_addc(b, '}');
}

static void
render_network(struct buf *b, const struct net *n)
{
	open_object(b, "network");
	number(b, "bytes_sent_mb_per_sec", n->rate[NET_TX_BYTES] / MB, 4);
	number(b, "bytes_recv_mb_per_sec", n->rate[NET_RX_BYTES] / MB, 4);
	number(b, "packets_sent_per_sec", n->rate[NET_TX_PACKETS], 1);
	number(b, "packets_recv_per_sec", n->rate[NET_RX_PACKETS], 1);
	number(b, "bytes_sent", n->total[NET_TX_BYTES], 0);
	number(b, "bytes_recv", n->total[NET_RX_BYTES], 0);
	number(b, "packets_sent", n->total[NET_TX_PACKETS], 0);
	number(b, "packets_recv", n->total[NET_RX_PACKETS], 0);
	number(b, "active_connections", n->connections, 0);
	flag(b, "reset", n->reset);
	buf_addc(b, '}');
}

static void
render_processes(struct buf *b, const struct proc *pr, double memory)
{
	double bytes, page = (double)pr->page_size;
	size_t i;

	open_object(b, "processes");
	number(b, "process_count", pr->count, 0);
	name(b, "top_memory");
	buf_addc(b, '[');
	for (i = 0; i < pr->n_top; i++) {
		bytes = (double)pr->top[i].rss_pages * page;
		separate(b);
		buf_addc(b, '{');
		number(b, "pid", pr->top[i].pid, 0);
		text(b, "name", pr->top[i].name);
		number(b, "memory_mb", bytes / MB, 1);
		number(b, "memory_percent", 100 * bytes / memory, 2);
		buf_addc(b, '}');
	}
	buf_adds(b, "]}");
}

/* Nothing where nothing is limited. */
static void
render_cgroup(struct buf *b, const struct cgroup *g)
{
	if (isnan(g->memory_limit) && isnan(g->cpu_limit) &&
	    isnan(g->pids_limit))
		return;
	open_object(b, "cgroup");
	number(b, "memory_limit_mb", g->memory_limit / MB, 1);
	number(b, "memory_used_mb", g->memory_used / MB, 1);
	number(b, "memory_usage_percent", g->memory_percent, 2);
	number(b, "cpu_limit_cores", g->cpu_limit, 3);
	number(b, "cpu_usage_cores", g->cpu_cores, 3);
	number(b, "cpu_usage_percent", g->cpu_percent, 2);
	number(b, "pids_limit", g->pids_limit, 0);
	number(b, "pids_count", g->pids, 0);
	buf_addc(b, '}');
}

void
render_nested(struct buf *b, const struct sample *s, const char *node_id)
{
	buf_addc(b, '{');
	timestamp(b, s->wall_ns);
	text(b, "node_id", node_id);
	open_object(b, "metrics");
	if (s->parts & PART_CPU)
		render_cpu(b, &s->cpu);
	if (s->parts & PART_MEMORY)
		render_memory(b, &s->mem);
	if (s->parts & PART_DISK)
		render_disk(b, &s->disk, &s->io);
	if (s->parts & PART_NETWORK)
		render_network(b, &s->net);
	if (s->parts & PART_PROCESSES)
		render_processes(b, &s->proc, s->mem.total);
	if (s->parts & PART_CGROUP)
		render_cgroup(b, &s->cgroup);
	if (s->self != NULL) {
		open_object(b, "self");
		self_render(b, s->self, s->wall_ns);
		buf_addc(b, '}');
	}
	number(b, "uptime_seconds", s->uptime_s, 2);
	number(b, "interval_seconds", s->interval_s, 3);
	buf_adds(b, "}}\n");
}

void
render_flat(struct buf *b, const struct sample *s, const char *node_id)
{
	static const struct mount none = {
		.total = ABSENT, .used = ABSENT, .usage_percent = ABSENT
	};
	const struct mount *root = disk_root(&s->disk);
	const struct {
		const char *key;
		double value;
		int digits;
	} members[] = {
		{ "cpu_percent", s->cpu.usage_percent, 2 },
		{ "memory_percent", s->mem.usage_percent, 2 },
		{ "memory_used_mb", s->mem.used / MB, 1 },
		{ "memory_total_mb", s->mem.total / MB, 1 },
		{ "disk_percent", (root ? root : &none)->usage_percent, 2 },
		{ "disk_used_gb", (root ? root : &none)->used / GB, 3 },
		{ "disk_total_gb", (root ? root : &none)->total / GB, 3 },
		{ "network_rx_bytes", s->net.total[NET_RX_BYTES], 0 },
		{ "network_tx_bytes", s->net.total[NET_TX_BYTES], 0 },
		{ "network_rx_rate_mbps", s->net.rate[NET_RX_BYTES] / MB, 4 },
		{ "network_tx_rate_mbps", s->net.rate[NET_TX_BYTES] / MB, 4 },
		{ "uptime_seconds", floor(s->uptime_s), 0 },
		{ "process_count", s->proc.count, 0 },
		{ "active_connections", s->net.connections, 0 },
		{ "load_avg_1m", s->cpu.load[0], 2 },
		{ "load_avg_5m", s->cpu.load[1], 2 },
		{ "load_avg_15m", s->cpu.load[2], 2 },
	};
	size_t i;

	buf_addc(b, '{');
	text(b, "node_id", node_id);
	timestamp(b, s->wall_ns);
	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		number_or(b, members[i].key, members[i].value,
		    members[i].digits, "null");
	buf_adds(b, "}\n");
}

void
render_beat(struct buf *b, const char *node_id, bool online)
{
	buf_addc(b, '{');
	text(b, "node_id", node_id);
	text(b, "status", online ? "online" : "offline");
	timestamp(b, rtime_now_ns());
	buf_adds(b, "}\n");
}
