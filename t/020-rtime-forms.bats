# SPDX-License-Identifier: MIT
# lib/rtime: when a log line says it happened
setup() {
	load helper
	rtime="$RX_UNIT/rtime"
	oracle="$RX_TOP/t/oracle/time_oracle.py"
}

scan() {
	"$rtime" scan "${2:-2026-11-22T08:00:00Z}" <<<"$1"
}

@test "rtime: the forms of t/data/times.tsv are read, and no others" {
	need python3
	python3 "$oracle" rows "$rtime" "$RX_TOP/t/data/times.tsv"
}

@test "rtime: real logs of eight systems, every line" {
	need python3
	need_shared data/logs
	python3 "$oracle" logs "$rtime" "$RX_SHARED/data/logs"
}

@test "rtime: published syslog vectors, every line" {
	need python3
	need_shared data/syslog
	python3 "$oracle" syslog "$rtime" "$RX_SHARED/data/syslog"
}

@test "rtime: what was read before never changes what is read" {
	need python3
	python3 "$oracle" memo "$rtime" "${RX_SEED:-20}" "${RX_ROUNDS:-50000}" "$RX_TOP/t/data/times.tsv"
}

@test "rtime: nor where the clocks change, the year ends or half a day does" {
	need python3
	cat >base <<-'E'
		2026-10-25 02:59:59 x y
		2026-10-25 01:59:59,123 INFO y
		2026-03-29 02:30:00 - x
		2026-03-29T03:30:00.5|x
		Oct 25 02:10:00 h a: b
		Oct 25 00:10:00 h a: b
		Mar 29 01:59:59 h a: b
		Mar 29 02:59:59 h a: b
		Dec 31 23:59:59 h a: b
		Jan  1 00:00:00 h a: b
		Dec 23 23:59:59 CET 2026 h
		10/25/2026 02:10:00 AM x
		1792890000 x
		1792890000.123456 x
		ab cd 1792890000 2026.10.25 x
	E
	for zone in UTC Europe/Berlin America/New_York Australia/Lord_Howe; do
		TZ=$zone python3 "$oracle" memo "$rtime" "${RX_SEED:-20}" "${RX_ROUNDS:-20000}" base
	done
}

@test "rtime: nor in real logs whose digits and letters were changed" {
	need python3
	need_shared data/logs
	TZ=Europe/Berlin python3 "$oracle" memo "$rtime" "${RX_SEED:-20}" "${RX_ROUNDS:-50000}" "$RX_SHARED"/data/logs/*.log
}

@test "rtime: a year or a zone further on is seen though the line begins alike" {
	run "$rtime" clock <<-'E'
		2026-11-22T08:00:00Z	Nov 22 07:45:41 +03 x y
		2026-11-22T08:00:00Z	Nov 22 07:45:41 +03 2025 y
		2026-11-22T08:00:00Z	Nov 22 07:45:41 2024 y
		2026-11-22T08:00:00Z	Nov 22 07:45:41 EST y
		2026-11-22T08:00:00Z	Nov 22 07:45:41 PM y
		2026-11-22T08:00:00Z	Nov 22 07:45:41 XYZ y z
		2026-11-22T08:00:00Z	Nov 22 07:45:41 XYZ 2026 z
	E
	[ "$(cut -f1 <<<"$output" | tr '\n' ' ')" = '2026-11-22T07:45:41Z 2025-11-22T04:45:41Z 2024-11-22T07:45:41Z 2026-11-22T12:45:41Z 2026-11-22T19:45:41Z 2026-11-22T07:45:41Z - ' ]
}

@test "rtime: it tells where the time stands in the line" {
	[ "$(scan '<34>1 2026-11-22T07:45:41.5Z h a - - -')" = $'2026-11-22T07:45:41.5Z\t6\t22' ]
	[ "$(scan '[Sun Nov 22 07:45:41 2026] [error] x')" = $'2026-11-22T07:45:41Z\t1\t24' ]
	[ "$(scan 'Nov  2 07:45:41 host su: x')" = $'2026-11-02T07:45:41Z\t0\t15' ]
	[ "$(scan '2026-11-22 07:45:41,123 INFO x')" = $'2026-11-22T07:45:41.123Z\t0\t23' ]
}

@test "rtime: the year follows from the clock, also when the clock moves on" {
	[[ "$(scan 'Dec 31 23:59:59 h x' 2026-01-01T00:00:05Z)" = 2025-12-31T* ]]
	[[ "$(scan 'Jan  1 00:00:01 h x' 2026-01-01T00:00:05Z)" = 2026-01-01T* ]]
	[[ "$(scan 'Nov 22 07:45:41 h x' 2026-10-23T00:00:00Z)" = 2026-11-22T* ]]
	[[ "$(scan 'Nov 22 07:45:41 h x' 2026-10-21T00:00:00Z)" = 2025-11-22T* ]]
	run "$rtime" clock <<-'E'
		2026-10-21T00:00:00Z	Nov 22 07:45:41 h x
		2026-10-23T00:00:00Z	Nov 22 07:45:41 h x
		2026-10-21T00:00:00Z	Nov 22 07:45:41 h x
	E
	[[ ${lines[0]} = 2025-* && ${lines[1]} = 2026-* && ${lines[2]} = 2025-* ]]
}

@test "rtime: beyond the head of a line nothing is a time" {
	pad=$(printf 'a.b %.0s' {1..26})
	[[ "$(scan "${pad}2026-11-22T07:45:41Z x")" = 2026-11-22T* ]]
	[ "$(scan "${pad}${pad}2026-11-22T07:45:41Z x")" = - ]
	# one that begins there is read to its end
	[ "$(scan "${pad}....2026-11-22T07:45:41.123456789+01:00 x")" = $'2026-11-22T06:45:41.123456789Z\t108\t35' ]
}

@test "rtime: bytes that are no text do no harm" {
	need python3
	python3 - >in <<-'E'
		import random, sys
		rnd = random.Random(20)
		for i in range(20000):
		    n = rnd.randrange(160)
		    line = bytes(rnd.choice(b"0123456789-:/.,T [](){}<>=\"'JanSun+Z\0\xff|")
		                 for _ in range(n))
		    sys.stdout.buffer.write(line + b"\n")
	E
	"$rtime" scan 2026-11-22T08:00:00Z <in >out
	[ "$(wc -l <out)" -eq 20000 ]
}
