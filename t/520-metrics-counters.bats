# SPDX-License-Identifier: MIT
# rx-metrics: counters that wrap, start anew or vanish, on a made-up /proc
# (not tested: a 32-bit kernel; its wraps look like these resets)
setup() { load helper; load metrics; fake_proc proc; }
teardown() { stop_sampling; }

last() { tail -n 1 out | jq -c "$1"; }

@test "metrics: every value of a made-up host is what its files say" {
	rx-metrics --once --proc proc >out
	[ "$(last .metrics.memory)" = '{"memory_usage_percent":75.00,"memory_total_mb":1024.0,"memory_used_mb":768.0,"memory_available_mb":256.0,"swap_usage_percent":50.00,"swap_total_mb":2.0,"swap_used_mb":1.0}' ] ||
	[ "$(last .metrics.memory)" = '{"memory_usage_percent":75,"memory_total_mb":1024,"memory_used_mb":768,"memory_available_mb":256,"swap_usage_percent":50,"swap_total_mb":2,"swap_used_mb":1}' ]
	last .metrics.cpu | jq -e '.load_avg_1m == 0.5 and
	    .load_avg_5m == 1.25 and .load_avg_15m == 2 and .cores == 2'
	last .metrics.network | jq -e '.bytes_recv == 1000000 and
	    .bytes_sent == 2000000 and .packets_recv == 100 and
	    .packets_sent == 200 and .active_connections == 42'
	last .metrics.processes | jq -e '.process_count == 2 and
	    ([.top_memory[].name] == ["big", "small"])'
	[ "$(last .metrics.uptime_seconds)" = 1000.5 ]
	last .metrics.disk.disk_io | jq -e 'keys == ["sda"]'
}

@test "metrics: a step of the counters is a rate over the stated interval, once" {
	sampling --proc proc
	more 1
	put proc/net/dev x y \
		'eth0: 3097152 150 0 0 0 0 0 0 2000000 200 0 0 0 0 0 0'
	put proc/diskstats '8 0 sda 10 0 6144 5 10 0 4096 5 0 100 10'
	put proc/stat 'cpu  175 0 100 825 0 0 0 0 0 0' \
		'cpu0 125 0 50 400 0 0 0 0 0 0' 'cpu1 50 0 50 425 0 0 0 0 0 0'
	more 2
	jq -se 'map(.metrics) | (map(.network.bytes_recv_mb_per_sec *
	    .interval_seconds) | add | . * 100 | round) == 200' out
	jq -se 'map(.metrics) | (map(.disk.read_mb_per_sec *
	    .interval_seconds) | add | . * 100 | round) == 200' out
	jq -se 'map(.metrics.cpu.cpu_usage_percent // 0) | max == 75' out
	jq -se 'map(.metrics.cpu.per_core_percent[1] // 0) | max == 0' out
}

@test "metrics: counters that fall make the rate absent once, say reset, and never a spike" {
	sampling --proc proc
	more 1
	put proc/net/dev 'eth0: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0'
	put proc/diskstats '8 0 sda 1 0 8 5 1 0 8 5 0 1 1'
	put proc/stat 'cpu  1 0 1 8 0 0 0 0 0 0' 'cpu0 1 0 1 8 0 0 0 0'
	more 3
	jq -se '[.[].metrics.network | select(.reset)] | length == 1 and
	    (.[0] | has("bytes_sent_mb_per_sec") | not)' out
	jq -se '[.[].metrics.disk | select(.reset)] | length == 1 and
	    (.[0] | has("read_mb_per_sec") | not)' out
	jq -se '[.[].metrics.cpu | select(.reset)] | length == 1 and
	    (.[0] | has("cpu_usage_percent") | not)' out
	jq -se '[.[].metrics.network.bytes_recv_mb_per_sec // 0] | max == 0' out
}

@test "metrics: a counter that wraps at 32 bits, or jumps beyond any wire, is no rate" {
	put proc/net/dev 'eth0: 4294967290 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0'
	sampling --proc proc
	more 1
	put proc/net/dev 'eth0: 5 2 0 0 0 0 0 0 9000000000000000000 0 0 0 0 0 0 0'
	more 2
	jq -se '[.[].metrics.network.bytes_recv_mb_per_sec // 0,
	    .[].metrics.network.bytes_sent_mb_per_sec // 0] | max == 0' out
	jq -se '[.[].metrics.network | select(.reset)] | length == 1' out
}

