# SPDX-License-Identifier: MIT
# lib/lines, lib/outbuf, lib/stop: read lines, write batches, wait, end
setup() { load helper; }

lines() { "$RX_UNIT/lines" "$@"; }

@test "lines: a last line without its newline is a line, and said to be torn" {
	printf 'one\ntwo\n\nlast' >in
	run --separate-stderr lines next <in
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf '1 3\n2 3\n3 0\n4 4 torn')" ]
}

@test "lines: no input is no line" {
	run --separate-stderr lines next </dev/null
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
}

@test "lines: NUL bytes are bytes" {
	printf 'a\0b\n\0\n' >in
	lines copy <in >out 2>err
	cmp in out
}

@test "lines: what goes in comes out, whatever the read sizes" {
	python3 - <<-'E'
		import random
		random.seed(7)
		with open("in", "wb") as f:
		    for n in range(3000):
		        f.write(bytes(random.choices(b"abc\0 xyz", k=random.choice([0, 1, 80, 3000]))) + b"\n")
	E
	lines copy <in >out 2>err
	cmp in out
	lines block <in >out 2>err
	cmp in out
	# byte-wise and odd-sized pieces through a pipe
	dd if=in bs=4093 status=none | lines copy >out 2>err
	cmp in out
}

@test "lines: a line over 1 MiB is skipped whole and counted, its neighbours stay" {
	python3 - <<-'E'
		M = 1024 * 1024
		with open("in", "wb") as f:
		    f.write(b"before\n" + b"x" * (10 * M) + b"\nbetween\n" + b"y" * (M + 1) + b"\n")
		    f.write(b"z" * M + b"\nafter\n" + b"w" * (M + 5))
		with open("want", "wb") as f:
		    f.write(b"before\nbetween\n" + b"z" * M + b"\nafter\n")
	E
	for how in copy block; do
		lines $how <in >out 2>err
		cmp want out
		[ "$(cat err)" = "overlong 3" ]
		cat in | lines $how >out 2>err
		cmp want out
		[ "$(cat err)" = "overlong 3" ]
	done
}

@test "lines: a long line does not grow the memory beyond a few MiB" {
	can_limit_memory
	head -c 200000000 /dev/zero >in
	run -0 --separate-stderr bash -c 'ulimit -v 60000; exec "$0" next <in' "$RX_UNIT/lines"
	[ "$output" = "" ]
}

@test "outbuf: a line does not wait in the buffer while the input is idle" {
	mkfifo pipe
	"$RX_UNIT/lines" copy <pipe >out 2>err 3>&- &
	exec 4>pipe
	echo first >&4
	soon test -s out
	exec 4>&-
	wait $!
	[ "$(cat out)" = first ]
}

@test "outbuf: under load output leaves in large writes" {
	can_trace
	seq 100000 >in
	strace -f -e trace=write -o trace "$RX_UNIT/lines" copy <in >out
	cmp in out
	[ "$(grep -c 'write(1,' trace)" -le 10 ]
}

@test "outbuf: a full disk is told at the end with status 74" {
	run -74 --separate-stderr bash -c 'echo x | "$0" copy >/dev/full' "$RX_UNIT/lines"
	[ "$stderr" = "lines: fatal: unable to write stdout: No space left on device" ]
}

@test "outbuf: a closed output is told with status 74" {
	run -74 --separate-stderr bash -c 'echo x | "$0" copy >&-' "$RX_UNIT/lines"
	[[ $stderr == "lines: fatal: unable to write stdout: "* ]]
}

@test "lines: a closed input is told with status 74, and no other file is read in its place" {
	run -74 --separate-stderr timeout 5 bash -c '"$0" copy <&-' "$RX_UNIT/lines"
	[ "$output" = "" ]
	[ "$stderr" = "lines: fatal: unable to read stdin: Bad file descriptor" ]
}

@test "stop: a reader that left ends the tool by SIGPIPE, in silence" {
	run -0 bash -c 'yes | ("$0" copy; echo $? >status) 2>err | head -n 1; cat status; cat err' "$RX_UNIT/lines"
	[ "${lines[0]}" = y ]
	[ "${lines[1]}" = 141 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "stop: a reader that left is noticed while the input is idle" {
	mkfifo in out
	"$RX_UNIT/lines" copy <in >out 2>err 3>&- &
	pid=$!
	exec 4>in 5<out
	exec 5<&-
	soon gone $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 141 ]
	exec 4>&-
}

@test "stop: TERM while idle ends the input, and the tool ends with 0" {
	mkfifo in
	"$RX_UNIT/lines" copy <in >out 2>err 3>&- &
	pid=$!
	exec 4>in
	printf 'whole\nhalf' >&4
	soon test -s out
	kill -TERM $pid
	wait $pid
	[ "$(cat out)" = whole ]
	exec 4>&-
}

@test "stop: TERM while busy ends the tool with 0 and whole lines" {
	mkfifo in
	yes 0123456789 >in 2>/dev/null 3>&- &
	"$RX_UNIT/lines" copy <in >out 2>err 3>&- &
	pid=$!
	soon test -s out
	kill -TERM $pid
	wait $pid
	run -0 bash -c 'sort -u out'
	[ "$output" = 0123456789 ]
	[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]
}

@test "stop: a tool whose reader never reads ends within --drain all the same" {
	mkfifo out
	"$RX_UNIT/tool" --drain 100ms hang 2>err 3>&- &
	pid=$!
	soon grep -q hanging err
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q 'fatal: unable to hand on everything in time' err
}

@test "stop: the same where the kernel says of the timer that run down that a microsecond is left" {
	need cc
	! sanitized || skip "the sanitizers have to be loaded first"
	cat >late.c <<-'C'
	#include <sys/time.h>
	int getitimer(int which, struct itimerval *v)
	{
		*v = (struct itimerval){ { 0, 0 }, { 0, 1 } };
		return 0;
	}
	C
	cc -shared -fPIC -o late.so late.c
	LD_PRELOAD=./late.so "$RX_UNIT/tool" --drain 100ms hang 2>err 3>&- &
	pid=$!
	soon grep -q hanging err
	kill -TERM $pid
	soon gone $pid || kill -KILL $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
}

@test "stop: USR1 and HUP run what they stand for, while the tool waits" {
	"$RX_UNIT/tool" wait 2>err 3>&- &
	pid=$!
	soon grep -q waiting err
	kill -USR1 $pid
	soon grep -q status err
	kill -HUP $pid
	soon grep -q reload err
	kill -INT $pid
	wait $pid
	[ "$(tail -n 1 err)" = "rx-tool: stopped" ]
}
