# SPDX-License-Identifier: MIT
# rx-match --via: any command as a stage of a marked stream (PROTOCOL.md 9).
setup() { load helper; }

# stream: begin, 3 data, mark, 2 data, mark, mark.
stream() {
	printf '%s\n' '{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}' \
		'{"n":1,"log_line":"ERROR a"}' '{"n":2,"log_line":"DEBUG b"}' '{"n":3,"log_line":"ERROR c"}' \
		'{"_rx":{"k":"mark","n":"N","q":1,"full":true,"pos":[]}}' \
		'{"n":4,"log_line":"DEBUG d"}' '{"n":5,"log_line":"DEBUG e"}' \
		'{"_rx":{"k":"mark","n":"N","q":2,"full":false,"pos":[]}}' \
		'{"_rx":{"k":"mark","n":"N","q":3,"full":false,"pos":[]}}'
}

@test "via: the output of the command stands where the data stood, marks pass byte for byte" {
	stream | rx-match --via 'jq -c "select(.log_line | test(\"ERROR\"))"' >out
	stream | sed '/DEBUG/d' | cmp - out
	stream | rx-match --via cat | cmp - <(stream)
	stream | rx-match --via 'tac' | sed -n 2,4p | cmp - <(stream | sed -n 2,4p | tac)
}

@test "via: the command is started once for each segment that has data" {
	stream | rx-match --via "echo x >>starts; cat" >out
	[ "$(wc -l <starts)" = 2 ]
	[ "$(stream | rx-match --via "jq -s -c '{n: length}'" | grep -c '"n":[32]}')" = 2 ]
}

@test "via: a status that is not accepted ends it with 75, and no mark follows the data" {
	stream >in
	run -75 --separate-stderr rx-match --via 'grep -v DEBUG' <in
	[ "$stderr" = "rx-match: fatal: grep -v DEBUG ended with status 1: its segment is not passed on" ]
	[ "$output" = "$(stream | sed '/DEBUG/d' | head -4)" ]
	run -0 rx-match --via 'grep -v DEBUG' --via-accept 0,1 <in
	[ "$output" = "$(stream | sed /DEBUG/d)" ]
	run -75 --separate-stderr rx-match --via 'kill -9 $$' <in
	[[ "$stderr" == *"was ended by signal 9"* ]]
	[ "${#lines[@]}" = 1 ]
	run -75 --separate-stderr rx-match --via no-such-command-here <in
	[[ "$stderr" == *"ended with status 127"* ]]
}

@test "via: a command that reads only some of its lines loses nothing but them" {
	python3 -c 'for i in range(200000): print("{\"n\":%d}" % i)' >data
	{ stream | head -1; cat data; stream | tail -1; } >in
	rx-match --via 'head -2' <in >out
	{ stream | head -1; head -2 data; stream | tail -1; } | cmp - out
	{ stream | head -1; stream | tail -1; } >empty
	rx-match --via true <in | cmp - empty
}

@test "via: a large segment goes through a command that answers as it reads, and one that waits" {
	python3 -c 'for i in range(60000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 200))' >data
	{ stream | head -1; cat data; stream | tail -1; } >in
	rx-match --via cat <in | cmp - in
	rx-match --via 'tac | tac' <in | cmp - in
}

@test "via: what the command prints last without a newline does not run into the mark" {
	stream | rx-match --via 'printf "{\"a\":1}"' | sed -n 2,3p >out
	[ "$(head -1 out)" = '{"a":1}' ]
	[[ "$(tail -1 out)" == '{"_rx":{"k":"mark"'* ]]
}

@test "via: a command that writes a control record ends it with 65 (R6)" {
	stream >in
	run -65 --separate-stderr rx-match --via "cat; echo '{\"_rx\":{\"k\":\"mark\"}}'" <in
	[[ "$stderr" == *"wrote a control record"* ]]
}

@test "via: a torn last record is discarded, a whole one without its newline is not" {
	printf '{"n":1}\n{"n":2' | rx-match --via cat >out
	[ "$(cat out)" = '{"n":1}' ]
	printf '{"n":1}\n{"n":2}' | rx-match --via cat >out
	[ "$(cat out)" = $'{"n":1}\n{"n":2}' ]
	run -0 rx-match --via cat </dev/null
	[ "$output" = "" ]
}

@test "via: data without marks flows through one command, while it comes" {
	mkfifo pipe
	rx-match --via 'jq -c --unbuffered .n' <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"n":1}' >&4
	soon has out 1
	echo '{"n":2}' >&4
	soon has out 2
	exec 4>&-
	wait $pid
}

@test "via: it goes with no other option and no file, wrong ones are told" {
	run -64 rx-match --via cat -e x
	run -64 rx-match --via cat file
	run -64 rx-match --via-accept 1
	run -64 rx-match --via-timeout 1s
	run -64 rx-match --via cat --via-timeout 0
	run -64 rx-match --via cat --via-accept 0,x
	run -64 rx-match --via cat --via-accept 256
	run -0 rx-match --via cat --check
}

@test "via: TERM ends it after the segment at hand; killed, it leaves no command behind" {
	mkfifo pipe
	rx-match --via 'echo $$ >pid; cat' <pipe >out 3>&- &
	pid=$!
	exec 4<>pipe
	echo '{"n":1}' >&4
	soon test -s pid
	kill $pid
	wait $pid
	[ "$(cat out)" = '{"n":1}' ]
	rm pid
	rx-match --via 'trap "" TERM; echo $$ >pid; sleep 1000' <pipe >out 3>&- &
	pid=$!
	echo '{"n":1}' >&4
	soon test -s pid
	kill -9 $pid
	wait $pid || :
	soon gone "$(cat pid)"
	exec 4>&-
}