@test "metrics: a core that goes offline is null, and comes back after one sample" {
	sampling --proc proc
	more 1
	put proc/stat 'cpu  100 0 100 800 0 0 0 0' 'cpu0 50 0 50 400 0 0 0 0'
	more 2
	last .metrics.cpu.per_core_percent | jq -e 'length == 2 and .[1] == null'
	put proc/stat 'cpu  150 0 150 900 0 0 0 0' 'cpu0 50 0 50 450 0 0 0 0' \
		'cpu1 60 0 60 450 0 0 0 0'
	more 1
	jq -se 'all(.[].metrics.cpu.per_core_percent[] // 0; . <= 100)' out
}

@test "metrics: an interface and a disk that vanish are left out, new ones start at no rate" {
	sampling --proc proc
	more 1
	put proc/net/dev 'eth1: 99000000 9 0 0 0 0 0 0 99000000 9 0 0 0 0 0 0'
	put proc/diskstats '8 16 sdb 1 0 99999 5 1 0 99999 5 0 1 1'
	more 2
	last .metrics.disk.disk_io | jq -e 'keys == ["sdb"]'
	jq -se '[.[].metrics.network.bytes_recv_mb_per_sec // 0,
	    .[].metrics.disk.read_mb_per_sec // 0] | max == 0' out
}

@test "metrics: unreadable and damaged files cost their values and nothing else" {
	rm proc/meminfo proc/net/snmp
	put proc/loadavg 'rubbish'
	put proc/diskstats '8 0 sda 99999999999999999999999 x' ''
	put proc/stat 'cpu' 'cpuX 1 2' 'cpu9999999 1 2 3 4 5 6 7 8'
	put proc/net/dev ':' 'eth0' 'eth1: 1 2'
	put proc/self/mountinfo 'x' '1 2 3' '1 2 a:b / /x rw - ext4'
	run -0 --separate-stderr rx-metrics --once --proc proc
	jq -e '.metrics | .memory == {} and .processes.process_count == 2 and
	    (.network | has("active_connections") | not) and
	    .disk.disk_usage == {} and .uptime_seconds == 1000.5' <<<"$output"
	run -0 rx-metrics --once --flat --proc proc
	jq -e 'length == 19 and .cpu_percent == null and
	    .memory_percent == null and .disk_percent == null' <<<"$output"
}

@test "metrics: the name of a process may hold anything" {
	printf 'a) R 1 (\x01"\\\n\xff\n' >proc/10/comm
	rx-metrics --once --proc proc >out
	python3 - <<-'X'
	import json
	t = json.load(open("out"))["metrics"]["processes"]["top_memory"]
	assert t[0]["name"] == 'a) R 1 (\x01"\\\n\ufffd', t
	X
}

@test "metrics: a process that is listed and gone costs nothing" {
	rm proc/20/statm
	mkdir proc/30
	run -0 rx-metrics --once --proc proc
	jq -e '.metrics.processes | .process_count == 3 and
	    (.top_memory|length) == 1' <<<"$output"
}

@test "metrics: of partitions and what is stacked on disks nothing counts twice" {
	put proc/diskstats '8 0 sda 1 0 0 5 1 0 0 5 0 1 1' \
		'8 1 sda1 1 0 0 5 1 0 0 5 0 1 1' \
		'259 0 nvme0n1 1 0 0 5 1 0 0 5 0 1 1' \
		'259 1 nvme0n1p1 1 0 0 5 1 0 0 5 0 1 1' \
		'259 2 nvme0n12 1 0 0 5 1 0 0 5 0 1 1' \
		'7 0 loop0 1 0 0 5 1 0 0 5 0 1 1' \
		'9 0 md0 1 0 0 5 1 0 0 5 0 1 1' \
		'11 0 sr0 1 0 0 5 1 0 0 5 0 1 1'
	rx-metrics --once --proc proc >out
	last '.metrics.disk.disk_io|keys' | jq -e '. == ["nvme0n1", "nvme0n12", "sda"]'
}
