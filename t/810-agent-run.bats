# SPDX-License-Identifier: MIT
# rx-agent: what it delivers, says and leaves behind     (not tested: reboots)

setup() {
	load helper
	mkdir logs
	export RX_STATE="$PWD/state" RX_LOGS="$PWD/logs/*.log"
	out=state/delivered.ndjson
}

# The agent may have been killed by the test: its guard then stops the rest.
teardown() {
	if [ -n "${agent:-}" ]; then
		kill -TERM "$agent" 2>/dev/null || :
		RX_PATIENCE=20 soon unlocked
	fi
	[ -z "${filler:-}" ] || kill "$filler" || :
	! mountpoint -q disk || umount disk
}
unlocked() { flock -n state/agent.lock true; }

# start: an agent in a session of its own, which the terminal's INT can reach.
start() {
	env --default-signal=INT setsid "$RX_TOP/agent/rx-agent" run error \
		2>>err 3>&- &
	agent=$!
}

# A new lane begins at the end of its files: what counts is written once a
# first line came out.
probe() {
	echo "error: probe" >>logs/probe.log
	grep -qs probe "$out"
}
started() {
	start
	soon probe
}

# numbers FILE-PATTERN: the N of each delivered "error N", in order.
numbers() { jq -r .log_line "$out" | sed -n 's/^error \([0-9]*\)$/\1/p'; }
all_of() { [ "$(numbers | sort -un | wc -l)" -ge "$1" ]; }
write() { seq -f 'error %g' "$1" "$2" >>logs/app.log; }

# stage NAME: the pid of a tool of this agent.
stage() {
	local group
	for group in state/agent.run/*.group; do
		pgrep -g "$(xargs <"$group")" -f "^([^ ]*/)?$1( |\$)"
	done | grep .
}
# kill_stage SIGNAL NAME
kill_stage() {
	soon stage "$2" >/dev/null
	kill -s "$1" "$(stage "$2")"
}
settled() {
	rx-spool stat --json state/error.db error |
		jq -e '.lanes[0] | .pending == 0 and .acked == .stored' >/dev/null
}

@test "agent: appended lines that match are delivered once, in order" {
	started
	for n in $(seq 1 50); do
		write "$n" "$n"
		echo "all is well" >>logs/app.log
	done
	soon all_of 50
	kill -INT -- "-$agent"
	wait "$agent"
	[ "$(numbers)" = "$(seq 1 50)" ]
	run ! grep -q "all is well" "$out"
	run -0 jq -c keys_unsorted "$out"
	[ "${lines[0]}" = '["timestamp","system_ip","log_path","application","log_line","severity"]' ]
}

@test "agent: says what it watches, where things go and what it delivered" {
	started
	soon grep -q "delivered .* record" err
	kill -TERM "$agent"
	wait "$agent"
	grep -qF "watches $RX_LOGS" err
	grep -qF "file:$PWD/state/delivered.ndjson" err
	run -0 tail -n 1 err
	[[ "$output" =~ ^rx-agent:\ done:\ delivered\ [0-9]+\ records?,\ 0\ waiting$ ]]
}