@test "via: a command that does nothing and does not end is told, ended, and its segment not passed on" {
	stream >in
	while IFS='|' read -r command told; do
		rm -f pid
		run -75 --separate-stderr timeout 60 rx-match --via "$command" --via-timeout 200ms <in
		[ "$stderr" = "rx-match: fatal: $command has $told for 0.2 s and does not end: its segment is not passed on" ]
		[ "$output" = "$(head -1 in)" ]
		soon gone "$(cat pid)"
	done <<-'E'
	echo $$ >pid; exec >&- <&-; sleep 1000|closed its output
	echo $$ >pid; exec sleep 1000|done nothing
	echo $$ >pid; cat >/dev/null; exec sleep 1000|done nothing
	E
	# One that takes nothing of a segment that no pipe holds.
	{
		head -1 in
		python3 -c 'for i in range(200000): print("{\"n\":%d}" % i)'
		sed -n 5p in
	} >large
	run -75 --separate-stderr timeout 60 rx-match --via 'sleep 1000' --via-timeout 200ms <large
	[[ "$stderr" == *"sleep 1000 has done nothing for 0.2 s"* ]]
	# Without marks nobody waits behind it, but when it can say nothing more.
	run -75 --separate-stderr timeout 60 rx-match --via 'exec >&- <&-; sleep 1000' --via-timeout 200ms <<<'{"n":1}'
	[[ "$stderr" == *"has closed its output for 0.2 s"* ]]
}

@test "via: a command that works slowly, or waits for input as long as that takes, is not silent" {
	stream >in
	run -0 rx-match --via 'while read -r l; do sleep .4; echo "$l"; done' --via-timeout 1s <in
	[ "$output" = "$(cat in)" ]
	mkfifo pipe
	rx-match --via cat --via-timeout 1s <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	sed -n 1,2p in >&4
	soon has out 2
	sleep 1.2 # the span that is measured
	sed -n 3,5p in >&4
	exec 4>&-
	wait $pid
	sed -n 1,5p in | cmp - out
}

@test "SEC-31: a command gets no descriptor above 2 and no variable but the few it needs" {
	export SECRET=tiger RX_TOKEN=tiger LANG=C.UTF-8
	run -0 rx-match --via 'ls /proc/self/fd; env' 7</dev/null 11>other <<<'{"n":1}'
	# 3 is the directory that ls reads.
	[ "$(head -4 <<<"$output" | xargs)" = "0 1 2 3" ]
	[[ "$output" == *$'\n'"PATH=$PATH"* && "$output" == *$'\n'"LANG=C.UTF-8"* ]]
	[[ "$output" == *"RX_NODE_ID=test-node"* && "$output" != *tiger* ]]
	[[ "${lines[4]}" == *=* ]]
}

@test "via: a reader that leaves ends it by SIGPIPE, full standard output with 74" {
	run bash -c 'yes "{}" | rx-match --via cat | head -1; exit ${PIPESTATUS[1]}'
	[ "$status" = 141 ]
	stream >in
	run -74 bash -c 'rx-match --via cat <in >/dev/full'
}

# via_of NAME: a counter of s.prom.
via_of() { awk -v name="rx_match_$1" '$1 == name { print $2 }' s.prom; }

@test "via: --stats tells what came, what the command made of it, and what it still has" {
	# Of three lines none, of two four; one too long.
	{ stream && head -c 2M /dev/zero | tr '\0' x && echo; } >in
	run -1 rx-match -q --stats s.prom --via 'if grep -q c\"; then :; else seq 4; fi' <in
	[ "$(via_of read_lines_total) $(via_of control_records_total) $(via_of kept_records_total)" = "10 4 4" ]
	[ "$(via_of made_records_total) $(via_of held_records) $(via_of segments_total)" = "2 0 2" ]
	[ "$(via_of 'refused_total{reason="too_long"}')" = 1 ]
	# Without marks, and with what else it takes.
	stream | sed '/_rx/d' | rx-match --stats s.prom --via 'head -1' >out
	[ "$(via_of read_lines_total) $(via_of kept_records_total) $(via_of held_records)" = "5 1 0" ]
	run -64 rx-match --stats s.prom -v --via cat </dev/null
	run -74 rx-match --stats none/s.prom --via cat </dev/null
}

@test "via: what the command has not answered is held, as --stats has it while it runs" {
	[ -n "${RX_FULL:-}" ] || skip "RX_FULL=1 runs it: counters are written every 10 s"
	mkfifo in go
	RX_STATE_DIR=$PWD rx-match --stats s.prom --via 'head -1; read x <"$RX_STATE_DIR/go"; cat' <in >out 3>&- &
	match=$!
	exec 5>in
	stream | head -4 >&5
	RX_PATIENCE=20 soon eval '[ "$(via_of held_records)" = 2 ]'
	[ "$(via_of kept_records_total)" = 1 ]
	kill $match
	echo >go
	exec 5>&-
	wait $match
	[ "$(via_of held_records) $(via_of read_lines_total)" = "0 4" ]
}
