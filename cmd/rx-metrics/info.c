/* SPDX-License-Identifier: MIT */
/*
 * info -- who this host is: the profile that is sent once.
 */
#include <ifaddrs.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/jstr.h"
#include "lib/newfile.h"
#include "lib/nodeid.h"
#include "lib/rtime.h"

/* Text, or null when it is empty. */
static void
text(struct buf *b, const char *key, const char *value)
{
	buf_addf(b, ",\"%s\":", key);
	if (*value == '\0')
		buf_adds(b, "null");
	else
		jstr_add(b, span_of(value));
}

static void
number(struct buf *b, const char *key, double value, int digits)
{
	buf_addf(b, ",\"%s\":", key);
	if (isfinite(value))
		buf_addf(b, "%.*f", digits, value);
	else
		buf_adds(b, "null");
}

/* PRETTY_NAME="Debian GNU/Linux 12 (bookworm)" of os-release(5). */
static void
os_name(char *dst, size_t size)
{
	static const char key[] = "PRETTY_NAME=";
	struct span rest, line;
	struct buf file;
	size_t n = 0, i;

	buf_init(&file);
	if (newfile_read("/etc/os-release", 65536, &file) == 0) {
		rest = buf_span(&file);
		while (text_line(&rest, &line)) {
			if (!span_starts(line, span_of(key)))
				continue;
			line = span_skip(line, sizeof(key) - 1);
			for (i = 0; i < line.len && n + 1 < size; i++)
				if (line.at[i] != '"' && line.at[i] != '\'' &&
				    line.at[i] != '\\')
					dst[n++] = line.at[i];
			break;
		}
	}
	dst[n] = '\0';
	buf_release(&file);
}

static bool
has_address(const struct ifaddrs *a, const char *ip)
{
	char s[INET6_ADDRSTRLEN] = "";
	const void *at;

	if (a->ifa_addr->sa_family == AF_INET)
		at = &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr;
	else if (a->ifa_addr->sa_family == AF_INET6)
		at = &((struct sockaddr_in6 *)(void *)a->ifa_addr)->sin6_addr;
	else
		return false;
	inet_ntop(a->ifa_addr->sa_family, at, s, sizeof(s));
	return strcmp(s, ip) == 0;
}

/* The hardware address of the interface that has the address; else "". */
static void
mac_of(const char *ip, char mac[18])
{
	const struct sockaddr_ll *ll;
	struct ifaddrs *all, *a;
	const char *interface = NULL;

	mac[0] = '\0';
	if (getifaddrs(&all) < 0)
		return;
	for (a = all; a != NULL && interface == NULL; a = a->ifa_next)
		if (a->ifa_addr != NULL && has_address(a, ip))
			interface = a->ifa_name;
	for (a = all; a != NULL && interface != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL ||
		    a->ifa_addr->sa_family != AF_PACKET ||
		    strcmp(a->ifa_name, interface) != 0)
			continue;
		ll = (const struct sockaddr_ll *)(const void *)a->ifa_addr;
		if (ll->sll_halen == 6)
			snprintf(mac, 18, "%02x:%02x:%02x:%02x:%02x:%02x",
			    ll->sll_addr[0], ll->sll_addr[1], ll->sll_addr[2],
			    ll->sll_addr[3], ll->sll_addr[4], ll->sll_addr[5]);
	}
	freeifaddrs(all);
}

/* One number of /sys/devices/system/cpu/cpuN/topology; -1 when absent. */
static long
topology(long cpu, const char *file)
{
	char path[96];
	long v = -1;
	FILE *f;

	snprintf(path, sizeof(path),
	    "/sys/devices/system/cpu/cpu%ld/topology/%s", cpu, file);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	if (fscanf(f, "%ld", &v) != 1)
		v = -1;
	fclose(f);
	return v;
}

/* Threads of one core share package and core number. */
static double
physical_cores(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), i, k, n = 0;
	long(*seen)[2];
	double cores;

	if (cpus < 1 || cpus > CPU_MAX ||
	    (seen = calloc((size_t)cpus, sizeof(*seen))) == NULL)
		return ABSENT;
	for (i = 0; i < cpus; i++) {
		seen[n][0] = topology(i, "physical_package_id");
		seen[n][1] = topology(i, "core_id");
		if (seen[n][1] < 0)
			continue;
		for (k = 0; k < n; k++)
			if (seen[k][0] == seen[n][0] &&
			    seen[k][1] == seen[n][1])
				break;
		if (k == n)
			n++;
	}
	free(seen);
	cores = (double)n;
	return n > 0 ? cores : ABSENT;
}

static double
root_size(void)
{
	struct statvfs fs;

	if (statvfs("/", &fs) < 0)
		return ABSENT;
	return (double)fs.f_blocks * (double)fs.f_frsize;
}

int
render_info(struct buf *b, const char *node_id, const char *proc_root)
{
	char when[RTIME_MAX], os[256], ip[NODEID_MAX + 1], mac[18];
	struct procfs p;
	struct utsname u;
	struct mem m;

	if (uname(&u) < 0 || procfs_open(&p, proc_root) < 0)
		return -1;
	mem_init(&m);
	mem_sample(&m, &p);
	mem_release(&m);
	procfs_close(&p);
	if (nodeid_ip(ip) < 0)
		ip[0] = '\0';
	mac_of(ip, mac);
	os_name(os, sizeof(os));
	rtime_render(when, rtime_now_ns(), 3);

	buf_adds(b, "{\"id\":");
	jstr_add(b, span_of(node_id));
	text(b, "node_id", node_id);
	text(b, "timestamp", when);
	text(b, "hostname", u.nodename);
	text(b, "os_type", u.sysname);
	text(b, "os_name", os);
	text(b, "os_version", u.version);
	text(b, "os_release", u.release);
	text(b, "architecture", u.machine);
	text(b, "ip_address", ip);
	text(b, "mac_address", mac);
	number(b, "memory_total_mb", m.total / MB, 1);
	number(b, "disk_total_gb", root_size() / GB, 3);
	number(b, "cpu_cores_physical", physical_cores(), 0);
	number(
	    b, "cpu_cores_logical", (double)sysconf(_SC_NPROCESSORS_ONLN), 0);
	buf_adds(b, "}\n");
	return 0;
}
