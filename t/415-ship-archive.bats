# SPDX-License-Identifier: MIT
# rx-ship file: as an archive: segments, their packing, when the disk is asked
setup() { load helper; load ship; }

# whole: all segments in the order of their names, then the file that is open
whole() {
	for f in out.*Z out.*Z.gz; do
		[ ! -e "$f" ] || case $f in *.gz) zcat "$f" ;; *) cat "$f" ;; esac
	done
	cat out
}
packed() { [ -z "$(compgen -G 'out.*Z')" ] && [ -n "$(compgen -G 'out.*Z.gz')" ]; }

@test "archive: segments are no larger than --rotate-size, and together they are the stream" {
	records 4000 >want
	emit 4000 | rx-ship --rotate-size 100k file:out >outcomes
	[ "$(accounts outcomes)" = "ok=4000 retry=0 reject=0" ]
	[ "$(compgen -G 'out.*' | wc -l)" -ge 4 ]
	for f in out.*; do
		[[ $f =~ ^out\.[0-9]{8}T[0-9]{6}\.[0-9]{9}Z$ ]]
		[ "$(stat -c %s "$f")" -le 102400 ]
	done
	whole | cmp - want
}

@test "archive: a record that is larger than a segment has one of its own" {
	{ echo '{"a":1}'; python3 -c 'print("{\"b\":\"" + "x" * 9000 + "\"}")'; echo '{"c":3}'; } >want
	while read -r line; do echo "$line" | rx-ship --rotate-size 4k file:out; done <want
	[ "$(compgen -G 'out.*' | wc -l)" = 2 ]
	whole | cmp - want
}

@test "archive: with --gzip closed segments are compressed, complete before the plain one goes" {
	records 4000 >want
	umask 027
	: >out
	chmod 640 out
	emit 4000 | rx-ship --rotate-size 200k --gzip --stats stats file:out >outcomes
	packed || rx-ship --gzip file:out </dev/null
	packed
	gzip -t out.*.gz
	[ "$(stat -c %a "$(ls out.*.gz | head -1)")" = 640 ]
	[ -z "$(compgen -G 'out.*part')" ]
	whole | cmp - want
	grep -Eq '^rx_ship_segments_closed_total [1-9]' stats
}

@test "archive: what a crash left unpacked is packed at the next start, half a file begun again" {
	echo '{"a":1}' >out.20260105T100000.000000001Z
	echo '{"a":2}' >out.20260105T100000.000000002Z
	head -c 5 /dev/urandom >out.20260105T100000.000000001Z.gz.part
	echo keep >out.notes
	echo keep >other.20260105T100000.000000001Z
	echo '{"a":3}' | rx-ship --gzip file:out
	[ "$(whole | jq -c .a | paste -sd' ')" = "1 2 3" ]
	[ "$(ls | paste -sd' ')" = "other.20260105T100000.000000001Z out out.20260105T100000.000000001Z.gz out.20260105T100000.000000002Z.gz out.notes" ]
}

@test "archive: a segment that another process packs is left to it" {
	echo '{"a":1}' >out.20260105T100000.000000001Z
	exec 7>out.20260105T100000.000000001Z.gz.part
	flock 7
	echo '{"a":3}' | rx-ship --gzip file:out 7>&-
	[ -e out.20260105T100000.000000001Z ]
	[ ! -e out.20260105T100000.000000001Z.gz ]
	exec 7>&-
	rx-ship --gzip file:out </dev/null
	[ "$(whole | jq -c .a | paste -sd' ')" = "1 3" ]
}

@test "archive: --rotate-every begins a segment with the first record of each period" {
	echo '{"a":1}' | rx-ship --rotate-every 1d file:out
	echo '{"a":2}' | rx-ship --rotate-every 1d file:out
	[ "$(wc -l <out)" = 2 ]
	touch -d '2 days ago' out
	echo '{"a":3}' | rx-ship --rotate-every 1d file:out
	[ "$(wc -l <out)" = 1 ]
	[ "$(whole | jq -c .a | paste -sd' ')" = "1 2 3" ]
}

@test "archive: four writers share, rotate and pack it, and every line is there once" {
	local i pids=()
	for i in 1 2 3 4; do
		records 3000 ${i}0000 | rx-ship -q --window 100 --rotate-size 64k --gzip file:out 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	rx-ship --gzip file:out </dev/null
	packed
	whole >got
	[ "$(wc -l <got)" -eq 12000 ]
	[ "$(jq -r .log_line got | sort -u | wc -l)" -eq 12000 ]
}

