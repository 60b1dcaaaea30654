# rx-metrics: the shapes it writes, and how it is called     (not tested: that
# 10,000 hosts spread over the interval; see the phases in 540)
setup() { load helper; }

@test "metrics: the nested form has timestamp, node_id and metrics, and each group its members" {
	rx-metrics --once >out
	[ "$(jq -c keys_unsorted out)" = '["timestamp","node_id","metrics"]' ]
	[ "$(jq -r .node_id out)" = test-node ]
	[ "$(jq -c '.metrics|keys_unsorted' out)" = \
		'["cpu","memory","disk","network","processes","uptime_seconds","interval_seconds"]' ]
	jq -e '.metrics | [.cpu.cpu_usage_percent, .cpu.load_avg_15m,
	    .memory.memory_usage_percent, .memory.swap_total_mb,
	    .disk.read_mb_per_sec, .network.bytes_sent_mb_per_sec,
	    .network.active_connections, .processes.process_count,
	    .uptime_seconds] | all(type == "number" and . >= 0)' out
	jq -e '.metrics.cpu | (.per_core_percent|length) == .cores' out
	jq -e '.metrics.processes.top_memory | length == 5 and
	    . == sort_by(-.memory_mb) and all(.pid > 0 and .name != "")' out
}

@test "metrics: the flat form has exactly the 19 members, in order, none nested" {
	rx-metrics --once --flat >out
	cat >expected <<-'X'
	node_id timestamp cpu_percent memory_percent memory_used_mb memory_total_mb disk_percent disk_used_gb disk_total_gb network_rx_bytes network_tx_bytes network_rx_rate_mbps network_tx_rate_mbps uptime_seconds process_count active_connections load_avg_1m load_avg_5m load_avg_15m
	X
	jq -r 'keys_unsorted|join(" ")' out | diff expected -
	jq -e '[.[]] | all(type != "object" and type != "array")' out
}

@test "metrics: a record is stamped with the time it was taken, in UTC" {
	before=$(date -u +%Y-%m-%dT%H:%M:%S)
	stamp=$(rx-metrics --once | jq -r .timestamp)
	[[ $stamp =~ ^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z$ ]]
	[[ ! ${stamp%.*} < $before ]]
	[[ ! ${stamp%.*} > $(date -u +%Y-%m-%dT%H:%M:%S) ]]
}

@test "metrics: --only samples the named parts and nothing else" {
	run -0 rx-metrics --once --only cpu,net
	[ "$(jq -c '.metrics|keys_unsorted' <<<"$output")" = \
		'["cpu","network","uptime_seconds","interval_seconds"]' ]
	run -64 rx-metrics --once --only cpu,gpu
	[[ $output == *'no part is called "gpu"'* ]]
	run -64 rx-metrics --once --only ''
}

@test "metrics: --top bounds the processes named" {
	[ "$(rx-metrics --once --top 2 | jq '.metrics.processes.top_memory|length')" = 2 ]
	[ "$(rx-metrics --once --top 0 | jq '.metrics.processes.top_memory|length')" = 0 ]
	run -64 rx-metrics --once --top 101
}

@test "metrics: the interval is 1s to 1h and nothing else" {
	run -64 rx-metrics -i 999ms
	run -64 rx-metrics -i 3601s
	run -64 rx-metrics -i 3
	run -64 rx-metrics -i 3sx
	run -0 rx-metrics -i 1h --check
	[ -z "$output" ]
}

@test "metrics: the forms exclude one another, and files are not read" {
	run -64 rx-metrics --flat --info
	run -64 rx-metrics --heartbeat 30s --flat
	run -64 rx-metrics --flat --only cpu
	run -64 rx-metrics --info --top 3
	run -64 rx-metrics file
}

@test "heartbeat: node_id, status online, timestamp; offline when it is stopped" {
	rx-metrics --heartbeat 1s >out 3>&- &
	beat=$!
	soon has out 2
	kill "$beat"
	wait "$beat"
	[ "$(jq -c keys_unsorted out | sort -u)" = '["node_id","status","timestamp"]' ]
	[ "$(tail -n 1 out | jq -r .status)" = offline ]
	[ "$(head -n -1 out | jq -r .status | sort -u)" = online ]
	[ "$(jq -r .node_id out | sort -u)" = test-node ]
}

@test "info: the profile agrees with uname, nproc, free and df, and its id is the node id" {
	rx-metrics --info >out
	[ "$(jq -r .id out)" = test-node ]
	[ "$(jq -r .node_id out)" = test-node ]
	[ "$(jq -r .os_type out)" = "$(uname -s)" ]
	[ "$(jq -r .os_release out)" = "$(uname -r)" ]
	[ "$(jq -r .os_version out)" = "$(uname -v)" ]
	[ "$(jq -r .architecture out)" = "$(uname -m)" ]
	[ "$(jq -r .hostname out)" = "$(uname -n)" ]
	[ "$(jq -r .cpu_cores_logical out)" = "$(getconf _NPROCESSORS_ONLN)" ]
	[ "$(jq '.memory_total_mb|floor' out)" = \
		"$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" ]
	[ "$(jq '.disk_total_gb*1048576|round' out)" -gt 0 ]
	[[ $(jq -r .mac_address out) =~ ^(null|([0-9a-f]{2}:){5}[0-9a-f]{2})$ ]]
	[ "$(jq length out)" = 15 ]
}

@test "metrics: a node id that says unknown is refused" {
	run -78 rx-metrics --once --node-id unknown-host
}

@test "metrics: a full disk is an error, a reader that left is not" {
	run -74 bash -c 'rx-metrics --once >/dev/full'
	rx-metrics -i 1s 2>err 3>&- | head -n 1 >out
	[ "$(wc -l <out)" = 1 ]
	[ ! -s err ]
}
