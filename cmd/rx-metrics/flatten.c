/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/flatten.h"

#include "lib/pointer.h"

/* The member of the flat form, and where it is below metrics. */
static const struct {
	const char *name, *pointer;
} members[] = {
	{ "cpu_percent", "/cpu/cpu_usage_percent" },
	{ "memory_percent", "/memory/memory_usage_percent" },
	{ "memory_used_mb", "/memory/memory_used_mb" },
	{ "memory_total_mb", "/memory/memory_total_mb" },
	{ "disk_percent", "/disk/disk_usage/~1/usage_percent" },
	{ "disk_used_gb", "/disk/disk_usage/~1/used_gb" },
	{ "disk_total_gb", "/disk/disk_usage/~1/total_gb" },
	{ "network_rx_bytes", "/network/bytes_recv" },
	{ "network_tx_bytes", "/network/bytes_sent" },
	{ "network_rx_rate_mbps", "/network/bytes_recv_mb_per_sec" },
	{ "network_tx_rate_mbps", "/network/bytes_sent_mb_per_sec" },
	{ "uptime_seconds", "/uptime_seconds" },
	{ "process_count", "/processes/process_count" },
	{ "active_connections", "/network/active_connections" },
	{ "load_avg_1m", "/cpu/load_avg_1m" },
	{ "load_avg_5m", "/cpu/load_avg_5m" },
	{ "load_avg_15m", "/cpu/load_avg_15m" },
};

void
flatten_init(struct flatten *f)
{
	record_init(&f->record);
	buf_init(&f->scratch);
}

/* Without its fraction, when it is spelled as ours are. */
static struct span
whole(struct span number)
{
	const char *dot = memchr(number.at, '.', number.len);

	if (dot != NULL && memchr(number.at, 'e', number.len) == NULL &&
	    memchr(number.at, 'E', number.len) == NULL)
		number.len = (size_t)(dot - number.at);
	return number;
}

static void
add_number(
    struct flatten *f, const struct value *metrics, size_t i, struct buf *to)
{
	struct value v;

	buf_addf(to, ",\"%s\":", members[i].name);
	if (!pointer_find(
		*metrics, span_of(members[i].pointer), &f->scratch, &v) ||
	    v.type != VALUE_NUMBER)
		buf_adds(to, "null");
	else if (strcmp(members[i].name, "uptime_seconds") == 0)
		buf_add(to, whole(v.text));
	else
		buf_add(to, v.text);
}

static void
add_text(struct buf *to, const char *name, const struct value *v)
{
	buf_addf(to, "\"%s\":\"", name);
	buf_add(to, v->text);
	buf_addc(to, '"');
}

int
flatten_line(struct flatten *f, struct span line, struct buf *to)
{
	struct value mark, node_id, timestamp, metrics;
	size_t i;

	if (record_is_control(line)) {
		buf_add(to, line);
		buf_addc(to, '\n');
		return 0;
	}
	if (record_parse(&f->record, line) < 0) {
		f->why = f->record.why;
		return -1;
	}
	if (!record_get(&f->record, "metrics", &metrics) ||
	    metrics.type != VALUE_OBJECT ||
	    !record_get(&f->record, "node_id", &node_id) ||
	    node_id.type != VALUE_STRING ||
	    !record_get(&f->record, "timestamp", &timestamp) ||
	    timestamp.type != VALUE_STRING) {
		f->why = "no sample: node_id, timestamp and metrics are needed";
		return -1;
	}
	buf_addc(to, '{');
	if (record_get(&f->record, "_rx", &mark) && mark.type == VALUE_OBJECT) {
		buf_adds(to, "\"_rx\":");
		buf_add(to, mark.text);
		buf_addc(to, ',');
	}
	add_text(to, "node_id", &node_id);
	buf_addc(to, ',');
	add_text(to, "timestamp", &timestamp);
	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		add_number(f, &metrics, i, to);
	buf_adds(to, "}\n");
	return 0;
}

void
flatten_release(struct flatten *f)
{
	record_release(&f->record);
	buf_release(&f->scratch);
}
