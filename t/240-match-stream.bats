# SPDX-License-Identifier: MIT
# rx-match: when output moves, signals, readers that leave, full disks, crashes
setup() { load helper; }

begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
mark='{"_rx":{"k":"mark","n":"NONCE","q":1,"full":false,"pos":[]}}'

@test "stream: a record or a mark does not wait in the buffer while the input is idle" {
	mkfifo pipe
	rx-match -k <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	echo "$begin" >&4
	soon has out 1
	echo '{"log_line":"error"}' >&4
	soon has out 2
	echo "$mark" >&4
	soon has out 3
	exec 4>&-
	wait $pid
}

@test "stream: marks that cover nothing new wait for what comes next, or a second" {
	local i was now
	io() { sed -n "s/^$1: //p" "/proc/$pid/io"; }
	at_least() { [ "$(io "$1")" -ge "$2" ]; }
	mkfifo pipe
	rx-match -k <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	printf '%s\n' "$begin" "$mark" >&4
	soon has out 2
	was=$(io syscw)
	for i in $(seq 2 31); do
		printf '%s\n' '{"log_line":"fine"}' "${mark/:1,/:$i,}" >two
		now=$(io rchar)
		cat two >&4
		soon at_least rchar $((now + $(wc -c <two)))
	done
	[ $(($(io syscw) - was)) -le 15 ]
	printf '%s\n' '{"log_line":"error"}' "${mark/:1,/:32,}" >&4
	soon has out 34
	jq -c '._rx.q // .severity' out >got
	{ echo null; seq 1 31; echo '"error"'; echo 32; } >want
	sed -i '1s/.*/null/' got
	cmp got want
	echo "${mark/:1,/:33,}" >&4
	soon has out 35
	exec 4>&-
	wait $pid
}

@test "stream: TERM while idle hands on and exits 0" {
	mkfifo pipe
	rx-match -k <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"log_line":"error"}' >&4
	soon has out 1
	kill -TERM $pid
	wait $pid
	exec 4>&-
}

@test "stream: TERM while busy ends soon, with whole lines only" {
	yes '{"log_line":"an error"}' | rx-match -k 2>err 3>&- >out &
	pid=$!
	soon has out 1000
	kill -TERM $pid
	wait $pid
	[ "$(tail -c 1 out | od -An -tx1)" = ' 0a' ]
	[ "$(sort -u out)" = '{"log_line":"an error","severity":"error"}' ]
	[ ! -s err ]
}

@test "stream: TERM while the reader does not read ends within --drain" {
	mkfifo pipe
	yes '{"log_line":"an error"}' | rx-match -k --drain 200ms >pipe 2>err 3>&- &
	pid=$!
	exec 4<pipe
	soon is_asleep_writing $pid
	kill -TERM $pid
	code=0; wait $pid || code=$?
	[ "$code" -eq 75 ]
	exec 4<&-
}
# It has read all it can hold: what it reads stays the same for a while.
is_asleep_writing() {
	local was now
	was=$(sed -n 's/^rchar: //p' "/proc/$1/io")
	[ "$(ps -o comm= -p "$1")" = rx-match ] && [ "$was" -gt 60000 ] || return 1
	read -rt 0.1 <> <(:) || :
	now=$(sed -n 's/^rchar: //p' "/proc/$1/io")
	[ "$was" = "$now" ]
}

@test "stream: dies as quietly as cat when its reader has left" {
	run -0 bash -c 'set +o pipefail; yes "{\"log_line\":\"error\"}" | { rx-match -k; echo $? >rc; } 2>err | head -n 1'
	[ "$(cat rc)" -eq 141 ]
	[ ! -s err ]
}

@test "stream: an idle stage whose reader left dies too" {
	mkfifo in out
	rx-match -k <in >out 2>err 3>&- &
	pid=$!
	exec 4>in 5<out
	exec 5<&-
	soon gone $pid
	status=0; wait $pid || status=$?
	[ "$status" -eq 141 ]
	exec 4>&-
	[ ! -s err ]
}

@test "stream: a full disk is exit 74 and says so" {
	run -74 bash -c 'echo "{\"log_line\":\"error\"}" | rx-match -k >/dev/full'
	[[ $output == *'unable to write stdout: No space left on device' ]]
	run -74 bash -c 'rx-match --list >/dev/full'
}

@test "stream: USR1 shows the counters" {
	mkfifo pipe
	rx-match -k <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	printf '%s\n' '{"log_line":"error"}' '{"log_line":"ok"}' >&4
	soon has out 1
	kill -USR1 $pid
	soon grep -q '2 lines read, 1 kept' err
	exec 4>&-
	wait $pid
}

@test "stream: keywords across a record boundary are none" {
	printf '{"log_line":"er"}\n{"log_line":"ror"}\n' >in
	run -1 rx-match -e 'er.*ror' <in
	printf 'er\nror\n' >in
	run -1 rx-match -e 'er\s*ror' in
}

@test "stream: written byte by byte or in any pieces the output is the same" {
	python3 - <<-'E'
	import subprocess, random
	random.seed(3)
	lines = [b'{"log_line":"%s"}\n' % w for w in (b"error", b"ok", b"fa\\u0069l", b"x\\r", b"panic \\n") * 40]
	data = b"".join(lines)
	want = subprocess.run(["rx-match", "-k"], input=data, stdout=subprocess.PIPE).stdout
	assert want.count(b"\n") == 120
	for most in (1, 7, 100):
	    p = subprocess.Popen(["rx-match", "-k"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
	    i = 0
	    while i < len(data):
	        n = random.randint(1, most)
	        p.stdin.write(data[i:i + n])
	        i += n
	    p.stdin.close()
	    assert p.stdout.read() == want
	    assert p.wait() == 0
	E
}

@test "stream: dies at the crash points filter.data and filter.mark, before the record leaves" {
	[ -x "$RX_CRASH_BIN/rx-match" ] || skip "no tools with crash points here"
	printf '%s\n' "$begin" '{"log_line":"error 1"}' "$mark" '{"log_line":"error 2"}' "$mark" >in
	for n in 1 2; do
		run -137 env RX_CRASH=filter.data:$n "$RX_CRASH_BIN/rx-match" -k <in
	done
	for n in 1 2 3; do
		run -137 env RX_CRASH=filter.mark:$n "$RX_CRASH_BIN/rx-match" -k <in
	done
	run -0 env RX_CRASH=filter.mark:4 "$RX_CRASH_BIN/rx-match" -k <in
}

@test "match: foreign JSON does not come out of the classic form as a control record" {
	cat >in <<-'E'
		{"a":1,"_rx":{"k":"open","v":1,"sp":"x","ep":3},"log_line":"error one"}
		{ "_rx":{"k":"mark","n":"N","q":1,"full":true,"pos":[]},"log_line":"error two"}
		{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},"log_line":"error three"}
	E
	run -0 rx-match -k --format classic <in
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == '{"timestamp":'* ]]
	[[ ${lines[1]} == '{"timestamp":'* ]]
	[[ ${lines[2]} == '{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},"timestamp":'* ]]
}
