# SPDX-License-Identifier: MIT
# rx-ship to a file: one batch one write, on the disk before it counts
# (a disk that reports an error at fdatasync: t/415)
setup() { load helper; load ship; }

ok() { sed 's/.*"tag":\([0-9]*\),\(\("to":\)\([0-9]*\),\)\{0,1\}.*"st":"\([a-z]*\)".*/\1 \4 \5/'; }

@test "file: records arrive once, in order, byte for byte, without _rx" {
	records 8000 >want
	emit 8000 >in
	rx-ship file:out <in >outcomes
	cmp want out
	[ "$(accounts outcomes)" = "ok=8000 retry=0 reject=0" ]
}

@test "file: the member _rx goes wherever it stands, and nothing else does" {
	printf '%s\n' '{"_rx":{"a":1},"b":2}' '{"b":2,"_rx":{"a":{}},"c":3}' \
		'{"b":"x","_rx":"s"}' '{ "_rx" : 1 }' '{"_rx":[],"b":2}' '{"b":{"_rx":1}}' '{}' >in
	rx-ship file:out <in
	[ "$(jq -c . out | paste -sd' ')" = '{"b":2} {"b":2,"c":3} {"b":"x"} {} {"b":2} {"b":{"_rx":1}} {}' ]
}

@test "file: outcomes are joined only where tags follow one another, first tries all" {
	{
		echo '{"_rx":{"k":"open","v":1,"sp":"S","ep":4}}'
		for t in 5 6 7 9 10 12 11; do echo '{"_rx":{"id":"src:'$t'","tag":'$t',"ep":4,"at":0}}'; done
		echo '{"_rx":{"id":"src:14","tag":14,"ep":4,"at":0}}'
		echo '{"_rx":{"id":"src:15","tag":15,"ep":4,"at":2}}'
		echo '{"_rx":{"id":"src:16","tag":16,"ep":4,"at":0}}'
	} | rx-ship file:out | ok >got
	[ "$(paste -sd, got)" = "5 7 ok,9 10 ok,12  ok,11  ok,14  ok,15  ok,16  ok" ]
}

@test "file: an id is repeated as it came, escapes and all" {
	run -0 --separate-stderr rx-ship file:out <<-'E'
		{"_rx":{"id":"a\"\u00e9\n","tag":1,"ep":1,"at":0},"x":1}
	E
	[ "$output" = '{"_rx":{"k":"out","id":"a\"\u00e9\n","tag":1,"ep":1,"st":"ok","why":""}}' ]
}

