# SPDX-License-Identifier: MIT
# For the tests of rx-metrics: a made-up /proc, and samples taken from it.

# fake_proc DIR: a small host with round numbers.
fake_proc() {
	mkdir -p "$1/net" "$1/self" "$1/10" "$1/20"
	put "$1/stat" \
		'cpu  100 0 100 800 0 0 0 0 0 0' \
		'cpu0 50 0 50 400 0 0 0 0 0 0' \
		'cpu1 50 0 50 400 0 0 0 0 0 0' 'intr 1 2 3' 'ctxt 77' \
		'btime 1790000000' 'processes 99' 'procs_running 2' \
		'procs_blocked 1' 'softirq 5 6'
	put "$1/loadavg" '0.50 1.25 2.00 1/99 123'
	put "$1/uptime" '1000.50 1900.00'
	put "$1/meminfo" 'MemTotal: 1048576 kB' 'MemFree: 1024 kB' \
		'MemAvailable: 262144 kB' 'SwapTotal: 2048 kB' \
		'SwapFree: 1024 kB'
	put "$1/net/dev" 'Inter-|   Receive' ' face |bytes' \
		'    lo: 7 7 0 0 0 0 0 0 7 7 0 0 0 0 0 0' \
		'  eth0:1000000 100 0 0 0 0 0 0 2000000 200 0 0 0 0 0 0'
	put "$1/net/snmp" \
		'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs' \
		'Tcp: 1 200 120000 -1 13 3 0 0 42 1798'
	put "$1/diskstats" '8 0 sda 10 0 2048 5 10 0 4096 5 0 100 10' \
		'8 1 sda1 10 0 2048 5 10 0 4096 5 0 100 10' \
		'253 0 dm-0 10 0 2048 5 10 0 4096 5 0 100 10'
	put "$1/self/mountinfo" \
		'22 1 0:21 / /proc rw - proc proc rw' \
		"27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"
	put "$1/10/statm" '900 500 1 1 0 9 0'
	put "$1/10/comm" 'big'
	put "$1/20/statm" '900 300 1 1 0 9 0'
	put "$1/20/comm" 'small'
}

# put FILE LINE...: replaced whole, so that no reader sees half of it.
put() {
	local file=$1
	shift
	printf '%s\n' "$@" >"$file.new" && mv "$file.new" "$file"
}

# sampling ARG...: rx-metrics every second in the background, into out.
sampling() {
	: >out
	rx-metrics -i 1s "$@" >out 2>err 3>&- &
	sampler=$!
}

# more N: N further samples have come.
more() {
	local want=$(($(wc -l <out) + $1))
	soon has out "$want"
}

stop_sampling() {
	[ -z "${sampler:-}" ] || { kill "$sampler" && wait "$sampler"; } || :
}

# fake_sys DIR: control groups (version 2) with limits, and no devices.  The
# group of process 1 in proc/1/cgroup is /pod/box.
fake_sys() {
	mkdir -p "$1/fs/cgroup/pod/box" proc/1
	put proc/1/cgroup '1:name=systemd:/x' '0::/pod/box'
	put "$1/fs/cgroup/cgroup.controllers" 'cpu memory pids'
	put "$1/fs/cgroup/pod/memory.max" 268435456
	put "$1/fs/cgroup/pod/memory.current" 201326592
	put "$1/fs/cgroup/pod/memory.stat" 'anon 7' 'inactive_file 67108864'
	put "$1/fs/cgroup/pod/cpu.max" 'max 100000'
	put "$1/fs/cgroup/pod/pids.max" 100
	put "$1/fs/cgroup/pod/pids.current" 90
	put "$1/fs/cgroup/pod/box/memory.max" max
	put "$1/fs/cgroup/pod/box/memory.current" 1
	put "$1/fs/cgroup/pod/box/cpu.max" '50000 100000'
	put "$1/fs/cgroup/pod/box/cpu.stat" 'usage_usec 1000000' 'user_usec 1'
	put "$1/fs/cgroup/pod/box/pids.max" 200
	put "$1/fs/cgroup/pod/box/pids.current" 5
}