@test "archive: a link is not rotated, and it says so before it starts" {
	touch real
	ln -s real out
	run -78 rx-ship --rotate-size 1M file:out </dev/null
	[[ $output == *"leads through a link"* ]]
	echo '{"a":1}' | rx-ship file:out
	[ "$(cat real)" = '{"a":1}' ]
}

@test "archive: --sync interval asks the disk as often as told, and no outcome comes before" {
	can_trace
	mkfifo pipe
	strace -f -qq -e trace=fdatasync,write -e signal=none -o trace \
		rx-ship --sync 1s file:out <pipe >outcomes 3>&- &
	local pid=$!
	exec 4>pipe
	emit 10 >&4
	soon has out 10
	emit 10 11 | tail -n10 >&4
	soon has out 20
	[ ! -s outcomes ] || grep -q fdatasync trace
	soon accounted outcomes "ok=20 retry=0 reject=0"
	emit 1 21 | tail -n1 >&4
	soon has out 21
	# The end asks at once.
	exec 4>&-
	wait $pid
	[ "$(accounts outcomes)" = "ok=21 retry=0 reject=0" ]
	[ "$(grep -c fdatasync trace)" -le 4 ]
	# For each outcome that was written a sync came before it.
	python3 - trace <<-'PY'
		import re, sys
		synced = False
		for line in open(sys.argv[1]):
		    if "fdatasync" in line:
		        synced = True
		    elif re.search(r"write\(1,", line):
		        assert synced, line
	PY
}

@test "archive: a full window asks the disk too, so --sync interval holds nothing up" {
	records 1000 >want
	emit 1000 | timeout 20 rx-ship --window 10 --sync 1m file:out >outcomes
	cmp want out
	[ "$(accounts outcomes)" = "ok=1000 retry=0 reject=0" ]
}

@test "X-23: a disk that fails when it is asked is told, nothing counts, and it goes on" {
	can_trace
	emit 50 >in
	records 50 >want
	for mode in batch interval; do
		rm -f out
		strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1..2 \
			rx-ship --sync $mode --backoff 10ms file:out <in >outcomes 2>err
		[ "$(accounts outcomes)" = "ok=50 retry=0 reject=0" ]
		grep -q 'unable to sync file:out, holding on: Input/output error' err
		grep -q 'writing file:out again' err
		sort -u out | cmp - <(sort want)
	done
}

@test "X-23: a disk that fails while the archive is rotated leaves nothing accepted that may be gone" {
	can_trace
	mkfifo pipe
	strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 \
		rx-ship --sync 1m --backoff 10ms file:out <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 5 >&4
	soon has out 5
	mv out moved
	emit 1 6 | tail -n1 >&4
	soon has out 1
	exec 4>&-
	wait $pid
	grep -q 'unable to sync file:out, holding on: Input/output error' err
	[ "$(accounts outcomes)" = "ok=6 retry=0 reject=0" ]
	# The disk may have lost all of moved.
	diff <(records 6) out
}

@test "stdout: records pass on to the next in the pipe, byte for byte" {
	records 9000 >want
	rx-ship - <want | cmp - want
	rx-ship file:- <want >out
	cmp out want
	{ sleep 0.2; cat; } < <(rx-ship file:- <want) | cmp - want
}

@test "stdout: behind a spool outcomes need --ack, and are settled by what was written" {
	emit 3 >in
	run -64 --separate-stderr rx-ship - <in
	[ -z "$output" ]
	printf '%s\n' '{"b":1}' '{"b":2}' | rx-spool push --unmarked q.db
	rx-spool emit --once q.db | rx-ship -q --ack q.db - >out
	[ "$(cat out)" = $'{"b":1}\n{"b":2}' ]
	[ "$(rx-spool stat --json q.db | jq -c '.lanes[0] | [.acked, .pending]')" = '[2,0]' ]
}

@test "stdout: a reader that is slow holds it up, TERM ends it, one that leaves ends it" {
	seq 50000 | sed 's/.*/{"n":&}/' >in
	mkfifo slow
	rx-ship --drain 300ms - <in >slow 2>err 3>&- &
	local pid=$! status=0
	exec 5<slow
	read -r line <&5
	kill $pid
	wait $pid || status=$?
	[ "$status" = 69 ]
	grep -q 'not delivered to stdout: ' err
	exec 5<&-
	run -74 bash -c 'rx-ship - <in >/dev/full'
	bash -c 'rx-ship - <in 2>/dev/null | head -n1' | cmp - <(head -n1 in)
}
