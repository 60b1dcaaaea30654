# SPDX-License-Identifier: MIT
# rx-metrics: file systems that hang, and which of them count  (not tested: a
# real network file system that went away)
setup() { load helper; load metrics; fake_proc proc; }
# What hangs under strace is ended from the leaves up.
teardown() {
	# shellcheck disable=SC2046 # one word for each process
	[ -z "${sampler:-}" ] || kill -9 $(tree "$sampler") 2>/dev/null || :
}
tree() {
	local child
	for child in $(pgrep -P "$1"); do tree "$child"; done
	echo "$1"
}

# Mounts of directories that are there, each with a device of its own.
mounts() {
	local i=0 lines=() path
	for path; do
		lines+=("$((30 + i)) 1 99:$((++i)) / $path rw - ext4 /dev/x rw")
	done
	put proc/self/mountinfo "${lines[@]}"
}

# strace makes statfs of one directory hang for a minute.
hanging() {
	strace -f -o trace -P "$1" -e trace=statfs \
		-e inject=statfs:delay_enter=60000000 \
		rx-metrics -i 1s --proc proc >out 2>err 3>&- &
	sampler=$!
}

@test "metrics: a mount that hangs costs its own value, the others and the interval stay" {
	can_trace
	mkdir a bad z
	mounts "$PWD/a" "$PWD/bad" "$PWD/z"
	hanging "$PWD/bad"
	soon has out 4
	jq -se --arg p "$PWD" 'map(.metrics.disk.disk_usage) |
	    all(.[$p + "/bad"] == {"stale": true} and
	    .[$p + "/a"].usage_percent >= 0 and
	    .[$p + "/z"].usage_percent >= 0)' out
	jq -se 'map(.metrics) | all(.uptime_seconds > 0 and .memory != {}) and
	    (.[2:] | all(.interval_seconds < 1.5))' out
}

@test "metrics: while a mount hangs there is one process more, and TERM ends it at once" {
	can_trace
	mkdir bad
	mounts "$PWD/bad"
	hanging "$PWD/bad"
	soon has out 2
	main=$(pgrep -P "$sampler" -x rx-metrics)
	count() { pgrep -g "$(ps -o pgid= -p "$main" | tr -d ' ')" -x rx-metrics | wc -l; }
	fds() { find "/proc/$main/fd" -mindepth 1 | wc -l; }
	a=$(count) b=$(fds)
	more 4
	[ "$(count)" -le 3 ] && [ "$(count)" -le "$((a + 1))" ]
	[ "$(fds)" -le "$((b + 1))" ]
	kill "$main"
	soon gone "$main"
	sampler=
}

@test "metrics: file systems without data or in memory are left out, of one device the shortest path counts" {
	mkdir -p 'd/with space' long/er
	put proc/self/mountinfo \
		"1 1 0:1 / $PWD rw - tmpfs tmpfs rw" \
		"2 1 7:1 / $PWD/d ro - squashfs /dev/loop1 ro" \
		"3 1 0:50 / $PWD/long rw - overlay overlay rw" \
		"4 1 8:1 / $PWD/long/er rw - ext4 /dev/sda1 rw" \
		"5 1 8:1 /x $PWD/long rw master:1 - ext4 /dev/sda1 rw" \
		"6 1 8:2 / $PWD/d/with\\040space rw - xfs /dev/sda2 rw"
	run -0 rx-metrics --once --proc proc
	jq -e --arg p "$PWD" '.metrics.disk.disk_usage | keys ==
	    [$p + "/d/with space", $p + "/long"]' <<<"$output"
}

@test "metrics: a mount whose directory is gone is left out" {
	mounts "$PWD/nowhere" /
	run -0 rx-metrics --once --proc proc
	jq -e '.metrics.disk.disk_usage | keys == ["/"]' <<<"$output"
}

@test "metrics: a file system that is mounted and never answers is stale, its end is seen, the rest goes on" {
	can_unshare --mount
	[ -w /dev/fuse ] || skip "no /dev/fuse here"
	mkdir dead
	cat >inside <<-'X'
	python3 "$RX_TOP/t/stub/deadfs.py" "$PWD/dead" ready &
	fs=$!
	until [ -e ready ] || ! kill -0 $fs; do sleep .05; done
	rx-metrics -i 1s --only disk,mem >out &
	echo $! >pid
	until [ "$(wc -l <out)" -ge 4 ]; do sleep .05; done
	kill $fs
	touch killed
	wait
	X
	timeout 60 unshare --mount bash inside 3>&- &
	soon test -e killed
	sampler=$(cat pid)
	jq -se --arg p "$PWD/dead" 'map(.metrics) | all(.disk.disk_usage |
	    .[$p] == {"stale": true} and .["/"].total_gb > 0) and
	    (.[1:] | all(.interval_seconds < 1.9)) and all(.memory.memory_total_mb > 0)' \
		<(head -n 4 out)
	# Not connected is an answer, when it is asked again; TERM does not wait for it.
	kill "$sampler"
	soon gone "$sampler"
	sampler=
}

@test "metrics: many that hang cost one sample a second, and all others have their turn" {
	can_trace
	mkdir a b c d e f
	mounts "$PWD"/{a,b,c,d,e,f}
	strace -f -o trace -P "$PWD/a" -P "$PWD/b" -P "$PWD/c" -P "$PWD/d" \
		-e trace=statfs -e inject=statfs:delay_enter=60000000 \
		rx-metrics -i 2s --proc proc >out 2>err 3>&- &
	sampler=$!
	soon has out 3
	jq -se 'all(.metrics.interval_seconds < 3.5)' out
	RX_PATIENCE=20 soon has out 4
	tail -n 1 out | jq -e --arg p "$PWD" '.metrics.disk.disk_usage |
	    .[$p + "/e"].total_gb > 0 and .[$p + "/f"].total_gb > 0 and
	    ([.[] | select(.stale)] | length == 4)'
}

@test "metrics: what is mounted over another stands once" {
	fake_proc proc
	mkdir a
	mounts "$PWD/a" "$PWD/a"
	rx-metrics --once --proc proc >out
	[ "$(grep -oF "\"$PWD/a\":" out | wc -l)" = 1 ]
	rx-metrics --once --prometheus --proc proc >page
	[ "$(grep -c '^node_filesystem_size_bytes' page)" = 1 ]
}
