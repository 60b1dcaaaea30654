# SPDX-License-Identifier: MIT
# rx-metrics: what it says is what the kernel says         (not tested: steal,
# which only a hypervisor makes)
setup() { load helper; load metrics; need python3; }
teardown() { stop_sampling; }

@test "metrics: memory, uptime and load agree with an independent reading of /proc" {
	rx-metrics --once >out
	python3 - <<-'X'
	import json
	m = json.load(open("out"))["metrics"]
	kb = {l.split(":")[0]: int(l.split()[1]) for l in open("/proc/meminfo")}
	total, free = kb["MemTotal"] / 1024, kb["MemAvailable"] / 1024
	mem = m["memory"]
	assert abs(mem["memory_total_mb"] - total) < 0.06
	assert abs(mem["memory_available_mb"] - free) < total * 0.02
	used = 100 * mem["memory_used_mb"] / mem["memory_total_mb"]
	assert abs(mem["memory_usage_percent"] - used) < 0.02
	assert abs(mem["swap_total_mb"] - kb["SwapTotal"] / 1024) < 0.06
	up = float(open("/proc/uptime").read().split()[0])
	assert 0 <= up - m["uptime_seconds"] < 5
	load = [float(x) for x in open("/proc/loadavg").read().split()[:3]]
	got = [m["cpu"][k] for k in ("load_avg_1m", "load_avg_5m", "load_avg_15m")]
	assert all(abs(a - b) < 1 for a, b in zip(load, got)), (load, got)
	X
}

@test "metrics: disk usage agrees with df for every mount it names" {
	need df
	rx-metrics --once --only disk >out
	python3 - <<-'X'
	import json, math, os, subprocess
	usage = json.load(open("out"))["metrics"]["disk"]["disk_usage"]
	assert "/" in usage
	for path, m in usage.items():
	    line = subprocess.run(["df", "-B1", "--output=size,used,avail,pcent", path],
	        capture_output=True, text=True, check=True).stdout.splitlines()[1]
	    size, used, avail, pcent = line.replace("%", "").split()
	    assert abs(m["total_gb"] - int(size) / 2**30) < 0.001, (path, line)
	    assert abs(m["used_gb"] - int(used) / 2**30) < 0.2, (path, line)
	    assert abs(math.ceil(m["usage_percent"]) - int(pcent)) <= 1, (path, line)
	X
}

@test "metrics: a busy loop is seen as processor time, on one core" {
	python3 -c 'while True: pass' 3>&- &
	burner=$!
	rx-metrics --once --only cpu >out
	kill "$burner"
	jq -e '.metrics.cpu | .cpu_usage_percent > 60 / .cores and
	    (.per_core_percent|max) > 60' out
}

@test "metrics: rates agree with the counters over the same seconds, under traffic" {
	rx-metrics -i 1s --only net,disk,cpu >out 3>&- &
	sampler=$!
	soon has out 4
	kill "$sampler"
	python3 - <<-'X'
	import json
	s = [json.loads(l)["metrics"] for l in open("out")]
	for a, b in zip(s, s[1:]):
	    n, dt = b["network"], b["interval_seconds"]
	    for rate, count in (("bytes_sent_mb_per_sec", "bytes_sent"),
	                        ("bytes_recv_mb_per_sec", "bytes_recv")):
	        step = n[count] - a["network"][count]
	        assert abs(n[rate] * dt * 2**20 - step) <= 120, (rate, step)
	    for rate, count in (("packets_sent_per_sec", "packets_sent"),):
	        step = n[count] - a["network"][count]
	        assert abs(n[rate] * dt - step) <= 0.2, (rate, step)
	X
}

@test "metrics: the processes are those of /proc, the largest named first" {
	python3 -c 'x = b"x" * (300 << 20); open("ready", "w"); input()' \
		< <(tail -f /dev/null) 3>&- &
	big=$!
	soon test -e ready
	rx-metrics --once --only mem,proc >out
	count=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
	python3 - "$big" "$count" <<-'X'
	import json, sys
	p = json.load(open("out"))["metrics"]["processes"]
	assert abs(p["process_count"] - int(sys.argv[2])) < 20
	big = [t for t in p["top_memory"] if t["pid"] == int(sys.argv[1])]
	assert big and big[0]["name"].startswith("python3"), p
	rss = next(int(l.split()[1]) for l in open(f"/proc/{sys.argv[1]}/status")
	    if l.startswith("VmRSS"))
	assert abs(big[0]["memory_mb"] - rss / 1024) < 1
	X
	kill "$big"
}

@test "metrics: connections over IPv4 and IPv6 are counted, listeners are not" {
	python3 - <<-'X'
	import json, socket, subprocess
	def count():
	    out = subprocess.run(["rx-metrics", "--once", "--only", "net"],
	        capture_output=True, check=True).stdout
	    return json.loads(out)["metrics"]["network"]["active_connections"]
	before, kept = count(), []
	for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
	    s = socket.socket(family)
	    try:
	        s.bind((host, 0))
	    except OSError:
	        continue
	    s.listen(64)
	    kept.append(s)
	    for _ in range(20):
	        c = socket.create_connection(s.getsockname()[:2])
	        kept += [c, s.accept()[0]]
	made = sum(1 for s in kept) - (1 if len(kept) < 50 else 2)
	assert abs(count() - before - made) <= 4, (count(), before, made)
	X
}

