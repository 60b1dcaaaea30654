# SPDX-License-Identifier: MIT
# rx-metrics: its clock, its end, what it costs    (not tested: a day of running)
setup() { load helper; load metrics; }
teardown() { stop_sampling; }

@test "metrics: TERM ends it while it waits, with status 0 and whole lines" {
	rx-metrics -i 1h >out 3>&- &
	sampler=$!
	soon has out 1
	kill "$sampler"
	wait "$sampler"
	sampler=
	jq -e . out
}

@test "metrics: after a pause one sample comes, not a burst, and its interval says so" {
	sampling --only cpu
	more 1
	kill -STOP "$sampler"
	stopped=$SECONDS
	soon [ "$((SECONDS - stopped))" -ge 0 ]
	until [ "$((SECONDS - stopped))" -ge 4 ]; do read -rt 0.2 <> <(:) || :; done
	n=$(wc -l <out)
	kill -CONT "$sampler"
	more 2
	jq -se --argjson n "$n" '.[$n].metrics.interval_seconds >= 3 and
	    .[$n + 1].metrics.interval_seconds > 0.4' out
}

@test "metrics: hosts with different ids sample at different phases, one host always at the same" {
	phase() {
		rx-metrics -i 2s --node-id "$1" --only cpu 3>&- | head -n 3 |
			tail -n 1 | jq -r '.timestamp[17:23]|tonumber * 1000 | floor % 2000 / 100 | floor'
	}
	a=$(phase alpha) b=$(phase beta) again=$(phase alpha)
	[ "$a" != "$b" ]
	[ $((a - again)) -le 1 ] && [ $((again - a)) -le 1 ]
}

@test "metrics: when the child that asks file systems is killed, a new one answers" {
	sampling --only disk
	more 1
	child=$(pgrep -P "$sampler")
	kill -9 "$child"
	more 2
	tail -n 1 out | jq -e '.metrics.disk.disk_usage["/"].total_gb > 0'
	[ "$(pgrep -P "$sampler" | wc -l)" = 1 ]
}

@test "metrics: samples neither grow memory nor descriptors" {
	sampling
	more 2
	fds() { find "/proc/$sampler/fd" -mindepth 1 | wc -l; }
	rss() { awk '/^VmRSS/ { print $2 }' "/proc/$sampler/status"; }
	a=$(fds) b=$(rss)
	for _ in $(seq 200); do /bin/true; done
	more 3
	[ "$(fds)" -le "$((a + 40))" ]
	[ "$(rss)" -le "$((b + 256))" ]
	# Sanitizers have memory of their own.
	sanitized || [ "$(rss)" -le 4096 ]
}

@test "metrics: a wall clock that steps by a day or a year moves the timestamp and nothing else" {
	need faketime
	sanitized && skip "faketime cannot be first under ASan"
	echo +0 >when # in a directory that it may still read, for --self
	lib=$(LC_ALL=C faketime -f +0 printenv LD_PRELOAD)
	LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$PWD/when FAKETIME_NO_CACHE=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
		rx-metrics -i 1s --self . >out 2>err 3>&- &
	sampler=$!
	more 2
	echo -1d >when
	more 2
	echo +1y >when
	more 2
	stop_sampling
	sampler=
	# Both steps are there, every interval is one, and no rate is a spike.
	jq -se '[.[].timestamp[:10]] | unique | length == 3' out
	jq -se 'map(.metrics) | all(.interval_seconds > 0.1 and .interval_seconds < 3 and
	    .cpu.cpu_usage_percent <= 100 and .network.bytes_recv_mb_per_sec < 10000 and
	    (.network | has("reset") | not))' out
	jq -se '[.[].metrics.uptime_seconds] | . == sort' out
	[ ! -s err ]
}

@test "metrics: HUP reads the file again: another interval, other parts; the command line wins; an error changes nothing" {
	tell() { echo "{\"rx-metrics\":$1}" >rx.json; kill -HUP "$sampler"; }
	echo '{"rx-metrics":{"interval":"1h","only":"cpu","top":3}}' >rx.json
	rx-metrics -v -c rx.json --top 2 >out 2>err 3>&- &
	sampler=$!
	soon has out 1
	tell '{"interval":"1s","only":"mem,proc","top":7}'
	soon has out 3 # an hour has not passed
	tail -n 1 out | jq -e '.metrics | has("memory") and (has("cpu") | not) and
	    (.processes.top_memory | length) == 2'
	grep -q 'the options were read again' err
	tell '{"interval":"1s","only":"gpu"}'
	soon grep -q 'rx.json: --only=gpu: .*the options stay as they were' err
	tell '{"interval":"0s"}'
	soon grep -q 'rx.json: --interval=0s: .*; the options stay as they were' err
	tell '{'
	soon grep -q 'rx.json:.*the options stay as they were' err
	tell '{"interval":"1s","only":"mem,proc","node-id":"other"}'
	soon grep -q 'node-id differs from before, which counts from the next start' err
	n=$(wc -l <out)
	soon has out $((n + 2))
	tail -n 1 out | jq -e '.metrics | has("memory") and (has("cpu") | not)'
	# Parts that come back have no rate over the time nobody looked.
	tell '{"interval":"1s"}'
	n=$(wc -l <out)
	soon has out $((n + 2))
	tail -n 1 out | jq -e '.metrics | .network.bytes_recv_mb_per_sec < 10000 and
	    .cpu.cpu_usage_percent <= 100 and .interval_seconds < 3'
	stop_sampling
	sampler=
}

@test "heartbeat: HUP reads its interval again" {
	echo '{"rx-metrics":{"heartbeat":"1h"}}' >rx.json
	rx-metrics -c rx.json >out 3>&- &
	sampler=$!
	soon has out 1
	echo '{"rx-metrics":{"heartbeat":"1s"}}' >rx.json
	kill -HUP "$sampler"
	soon has out 3
	stop_sampling
	sampler=
	jq -se 'last.status == "offline"' out
}
