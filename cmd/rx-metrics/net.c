/* SPDX-License-Identifier: MIT */
/*
 * net -- what went over the wires, and how many connections stand.
 *
 * Bytes are counted where they leave the host: interfaces with a device behind
 * them.  What bridges, bonds, tunnels and container links move passes one of
 * those as well.  Where there is no such interface (in a container), all but
 * the loopback count.  One that appears counts from its second sample on.
 *
 * Connections are CurrEstab of /proc/net/snmp: TCP over IPv4 and IPv6 in
 * ESTABLISHED or CLOSE-WAIT, counted by the kernel as they change.  Asking
 * sock_diag(7) would walk the table of all sockets, 30,000 of them included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-metrics/metrics.h"

#define RATE_MAX 125e9 /* per second: a terabit; beyond it was no measurement */
#define CURR_ESTAB 9 /* the ninth value of a Tcp: line */

/* What is added up and has a rate. */
static const int summed[] = { NET_RX_BYTES, NET_RX_PACKETS, NET_TX_BYTES,
	NET_TX_PACKETS };
#define N_SUMMED (sizeof(summed) / sizeof(*summed))

void
net_init(struct net *n)
{
	*n = (struct net){ .dev = KEPT("net/dev"), .snmp = KEPT("net/snmp") };
}

static bool
has_device(const struct procfs *sys, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "class/net/%s/device", name);
	return sys->root >= 0 && faccessat(sys->root, path, F_OK, 0) == 0;
}

static struct net_if *
find(struct net *n, const struct procfs *sys, struct span name)
{
	struct net_if *f, *grown;
	size_t i;

	for (i = 0; i < n->n_ifs; i++)
		if (span_is(name, n->ifs[i].name))
			return &n->ifs[i];
	if (name.len >= sizeof(f->name) || n->n_ifs == NET_MAX)
		return NULL;
	grown = realloc(n->ifs, (n->n_ifs + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	n->ifs = grown;
	f = &n->ifs[n->n_ifs++];
	*f = (struct net_if){ .known = false };
	memcpy(f->name, name.at, name.len);
	f->hardware = has_device(sys, f->name);
	f->loopback = span_is(name, "lo");
	return f;
}

/* "eth0: rx-bytes packets errs drop fifo frame compressed multicast
 * tx-bytes packets …"; a name may touch its first number. */
static bool
parse_line(struct span line, struct span *name, uint64_t count[NET_N])
{
	const char *colon = memchr(line.at, ':', line.len);
	size_t i;

	if (colon == NULL)
		return false;
	*name = (struct span){ line.at, (size_t)(colon - line.at) };
	line = span_skip(line, name->len + 1);
	while (name->len > 0 && name->at[0] == ' ')
		*name = span_skip(*name, 1);
	for (i = 0; i < NET_N; i++)
		if (!text_u64(&line, &count[i]))
			return false;
	return true;
}

/* What the kernel says now, into each interface; the gone are forgotten. */
static void
read_devices(struct net *n, struct procfs *p, const struct procfs *sys)
{
	struct span text, line, name;
	uint64_t count[NET_N];
	struct net_if *f;
	size_t i, left = 0;

	if (procfs_read(p, &n->dev, &text) < 0)
		text.len = 0;
	while (text_line(&text, &line)) {
		if (!parse_line(line, &name, count) ||
		    (f = find(n, sys, name)) == NULL)
			continue;
		memcpy(f->now, count, sizeof(count));
		f->present = true;
	}
	for (i = 0; i < n->n_ifs; i++)
		if (n->ifs[i].present)
			n->ifs[left++] = n->ifs[i];
	n->n_ifs = left;
}

/* One interface into the totals, its step too when it was there before. */
static void
add(struct net *n, const struct net_if *f, double elapsed_s)
{
	uint64_t step[N_SUMMED];
	size_t i;

	for (i = 0; i < N_SUMMED; i++)
		n->total[summed[i]] += (double)f->now[summed[i]];
	if (!f->known || !(elapsed_s > 0))
		return;
	for (i = 0; i < N_SUMMED; i++)
		if (!counter_step(f->last[summed[i]], f->now[summed[i]],
			RATE_MAX * elapsed_s, &step[i])) {
			n->reset = true;
			return;
		}
	for (i = 0; i < N_SUMMED; i++)
		n->rate[summed[i]] += (double)step[i] / elapsed_s;
}

static void
sample_devices(struct net *n, double elapsed_s)
{
	bool hardware = false, any = false;
	struct net_if *f;
	size_t i;

	for (i = 0; i < n->n_ifs; i++) {
		hardware |= n->ifs[i].hardware;
		any |= !n->ifs[i].loopback;
	}
	for (i = 0; i < NET_N; i++) {
		n->total[i] = any ? 0 : ABSENT;
		n->rate[i] = any && elapsed_s > 0 ? 0 : ABSENT;
	}
	n->reset = false;
	for (i = 0; i < n->n_ifs; i++) {
		f = &n->ifs[i];
		if (f->hardware == hardware && !f->loopback)
			add(n, f, elapsed_s);
		memcpy(f->last, f->now, sizeof(f->last));
		f->known = true;
		f->present = false;
	}
	for (i = 0; n->reset && i < NET_N; i++)
		n->rate[i] = ABSENT;
}

static double
count_connections(struct net *n, struct procfs *p)
{
	struct span text, line;
	uint64_t v = 0;
	bool headed = false;
	int i;

	if (procfs_read(p, &n->snmp, &text) < 0)
		return ABSENT;
	while (text_line(&text, &line)) {
		if (!span_starts(line, SPAN("Tcp: ")))
			continue;
		if (!headed) { /* the first such line names the columns */
			headed = true;
			continue;
		}
		line = span_skip(line, 5);
		for (i = 0; i < CURR_ESTAB; i++)
			if (!text_u64(&line, &v) && i + 1 == CURR_ESTAB)
				return ABSENT; /* MaxConn may be -1 */
		return (double)v;
	}
	return ABSENT;
}

void
net_sample(
    struct net *n, struct procfs *p, struct procfs *sys, double elapsed_s)
{
	read_devices(n, p, sys);
	sample_devices(n, elapsed_s);
	n->connections = count_connections(n, p);
}

void
net_release(struct net *n)
{
	free(n->ifs);
}
