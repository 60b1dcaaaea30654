# SPDX-License-Identifier: MIT
# rx-metrics: pages under node_exporter's names, and its own counters
# (not tested: that a dashboard made for node_exporter shows them)
setup() { load helper; load metrics; }
teardown() { stop_sampling; }

@test "prometheus: promtool finds nothing but the mixed case of node_exporter's own names" {
	need promtool
	rx-metrics --once --prometheus >page
	promtool check metrics <page >told 2>&1 || [ $? -eq 3 ]
	run -1 grep -vE "^node_(memory|netstat)_[A-Za-z_0-9]+ metric names should be written in 'snake_case' not 'camelCase'$" told
	# It looks: a counter that is called none is found.
	sed 's/node_forks_total/node_forks/' page >bad
	run -3 promtool check metrics <bad
	[[ $output == *node_forks* ]]
}

@test "prometheus: families, labels and values are those of node_exporter on the same host" {
	need prometheus-node-exporter
	coproc NODE { exec prometheus-node-exporter --web.listen-address=127.0.0.1:0 \
		--collector.processes 2>&1 3>&-; }
	node=$NODE_PID
	port=$(timeout 20 sed -n '/address=127/ { s/.*address=127.0.0.1:\([0-9]*\).*/\1/p; q }' <&"${NODE[0]}")
	[ -n "$port" ] || port=$(ss -Hltnp | sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$node,.*/\1/p")
	curl -sS "127.0.0.1:$port/metrics" >theirs
	kill "$node"
	rx-metrics --once --prometheus >ours
	python3 - <<-'X'
	import re
	def page(name):
	    kinds, values = {}, {}
	    for line in open(name):
	        if line.startswith("# TYPE"):
	            _, _, family, kind = line.split()
	            kinds[family] = kind
	        elif line[0] != "#":
	            key, value = line.rsplit(" ", 1)
	            values[key] = float(value)
	    return kinds, values
	kinds, values = page("ours")
	their_kinds, theirs = page("theirs")
	assert len(kinds) > 80 and len(values) > 100
	for family, kind in kinds.items():
	    assert their_kinds.get(family) in (kind, "untyped"), family
	# Interrupted for a while, what counts may go far; what stands may not.
	still = re.compile("node_(memory_(MemTotal|SwapTotal|HugePages_Total|Hugepagesize|DirectMap)|"
	                   "filesystem_(size|files\\{|readonly|device_error)|boot|uname)")
	for key, value in values.items():
	    if 'device="lo"' in key and key not in theirs:
	        continue  # which has it by some ways of reading only
	    assert key in theirs, key
	    if still.match(key):
	        assert value == theirs[key], (key, value, theirs[key])
	    elif key.endswith("_total") or "_total{" in key:
	        assert value >= theirs[key] * 0.999, (key, value, theirs[key])
	assert 'node_filesystem_size_bytes' in kinds
	assert any(k.startswith('node_cpu_seconds_total{cpu="0",mode="idle"}') for k in values)
	X
}

@test "prometheus: a file is replaced by each page, whole, and nothing else is left beside it" {
	mkdir d
	rx-metrics -i 1s --prometheus=d/page.prom >out 3>&- &
	sampler=$!
	soon test -s d/page.prom
	first=$(stat -c %i d/page.prom)
	other() { [ "$(stat -c %i d/page.prom)" != "$first" ]; }
	soon other
	for _ in 1 2 3 4 5; do
		[ "$(tail -n 1 d/page.prom | tail -c 1 | xxd -p)" = 0a ]
		grep -q '^node_time_seconds' d/page.prom
	done
	[ "$(stat -c %a d/page.prom)" = 644 ]
	stop_sampling
	sampler=
	[ ! -s out ]
	[ "$(ls -A d)" = page.prom ]
}

@test "prometheus: pages on stdout are ended by an empty line, one alone is not" {
	rx-metrics -i 1s --prometheus >out 3>&- &
	sampler=$!
	two() { [ "$(grep -c '^$' out)" -ge 2 ]; }
	soon two
	[ "$(grep -c '^node_load1 ' out)" -ge 2 ]
	run -1 grep -c '^$' <(rx-metrics --once --prometheus)
}

@test "prometheus: labels may hold anything, a mount that hangs is an error and has no values" {
	can_trace
	fake_proc proc
	mkdir 'a"\b' bad
	put proc/self/mountinfo \
		"30 1 99:1 / $PWD/a\"\\134b rw - ext4 /dev/\\040x rw" \
		"31 1 99:2 / $PWD/bad rw - ext4 /dev/y rw"
	strace -f -o trace -P "$PWD/bad" -e trace=statfs \
		-e inject=statfs:delay_enter=4000000 \
		rx-metrics --once --proc proc --prometheus >page 3>&-
	grep -F 'node_filesystem_size_bytes{device="/dev/ x",fstype="ext4",mountpoint="'"$PWD"'/a\"\\b"}' page
	grep -F "node_filesystem_device_error{device=\"/dev/y\",fstype=\"ext4\",mountpoint=\"$PWD/bad\"} 1" page
	[ "$(grep -c "$PWD/bad" page)" = 1 ]
}

@test "prometheus: --only leaves families out, a directory that is not there is told at once" {
	rx-metrics --once --prometheus --only mem >page
	run -1 grep -E '^node_(cpu|disk|filesystem|network)' page
	grep -q '^node_memory_MemTotal_bytes ' page
	run -74 rx-metrics --prometheus=none/page.prom
	[[ $output == *none/page.prom* ]]
	run -74 rx-metrics --prometheus=none/page.prom --check
	run -64 rx-metrics --prometheus --flat
	# A rename would put a file in the place of these.
	mkfifo pipe
	ln -s pipe link
	for path in pipe link . /dev/null; do
		run -64 rx-metrics --once --prometheus="$path"
		run -64 rx-metrics --info --save="$path"
		run -64 rx-metrics --once --stats "$path"
	done
	[ -p pipe ] && [ -L link ] && [ -c /dev/null ]
}

@test "stats: what it handed on and what it refused is told" {
	rx-metrics --once >nested
	{ cat nested; echo rubbish; cat nested; } >in
	run -1 rx-metrics --flat --stats s.prom - <in
	grep -x 'rx_metrics_records_total 2' s.prom
	grep -x 'rx_metrics_refused_total 1' s.prom
	rx-metrics --once --stats s.prom >/dev/null
	grep -x 'rx_metrics_records_total 1' s.prom
	grep -x 'rx_metrics_stale_mounts 0' s.prom
	grep -x 'process_threads 1' s.prom
	[ "$(sed -n 's/^process_open_fds //p' s.prom)" -gt 5 ]
	run -74 rx-metrics --stats none/s.prom
	if command -v promtool >/dev/null; then promtool check metrics <s.prom; fi
}

@test "self: what tools told with --stats is part of a sample, with how old it is" {
	mkdir stats
	printf '%s\n' '# HELP x y' '# TYPE rx_a gauge' 'rx_a 3' 'rx_b_total{kind="one"} 1' \
		'rx_b_total{kind="t\"w\\o"} 2.5' 'rx_c{path="p",label="l"} 9' 'rx_d 0.25' >stats/tail.prom
	touch -d '1 minute ago' stats/tail.prom
	echo 'rx_z 1' >stats/.hidden.prom
	echo 'rx_z 1' >stats/notes.txt
	rx-metrics --once --self stats >out
	[ "$(jq -c '.metrics.self | keys' out)" = '["tail"]' ]
	[ "$(jq -c '.metrics.self.tail | del(.age_seconds)' out)" = \
		'{"rx_a":3,"rx_b_total":{"one":1,"t\"w\\o":2.5},"rx_d":0.25}' ]
	jq -e '.metrics.self.tail.age_seconds | . >= 60 and . < 90' out
	run -74 rx-metrics --once --self none
	run -64 rx-metrics --once --flat --self stats
}

@test "self: files appear, change and go while it samples; damage costs their values alone" {
	mkdir stats
	sampling --self stats --only mem
	more 1
	echo 'rx_a 1' >stats/a.prom
	more 2
	[ "$(tail -n 1 out | jq .metrics.self.a.rx_a)" = 1 ]
	echo 'rx_a 22' >stats/new && mv stats/new stats/a.prom
	head -c 3000 /dev/urandom >stats/b.prom
	printf '%s\n' 'rx_n NaN' 'rx_i +Inf' 'rx_o 01' 'rx_s "x"' 'rx_e' '{} 1' 'rx_u{a="' \
		'rx_u{a="b"}' 'rx_\ 1' 'rx_q"x 1' 'age_seconds 9' \
		'rx_ok 1' 'rx_ok 1' >stats/c.prom
	printf 'rx_z{a="x\\\0"} 1\nrx_t{a="\t"} 1\n' >>stats/c.prom
	more 2
	tail -n 1 out | jq -e '.metrics.self | .a.rx_a == 22 and
	    (.c | del(.age_seconds) == {"rx_ok": 1})'
	rm stats/*.prom
	more 2
	[ "$(tail -n 1 out | jq -c .metrics.self)" = '{}' ]
	python3 -c 'import json
for line in open("out", "rb"): json.loads(line.decode("utf-8"))'
}
