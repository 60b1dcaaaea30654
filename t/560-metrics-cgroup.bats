# SPDX-License-Identifier: MIT
# rx-metrics: what a container may use, beside its host    (not tested: a real
# container; the tree is made up)
setup() { load helper; load metrics; fake_proc proc; fake_sys sys; }
teardown() { stop_sampling; }

cgroup() { rx-metrics --once --proc proc --sys sys | jq -c .metrics.cgroup; }

@test "cgroup: the tightest limit of the group and those above it counts, with the usage there" {
	cgroup | jq -e '.memory_limit_mb == 256 and .memory_used_mb == 128 and
	    .memory_usage_percent == 50 and .cpu_limit_cores == 0.5 and
	    .pids_limit == 100 and .pids_count == 90'
}

@test "cgroup: processor time is a rate, in cores and in percent of the limit" {
	sampling --proc proc --sys sys
	more 1
	put sys/fs/cgroup/pod/box/cpu.stat 'usage_usec 1500000'
	more 2
	jq -se 'map(.metrics | .cgroup.cpu_usage_cores * .interval_seconds) |
	    add | . > 0.499 and . < 0.501' out
	jq -se 'map(.metrics.cgroup | .cpu_usage_percent - .cpu_usage_cores * 200) |
	    all(. < 0.2 and . > -0.2)' out
	put sys/fs/cgroup/pod/box/cpu.stat 'usage_usec 7'
	more 2
	jq -se '[.[].metrics.cgroup.cpu_usage_cores // 0] | all(. >= 0 and . < 2)' out
}

@test "cgroup: where nothing is limited the group is left out" {
	rm -r sys/fs/cgroup/pod
	[ "$(cgroup)" = null ]
	mkdir -p sys/fs/cgroup/pod/box
	put sys/fs/cgroup/pod/box/memory.max max
	put sys/fs/cgroup/pod/box/cpu.max 'max 100000'
	[ "$(cgroup)" = null ]
	put proc/1/cgroup '4:memory:/x'
	fake_sys sys2
	put proc/1/cgroup '4:memory:/x'
	[ "$(rx-metrics --once --proc proc --sys sys2 | jq .metrics.cgroup)" = null ]
	[ "$(rx-metrics --once --proc proc | jq .metrics.cgroup)" = null ]
}

@test "cgroup: a limit that is set, changed or removed while it samples is seen" {
	put sys/fs/cgroup/pod/memory.max max
	sampling --proc proc --sys sys --only cgroup
	more 1
	put sys/fs/cgroup/pod/box/memory.max 1048576
	more 2
	tail -n 1 out | jq -e '.metrics.cgroup.memory_limit_mb == 1'
	rm -r sys/fs/cgroup/pod
	more 2
	tail -n 1 out | jq -e '.metrics | has("cgroup") | not'
}

@test "cgroup: a group outside of what the namespace shows is the root of it" {
	put proc/1/cgroup '0::/../other'
	put sys/fs/cgroup/memory.max 2097152
	put sys/fs/cgroup/memory.current 1048576
	[ "$(cgroup)" = '{"memory_limit_mb":2.0,"memory_used_mb":1.0,"memory_usage_percent":50.00}' ] ||
		[ "$(cgroup)" = '{"memory_limit_mb":2,"memory_used_mb":1,"memory_usage_percent":50}' ]
}

@test "cgroup: rubbish in its files costs their values and nothing else" {
	put sys/fs/cgroup/pod/memory.max -5
	put sys/fs/cgroup/pod/pids.max '' x
	put sys/fs/cgroup/pod/box/cpu.max '1 0'
	put sys/fs/cgroup/pod/box/pids.max 99999999999999999999999
	[ "$(cgroup)" = null ]
	rx-metrics --once --proc proc --sys sys | jq -e '.metrics.memory.memory_total_mb == 1024'
}
