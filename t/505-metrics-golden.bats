# SPDX-License-Identifier: MIT
# rx-metrics: every shape it writes, byte for byte, on a made-up host; what is
# declared of it in TypeScript       (not tested here: JSON Schema, see 660; tsc)
setup() { load helper; load metrics; fake_proc proc; fake_sys sys; }

# What changes from run to run or is this machine's becomes N.
plain() {
	sed -E 's/"[0-9-]{10}T[0-9:.]*Z"/"WHEN"/; s/("interval_seconds":)[0-9.]+/\1N/
		s/("(usage_percent|(total|used|available)_gb|disk_(percent|(used|total)_gb))":)[0-9.]+/\1N/g
		s/^(node_(time_seconds|filesystem_[a-z_]*\{[^}]*\})) .*/\1 N/
		s/^node_uname_info.*/node_uname_info N/'
}

golden() {
	"$@" >out
	plain <out >plain
	diff -u "$RX_TOP/t/data/metrics/$golden" plain
}

@test "golden: the nested form" {
	golden=nested golden rx-metrics --once --proc proc --sys sys
}

@test "golden: the flat form, sampled and of a record on stdin" {
	golden=flat golden rx-metrics --once --flat --proc proc
	rx-metrics --once --proc proc --sys sys >nested
	golden=flat golden rx-metrics --flat - <nested
}

@test "golden: the page for Prometheus" {
	golden=page golden rx-metrics --once --prometheus --proc proc --sys sys
}

@test "golden: the heartbeat and the profile" {
	golden=beat golden rx-metrics --once --heartbeat 1s
	rx-metrics --info --proc proc >out
	jq -c 'with_entries(if .key == "memory_total_mb" or .key == "id" or
	    .key == "node_id" then . else .value |= null end)' out >plain
	diff -u "$RX_TOP/t/data/metrics/profile" plain
}

@test "types: what it writes is what rx-metrics.d.ts declares, which says no as well" {
	is() { python3 "$RX_TOP/t/oracle/dts_oracle.py" "$RX_TOP/agent/schemas/rx-metrics.d.ts" "$1"; }
	mkdir stats
	rx-metrics --once --stats stats/m.prom >/dev/null
	{
		rx-metrics --once --self stats
		rx-metrics --once --proc proc --sys sys
		rm proc/meminfo proc/stat proc/net/snmp
		rx-metrics --once --proc proc
		rx-metrics --once --only mem
	} >nested
	run -0 is Telemetry <nested
	{ rx-metrics --once --flat; rx-metrics --once --flat --proc proc; } >flat
	run -0 is FlatTelemetry <flat
	rx-metrics --once --heartbeat 1s >beat
	run -0 is Heartbeat <beat
	rx-metrics --info >info
	run -0 is SystemInfo <info
	run -1 is Telemetry < <(jq -c '.metrics.cpu.surprise = 1' nested)
	run -1 is FlatTelemetry < <(jq -c 'del(.process_count)' flat)
	run -1 is Heartbeat < <(jq -c '.status = "away"' beat)
}

@test "tee: one sample feeds the alerts and the posted form, whether or not anybody watches" {
	rx-metrics --once --proc proc --only mem >one
	python3 - >samples <<-'X'
	import datetime, json
	r = json.load(open("one"))
	begin = datetime.datetime(2026, 1, 6)
	for n in range(0, 420, 3):
	    r["timestamp"] = (begin + datetime.timedelta(seconds=n)).isoformat() + "Z"
	    r["metrics"]["uptime_seconds"] = 1000 + n
	    r["metrics"]["memory"]["memory_usage_percent"] = 99
	    print(json.dumps(r))
	X
	mkfifo a b
	rx-alert --replay <a >alerts 3>&- &
	alert=$!
	rx-match --rate 1/60s <b 3>&- | rx-metrics --flat - 3>&- >posted &
	posted=$!
	# Nobody watches: the third reader is gone before the first record.
	tee -p a b <samples | true
	wait "$alert" "$posted"
	[ "$(jq -r .alert_type alerts | sort -u)" = memory_critical ]
	[ "$(wc -l <posted)" -ge 1 ] && [ "$(wc -l <posted)" -le 8 ]
	jq -e 'length == 19 and .memory_percent == 99' posted
}