@test "metrics: the count of processes follows them from sample to sample, listed or not" {
	python3 - <<-'X'
	import json, os, subprocess
	p = subprocess.Popen(["rx-metrics", "-i", "1s", "--only", "proc"],
	    stdout=subprocess.PIPE, text=True)
	made, counts = [], []
	for i in range(9):
	    count = json.loads(p.stdout.readline())["metrics"]["processes"]["process_count"]
	    there = sum(1 for name in os.listdir("/proc") if name.isdigit())
	    assert abs(count - there) <= 20, (i, count, there)
	    if i == 4:
	        made = [subprocess.Popen(["sleep", "60"]) for _ in range(100)]
	    if i == 6:
	        for m in made:
	            m.kill()
	            m.wait()
	p.terminate()
	p.wait()
	X
}

@test "metrics: what it says agrees with /proc, free, df, ss and uptime, idle and under load" {
	need free
	need ss
	run -0 python3 "$RX_TOP/t/oracle/metrics_oracle.py" 3
	python3 - 3>&- <<-'X' &
	import os, time
	keep = os.urandom(1 << 20) * 16
	end = time.monotonic() + 60
	while time.monotonic() < end:
	    with open("filler", "wb") as f:
	        f.write(keep)
	        os.fsync(f.fileno())
	    sum(range(1000000))
	X
	burner=$!
	run python3 "$RX_TOP/t/oracle/metrics_oracle.py" 3
	kill "$burner"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "metrics: names of real processes may hold anything, and are those of ps" {
	cat >odd.py <<-'X'
	import ctypes, sys
	name = [b"a) R 1 (x", b"new\nline", "\u00fc\u6f22".encode(), b"\xff\x01\"\\"][int(sys.argv[1])]
	assert ctypes.CDLL(None).prctl(15, name, 0, 0, 0) == 0
	keep = b"x" * (40 << 20)
	open("ready" + sys.argv[1], "w").close()
	sys.stdin.read()
	X
	mkfifo hold
	exec 5<>hold
	odd=
	for n in 0 1 2 3; do python3 odd.py $n <hold 3>&- 5>&- & odd="$odd $!"; done
	for n in 0 1 2 3; do soon test -e ready$n; done
	rx-metrics --once --only proc --top 100 >out
	# shellcheck disable=SC2086 # pids
	python3 - $odd <<-'X'
	import json, sys
	top = {t["pid"]: t["name"] for t in json.load(open("out"))["metrics"]["processes"]["top_memory"]}
	for pid in map(int, sys.argv[1:]):
	    comm = open(f"/proc/{pid}/comm", "rb").read()[:-1]
	    assert top[pid] == comm.decode("utf-8", "replace"), (top.get(pid), comm)
	X
	# shellcheck disable=SC2086
	kill $odd
	exec 5>&-
}

@test "metrics: a storm of short-lived processes neither ends nor delays it" {
	sampling --top 100 --only proc
	more 1
	python3 -c 'import os
for n in range(3000):
    pid = os.posix_spawn("/bin/true", ["true"], {})
    if n % 20 == 19:
        while True:
            try: os.waitpid(-1, 0)
            except ChildProcessError: break'
	more 2
	kill -0 "$sampler"
	jq -se 'map(.metrics.processes) | all(.process_count > 0 and
	    (.top_memory | all(.name != "" and .memory_mb >= 0)))' out
	stop_sampling
	sampler=
	[ ! -s err ]
}

@test "metrics: with hidepid only what the user sees is counted, from sample to sample" {
	can_unshare --mount
	can_unshare --mount setpriv --reuid 65534 --regid 65534 --clear-groups true
	# What nobody may reach: the directory of a test is its owner's alone.
	open=$(mktemp -d)
	mkdir "$open/proc"
	cp "$RX_BIN/rx-metrics" "$open"
	chmod -R a+rX "$open"
	export open
	cat >inside <<-'X'
	mount -t proc -o hidepid=2 proc "$open/proc" || exit 3
	sleep 300 & sleep 300 &
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$open/rx-metrics" -i 1s --proc "$open/proc" --only proc >out 2>err &
	until [ "$(wc -l <out)" -ge 3 ]; do sleep .05; done
	for i in 1 2 3 4 5 6 7 8; do sleep 300 & done
	until [ "$(wc -l <out)" -ge 8 ]; do sleep .05; done
	kill $(jobs -p)
	wait
	X
	timeout 60 unshare --mount bash inside 3>&- || [ $? -ne 3 ] || open_failed=1
	rm -r "$open"
	[ -z "${open_failed:-}" ] || skip "no hidepid here"
	# Itself and its child.
	jq -se 'length >= 8 and all(.metrics.processes.process_count | . >= 1 and . <= 2)' out
}