@test "agent: Ctrl-C settles everything and leaves no process and no fifo" {
	started
	write 1 2000
	groups=$(cat state/agent.run/*.group)
	kill -INT -- "-$agent"
	wait "$agent"
	for group in $groups $agent; do
		run -1 kill -0 -- "-$group"
	done
	[ -z "$(find state -type p)" ]
	[ ! -e state/agent.run ]
	settled
	# What was not read before the end comes with the next start, once.
	start
	soon all_of 2000
	[ "$(numbers)" = "$(seq 1 2000)" ]
}

@test "agent: kill -9 of a stage of the log pipeline heals, nothing lost or doubled" {
	started
	n=0
	tools=(rx-match "rx-spool push" rx-tail)
	[ -z "${RX_FULL:-}" ] || tools+=(rx-match rx-tail)
	for tool in "${tools[@]}"; do
		for i in $(seq 1 200); do write $((n + i)) $((n + i)); done 3>&- &
		writer=$!
		kill_stage KILL "$tool"
		wait "$writer"
		n=$((n + 200))
		soon all_of "$n"
		soon grep -q "$tool was killed by signal 9" err
	done
	[ "$(numbers)" = "$(seq 1 "$n")" ]
}

@test "agent: kill -9 of a stage of delivery heals, nothing lost, and nothing doubled that was settled" {
	started
	n=0
	for tool in "rx-spool emit" rx-ship "rx-spool ack"; do
		write $((n + 1)) $((n + 100))
		n=$((n + 100))
		soon all_of "$n"
		soon settled
		kill_stage KILL "$tool"
		soon grep -q "$tool was killed by signal 9" err
		write $((n + 1)) $((n + 100))
		n=$((n + 100))
		soon all_of "$n"
	done
	[ "$(numbers)" = "$(seq 1 "$n")" ]
}

@test "agent: a stopped stage does not hold up the restart" {
	started
	kill_stage STOP "rx-spool push"
	kill_stage KILL rx-match
	write 1 100
	soon all_of 100
	[ "$(numbers)" = "$(seq 1 100)" ]
}

@test "agent: a killed keeper is replaced, and so is its pipeline" {
	started
	old=$(stage rx-tail)
	kill -KILL "$(cat state/agent.run/error.in.keeper)"
	soon gone "$old"
	write 1 100
	soon all_of 100
	[ "$(numbers)" = "$(seq 1 100)" ]
}

groups() { cat state/agent.run/*.group | xargs | tr ' ' ,; }

# nth N: the pid of the Nth process of the agent, main not counted.
nth() {
	pgrep -g "$agent,$(groups)" | grep -vx "$agent" | sed -n "$1p" | grep .
}
# What is listed may have ended since, as main's own sleep does.
kill_nth() { kill -KILL "$(nth "$1")" 2>/dev/null; }

@test "agent: on a full disk a killed keeper is replaced by one, and the end leaves nothing" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=32m,mode=700 none disk || skip "mount refused"
	out=$PWD/delivered.ndjson
	export RX_STATE="$PWD/disk/state" RX_URL="file:$out"
	ln -s disk/state state
	started
	# What is freed is taken at once.
	(while :; do cat /dev/zero >>disk/filler || :; done) 2>/dev/null 3>&- &
	filler=$!
	full() { ! cat /etc/passwd >disk/probe; }
	soon full
	kill -KILL "$(cat state/agent.run/error.out.keeper)"
	# Each turn of main is woken by the end of its sleep. A turn that somebody
	# else woke may have its last sleep dying beside the next one.
	for _ in 1 2 3 4 5; do
		soon pgrep -n -P "$agent" -x sleep >sleeper
		kill "$(cat sleeper)" 2>/dev/null || :
		soon gone "$(cat sleeper)"
	done
	# A turn forks for a moment; who stays is two keepers and the guard.
	three() { [ "$(pgrep -c -P "$agent" -f rx-agent)" -eq 3 ]; }
	soon three
	rc=0
	kill -TERM "$agent"
	wait "$agent" || rc=$?
	agent=
	left=$(pgrep -fc "^[^ ]*rx-[a-z]* .*$PWD/disk" || :)
	[ "$left $rc" = '0 0' ] || { echo "$left left, status $rc"; cat err; false; }
}

@test "agent: kill -9 of any other of its processes heals" {
	started
	# A killed guard is not replaced, so the last places are not always taken.
	last=7
	[ -z "${RX_FULL:-}" ] || last=15
	for n in $(seq 1 "$last"); do
		soon kill_nth "$n"
		write "$n" "$n"
		soon all_of "$n"
		soon settled
	done
	# What was delivered and not yet acknowledged comes again (at least once).
	[ "$(numbers | sort -nu)" = "$(seq 1 "$last")" ]
}

@test "agent: an end leaves nothing behind, also when its guard and keepers were killed just before" {
	started
	groups=$(groups)
	tools=$(pgrep -g "$groups" rx-)
	# The shells of all that runs, main excepted: no tool notices.
	pgrep -g "$agent,$groups" -f rx-agent | grep -vx "$agent" | xargs kill -KILL
	kill -TERM "$agent"
	soon unlocked
	for pid in $tools; do soon gone "$pid"; done
}

@test "agent: when it is killed itself, its pipelines end too, and the next one goes on" {
	started
	groups=$(cat state/agent.run/*.group)
	# What outlives it holds nothing by which its end is seen.
	sleeps() { sleeper=$(pgrep -P "$agent" -x sleep) && [ -d "/proc/$sleeper/fd" ]; }
	soon sleeps
	[ -z "$(find "/proc/$sleeper/fd" -lname "$PWD/state/*")" ]
	kill -KILL "$agent"
	RX_PATIENCE=20 soon unlocked
	for group in $groups; do soon gone "-$group"; done
	write 1 100
	start
	soon all_of 100
	[ "$(numbers)" = "$(seq 1 100)" ]
}

@test "agent: a quiet host is told, with a line to paste that works" {
	start
	RX_PATIENCE=30 soon grep -q 'echo .* >>' err
	paste=$(sed -n "s/^rx-agent:     \(echo .*\)/\1/p" err)
	sh -c "$paste"
	soon test -s "$out"
	run -0 jq -r .severity "$out"
	[ "$output" = error ]
}

@test "agent: a stage that asks not to be restarted stops its pipeline, not the other" {
	mkdir bin
	ln -s "$RX_BIN"/rx-* bin
	rm bin/rx-match
	printf '#!/bin/sh\nexit 78\n' >bin/rx-match
	chmod +x bin/rx-match
	export RX_BIN="$PWD/bin"
	start
	soon grep -q 'rx-match ended with status 78: its pipeline is stopped for good' err
	soon stage rx-ship
	kill -TERM "$agent"
	status=0
	wait "$agent" || status=$?
	[ "$status" -eq 78 ]
}

@test "agent: fails at once again and again: the starts come further and further apart" {
	mkdir bin
	ln -s "$RX_BIN"/rx-* bin
	rm bin/rx-match
	printf '#!/bin/sh\nexit 70\n' >bin/rx-match
	chmod +x bin/rx-match
	export RX_BIN="$PWD/bin"
	start
	RX_PATIENCE=20 soon grep -q 'rx-match ended with status 70: its pipeline starts again in 4 s' err
	run -0 sed -n 's/.*starts again in \([0-9]*\) s$/\1/p' err
	[ "${lines[*]:0:3}" = "1 2 4" ]
}

@test "agent: a second one on the same state waits, and leaves the first alone" {
	started
	"$RX_TOP/agent/rx-agent" run error 2>second 3>&- &
	second=$!
	soon grep -q 'another rx-agent works in' second
	write 1 10
	soon all_of 10
	kill -KILL "$second"
	[ "$(numbers)" = "$(seq 1 10)" ]
}

@test "agent: does not watch what it writes" {
	export RX_LOGS="$PWD/state/*"
	run -78 --separate-stderr "$RX_TOP/agent/rx-agent" run
	[[ "$stderr" == *"would be read back"* ]]
	[ ! -e state/error.db ]
}

@test "agent: a password in the URL is in no command line and in no message" {
	export RX_URL=amqp://agent:sesame@127.0.0.1:1/queue
	start
	soon stage rx-ship
	run -0 ps -eo args
	[[ "$output" != *sesame* ]]
	kill -TERM "$agent"
	wait "$agent"
	run ! grep sesame err
	grep -qF 'amqp://agent:***@127.0.0.1:1/queue' err
}
