# SPDX-License-Identifier: MIT
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
	[[ $output == *'--only cpu,gpu: '*'they are cpu, mem, disk, net, proc and cgroup'* ]]
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

@test "metrics: the forms exclude one another, and what means nothing is refused" {
	while read -r options; do
		# shellcheck disable=SC2086 # words
		run -64 rx-metrics $options </dev/null
	done <<-'X'
	--flat --info
	--heartbeat 30s --flat
	--prometheus --info
	--flat --prometheus=x
	--flat --only cpu
	--info --top 3
	--info -i 5s
	--heartbeat 5s -i 5s
	--heartbeat 5s --only cpu
	--flat - --once
	--flat - -i 5s
	--flat --self .
	--prometheus --self .
	--save
	--flat --save=x
	-
	file
	--flat file
	--flat - -
	--heartbeat 0
	--heartbeat 2h
	X
}

@test "flat -: each record of stdin becomes one of 19 members, with null for what it lacks" {
	echo '{"x":1,"timestamp":"T","node_id":"n\u00e9\"","metrics":{"uptime_seconds":12.99,"cpu":{"cpu_usage_percent":1.50,"load_avg_1m":"high"},"disk":{"disk_usage":{"/":{"usage_percent":7,"stale":true}}}}}' |
		rx-metrics --flat - >out
	[ "$(cat out)" = '{"node_id":"n\u00e9\"","timestamp":"T","cpu_percent":1.50,"memory_percent":null,"memory_used_mb":null,"memory_total_mb":null,"disk_percent":7,"disk_used_gb":null,"disk_total_gb":null,"network_rx_bytes":null,"network_tx_bytes":null,"network_rx_rate_mbps":null,"network_tx_rate_mbps":null,"uptime_seconds":12,"process_count":null,"active_connections":null,"load_avg_1m":null,"load_avg_5m":null,"load_avg_15m":null}' ]
}

@test "flat -: what is no sample is dropped, told once, counted, and exit 1" {
	rx-metrics --once >nested
	printf '%s\n' rubbish '[1]' '{"metrics":{}}' '{"metrics":3,"node_id":"a","timestamp":"b"}' \
		'{"metrics":{},"node_id":7,"timestamp":"b"}' >bad
	{ cat bad nested; printf '{"half'; } >in
	run -1 --separate-stderr rx-metrics --flat - <in
	[ "${#lines[@]}" = 1 ]
	[ "$(jq length <<<"$output")" = 19 ]
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == 'rx-metrics: warning: line 1: '* ]]
	[ "${stderr_lines[1]}" = 'rx-metrics: warning: 5 lines dropped' ]
	run -0 rx-metrics --flat - </dev/null
	[ -z "$output" ]
}

@test "flat -: control records of a marked lane pass, and _rx stays in front" {
	ctl='{"_rx":{"k":"open","v":1,"sp":"S","ep":4}}'
	rx-metrics --once | sed 's/^{/{"_rx":{"id":"a:1","tag":1},/' >nested
	run -0 rx-metrics --flat - < <(echo "$ctl"; cat nested)
	[ "${lines[0]}" = "$ctl" ]
	[[ ${lines[1]} == '{"_rx":{"id":"a:1","tag":1},"node_id":'* ]]
	[ "$(jq length <<<"${lines[1]}")" = 20 ]
}

@test "flat -: a record is handed on before the next is waited for, TERM ends it" {
	mkfifo in
	rx-metrics --once >nested
	rx-metrics --flat - <in >out 3>&- &
	flat=$!
	exec 5>in
	cat nested >&5
	soon has out 1
	kill "$flat"
	wait "$flat"
	exec 5>&-
}

@test "flat -: live samples thinned to one a minute and flattened are the posted form" {
	fake_samples() { # a minute and a half of 3 s samples
		rx-metrics --once >one
		for n in $(seq 0 30); do
			jq -c --arg t "2026-01-06T00:$(printf '%02d:%02d' $((n * 3 / 60)) $((n * 3 % 60)))Z" \
				'.timestamp = $t' one
		done
	}
	fake_samples | rx-match --rate 1/60s | rx-metrics --flat - >out
	[ "$(wc -l <out)" -ge 1 ] && [ "$(wc -l <out)" -le 2 ]
	jq -e 'length == 19' out
}

@test "metrics: options come from the section rx-metrics of a configuration file, the line wins" {
	echo '{"rx-tail":{"x":1},"rx-metrics":{"once":true,"only":"mem","node-id":"from-file"}}' >rx.json
	run -0 rx-metrics -c rx.json
	[ "$(jq -c '[.node_id, (.metrics|keys_unsorted[0])]' <<<"$output")" = '["from-file","memory"]' ]
	[ "$(rx-metrics -c rx.json --node-id b --only cpu,mem | jq -c '[.node_id, (.metrics|length)]')" = '["b",4]' ]
	echo '{"rx-metrics":{"flatt":true}}' >rx.json
	run -78 rx-metrics --config rx.json
	[[ $output == *'rx.json:1:'*'no option --flatt'* ]]
	echo '{"rx-metrics":{"prometheus":"p.prom","once":true}}' >rx.json
	run -0 rx-metrics -c rx.json
	[ -z "$output" ]
	[ -s p.prom ]
}

@test "metrics: --check does what a start does, writes nothing and ends" {
	mkdir stats
	for form in '' --flat --prometheus=p.prom '--heartbeat 5s' --info '--info --save=s.json' \
		'--flat -' '--self stats'; do
		# shellcheck disable=SC2086 # words
		run -0 rx-metrics --check --stats x.prom $form <<<rubbish
		[ -z "$output" ]
	done
	[ "$(ls)" = stats ]
	run -74 rx-metrics --check --proc /none
	run -78 rx-metrics --check --node-id unknown
	run -74 rx-metrics --check --self none
	run -74 rx-metrics --check --stats none/x
	run -74 rx-metrics --check --info --save=none/x
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

@test "info: --save keeps the profile beside the node id, or where it is told to, whole" {
	rx-metrics --info --save >out
	cmp out state/system_info.json
	[ "$(stat -c %a state/system_info.json)" = 644 ]
	rx-metrics --info --save=here.json >out
	cmp out here.json
	[ "$(jq -r .id here.json)" = test-node ]
	run -74 rx-metrics --info --save=none/x.json
	[[ $output == *none/x.json* ]]
}

@test "info: without a given id it is the persistent one, the same in every record" {
	unset RX_NODE_ID
	rx-metrics --info --save >/dev/null
	id=$(jq -r .id state/system_info.json)
	[ -n "$id" ]
	[ "$(rx-metrics --once --only mem | jq -r .node_id)" = "$id" ]
	[ "$(rx-metrics --once --heartbeat 1s | jq -r .node_id)" = "$id" ]
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