@test "file: lines that are no records are dropped, told once, and exit 1" {
	printf '%s\n' oops '{"a":1}' '[1]' $'{"b":"\xff"}' >in
	run -1 --separate-stderr rx-ship file:out <in
	[ "$(cat out)" = '{"a":1}' ]
	[[ ${stderr_lines[0]} == "rx-ship: warning: line 1 is no record: "* ]]
	[ "${stderr_lines[1]}" = "rx-ship: warning: lines that were no records: 3" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "file: a torn last line is no record and no fault; no input is none either" {
	printf '{"a":1}\n{"b":' | rx-ship file:out
	[ "$(cat out)" = '{"a":1}' ]
	rx-ship file:none </dev/null
	[ ! -e none ]
}

@test "file: a record of another epoch than the stream's head ends it with 65" {
	printf '%s\n' '{"_rx":{"k":"open","v":1,"sp":"S","ep":4}}' \
		'{"_rx":{"id":"a","tag":1,"ep":4,"at":0}}' '{"_rx":{"id":"b","tag":2,"ep":5,"at":0}}' >in
	run -65 --separate-stderr rx-ship file:out <in
	[ "$(ok <<<"$output")" = "1  ok" ]
}

@test "file: what it makes is for its owner alone, also under umask 0" {
	umask 0
	echo '{}' | rx-ship file:out
	[ "$(stat -c %a out)" = 600 ]
}

@test "file: half a record that a dead writer left is cut off, and told" {
	printf '{"a":1}\n{"b":"ha' >out
	echo '{"c":3}' | rx-ship file:out 2>err
	[ "$(cat out)" = $'{"a":1}\n{"c":3}' ]
	grep -q 'out ended in half a line: mended, 8 bytes cut off' err
}

@test "file: a whole record, or foreign text, that lacks its newline only gets that" {
	printf '{"a":1}\n{"b":2}' >out
	echo '{"c":3}' | rx-ship -q file:out
	[ "$(cat out)" = $'{"a":1}\n{"b":2}\n{"c":3}' ]
	printf 'not ours' >out
	echo '{"c":3}' | rx-ship -q file:out
	[ "$(cat out)" = $'not ours\n{"c":3}' ]
	head -c 2000000 /dev/zero | tr '\0' '{' >out
	echo '{"c":3}' | rx-ship -q file:out
	[ "$(stat -c %s out)" -eq 2000009 ]
}

@test "file: after rename, removal or HUP the lines go where the path leads" {
	mkfifo pipe
	rx-ship file:out <pipe 3>&- &
	local pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4; soon has out 1
	mv out out.1
	echo '{"a":2}' >&4; soon has out 1
	rm out
	echo '{"a":3}' >&4; soon has out 1
	cp out copy; mv copy out; kill -HUP $pid
	echo '{"a":4}' >&4; soon has out 2
	exec 4>&-
	wait $pid
	[ "$(cat out.1)" = '{"a":1}' ]
	[ "$(cat out)" = $'{"a":3}\n{"a":4}' ]
}

@test "file: four writers share a file, and every line is whole and there once" {
	local i pids=()
	for i in 1 2 3 4; do
		records 3000 ${i}0000 | rx-ship --window 100 file:out 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	jq -r .log_line out | sort -u >got
	[ "$(wc -l <out)" -eq 12000 ]
	[ "$(wc -l <got)" -eq 12000 ]
}

@test "file: a full disk holds everything, tears nothing, and goes on when it can" {
	# A file may not grow past 8 KiB here: a write is first cut short, then fails.
	records 100 >want
	emit 100 >in
	mkfifo pipe
	(
		ulimit -Sf 8
		exec rx-ship --backoff 20ms..50ms file:out <pipe >outcomes 2>err 3>&-
	) &
	local pid=$!
	exec 4>pipe
	cat in >&4
	soon grep -q 'unable to write file:out, holding on' err
	[ ! -s outcomes ]
	[ ! -s out ] || [ "$(tail -c1 out | od -An -tx1 | tr -d ' ')" = 0a ]
	prlimit --pid $pid --fsize=unlimited:
	soon grep -q 'writing file:out again' err
	exec 4>&-
	wait $pid
	cmp want out
	[ "$(accounts outcomes)" = "ok=100 retry=0 reject=0" ]
	[ "$(grep -c holding err)" -eq 1 ]
}

@test "file: a directory that is not there yet is waited for, or refused with --once" {
	echo '{"a":1}' | rx-ship --backoff 20ms..50ms file:later/out 2>err 3>&- &
	local pid=$!
	soon grep -q 'unable to open file:later/out, holding on: No such file' err
	mkdir later
	soon has later/out 1
	wait $pid
	run -69 rx-ship --once file:never/out <<<'{}'
	[[ $output == *"not delivered to file:never/out: 1"* ]]
}

@test "file: what is no regular file is not written" {
	mkfifo fifo
	for path in fifo . /dev/full; do
		run -78 rx-ship "file:$path" <<<'{}'
		[[ $output == *"no regular file"* ]]
	done
}

@test "file: what becomes no regular file later is waited for" {
	mkfifo pipe
	rx-ship --backoff 20ms..50ms file:out <pipe 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4
	soon has out 1
	mv out old
	mkfifo out
	echo '{"a":2}' >&4
	soon grep -q 'unable to use as a file file:out, holding on' err
	rm out
	soon has out 1
	exec 4>&-
	wait $pid
}

@test "file: --sync each waits for the disk after every record" {
	command -v strace >/dev/null || skip "not installed: strace"
	records 20 >in
	export ASAN_OPTIONS=detect_leaks=0 # which cannot be had under strace
	strace -f -qq -e trace=fdatasync -o trace rx-ship --sync each file:out <in
	[ "$(grep -c fdatasync trace)" -eq 20 ]
	strace -f -qq -e trace=fdatasync -o trace rx-ship file:out <in
	[ "$(grep -c fdatasync trace)" -lt 20 ]
}

@test "file: a record does not wait for others while the input is idle" {
	mkfifo pipe
	rx-ship file:out <pipe 3>&- &
	local pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4
	soon has out 1
	exec 4>&-
	wait $pid
}

@test "file: killed between the write and the outcome, no line is torn and none lost" {
	[ -x "$RX_CRASH_BIN/rx-ship" ] || skip "no tools with crash points"
	emit 50 >in
	for point in ship.sent:1 ship.confirmed:1 ship.confirmed:7; do
		rm -f out
		RX_CRASH=$point run -137 --separate-stderr "$RX_CRASH_BIN/rx-ship" file:out <in
		[ "$(wc -l <out)" -eq 50 ]
		rx-ship -q file:out <in >outcomes
		[ "$(accounts outcomes)" = "ok=50 retry=0 reject=0" ]
		[ "$(sort -u out | wc -l)" -eq 50 ]
	done
}

@test "file: outcomes that cannot be written end it with 74" {
	emit 5 >in
	run -74 bash -c 'rx-ship file:out <in >/dev/full'
	[ "$output" = "rx-ship: fatal: unable to write stdout: No space left on device" ]
}

@test "file: when the reader of the outcomes leaves, it ends, idle as it is" {
	mkfifo in outcomes
	rx-ship file:out <in >outcomes 3>&- &
	local pid=$!
	exec 4>in 5<outcomes
	emit 1 >&4
	read -r line <&5
	[ "$(ok <<<"$line")" = "1  ok" ]
	exec 5<&-
	soon gone $pid
	status=0; wait $pid || status=$?
	[ "$status" -eq 74 ]
	exec 4>&-
}

@test "file: TERM when idle, and with a full window and a full disk, ends it with what it owes" {
	mkfifo pipe
	rx-ship file:out <pipe 3>&- &
	local pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4; soon has out 1
	kill $pid
	wait $pid
	rx-ship --drain 300ms file:none/out <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4
	soon grep -q holding err
	kill $pid
	status=0; wait $pid || status=$?
	[ "$status" -eq 69 ]
	grep -q 'not delivered to file:none/out: 1' err
	exec 4>&-
}

@test "file: USR1 says how things are" {
	mkfifo pipe
	rx-ship file:out <pipe 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	printf '%s\n' '{"a":1}' '{"a":2}' >&4; soon has out 2
	kill -USR1 $pid
	soon grep -Eq '^rx-ship: file:out: up for [0-9]+ s, 2 sent, 2 delivered, 0 refused, 0 rejected, 0 held, 0 in flight, 1 connections$' err
	exec 4>&-
	wait $pid
}

@test "file: with --once what was read and not delivered is counted, and more is told of" {
	seq 20000 | sed 's/.*/{"n":&}/' >in
	run -69 --separate-stderr rx-ship --once --window 5 file:none/out <in
	[[ $stderr =~ 'not delivered to file:none/out: '([0-9]+) ]]
	read_n=${BASH_REMATCH[1]}
	[ "$read_n" -gt 5 ]
	[ "$read_n" -eq 20000 ] || [[ $stderr == *", and the rest of the input"* ]]
}
