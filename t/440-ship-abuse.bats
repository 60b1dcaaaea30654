# SPDX-License-Identifier: MIT
# rx-ship and brokers that misbehave: a stub speaks where a real one would not
setup() {
	load helper
	load ship
	mkfifo pipe
}
teardown() { stop_stub; }

# start BEHAVIOUR ... -- OPTION ...: the stub, and rx-ship reading from fd 4
start() {
	local behaviour=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		behaviour+=("$1")
		shift
	done
	stub "${behaviour[@]}"
	RX_URL=$(stub_url) rx-ship --backoff 20ms..40ms "${@:2}" \
		<pipe >outcomes 2>err 3>&- &
	SHIP=$!
	exec 4>pipe
}

finish() {
	exec 4>&-
	wait $SHIP
}

said() { grep -Eq "$1" err; }
times() { grep -Ec "$1" stub.log; }

@test "stub: it answers as a broker does, so what follows is about misbehaviour" {
	start ack
	emit 500 >&4
	finish
	[ "$(accounts outcomes)" = "ok=500 retry=0 reject=0" ]
	grep -q '^login rx$' stub.log
	grep -q '^declare q 1$' stub.log
	grep -q '^publish 500 src:1f4 {"timestamp":' stub.log
	[ "$(tail -n2 stub.log | head -n1)" = close ]
}

@test "abuse: a broker that says nothing is left after --timeout" {
	start silent -- --timeout 200ms
	emit 1 >&4
	soon said 'unable to reach .*: login takes too long'
	kill $SHIP
	finish
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=0" ]
}

@test "abuse: a server that speaks another protocol is no broker" {
	start garbage
	soon said 'unable to reach .*: the broker does not speak AMQP'
	kill $SHIP
	finish
}

@test "abuse: a broker that stops reading is left, and SIGTERM ends the wait for it" {
	start deaf -- --timeout 200ms
	emit 20000 >&4 3>&- &
	soon said 'lost .*: the broker takes nothing'
	soon said 'connected to .* again'
	kill $SHIP
	finish
	[ ! -s outcomes ]
}

@test "abuse: SIGTERM ends it within --drain in the middle of a publish" {
	start deaf -- --drain 500ms
	emit 20000 >&4 3>&- &
	soon said 'connected to'
	# More than any socket buffer takes: the rest waits for a reader.
	stuck() { kill -USR1 $SHIP; grep -Eq ' [1-9][0-9]* in flight' err; }
	soon stuck
	local before=$SECONDS
	kill $SHIP
	finish
	[ $((SECONDS - before)) -le 2 ]
}

@test "abuse: a broker that falls silent is lost after two heartbeats, idle or not" {
	start mute -- --heartbeat 1s
	emit 5 >&4
	mkfifo quiet
	RX_URL=$(stub_url) rx-ship --heartbeat 1s <quiet 2>err.idle 3>&- 4>&- &
	local idle=$!
	exec 5>quiet
	soon said 'lost .*: no sign of life for 2 s'
	soon grep -q 'lost .*: no sign of life for 2 s' err.idle
	[ "$(times '^publish')" -ge 5 ]
	kill $SHIP $idle
	finish
	exec 5>&-
	wait $idle
	[ ! -s outcomes ]
}

@test "abuse: confirms in any order settle each message once" {
	start backwards 50
	emit 500 >&4
	finish
	[ "$(accounts outcomes)" = "ok=500 retry=0 reject=0" ]
}

@test "abuse: a confirm of what was not sent ends the connection, not the program" {
	start bogus
	emit 1 >&4
	soon said 'lost .*: the broker confirmed what was not sent'
	kill $SHIP
	finish
	[ ! -s outcomes ]
}

@test "abuse: a method that nobody asked for ends the connection, not the program" {
	start stray
	emit 1 >&4
	soon said 'the broker said what nobody asked'
	kill $SHIP
	finish
}

@test "abuse: two connections cut in mid-stream cost no attempt, and are followed by care" {
	start cut 100
	emit 1000 >&4
	finish
	[ "$(accounts outcomes)" = "ok=1000 retry=0 reject=0" ]
	# The third connection begins with one message alone, to see.
	[ "$(grep -E '^(connect|publish|confirm)' stub.log | cut -d' ' -f1 |
		awk '/^connect/ { c++ } c == 3' | head -n4 | paste -sd' ')" = "connect publish confirm publish" ]
}

@test "abuse: a message that is alone when the broker falls silent is not to blame" {
	# Two lost connections make it send one at a time.
	start hush 2 -- --heartbeat 1s
	emit 3 >&4
	soon accounted outcomes "ok=3 retry=0 reject=0"
	finish
	[ "$(grep -c 'no sign of life' err)" -eq 1 ]
	[ "$(awk '/^connect/ { c++ } c == 3 && /^publish/' stub.log | wc -l)" -eq 1 ]
}

@test "abuse: a message that kills the connection is found, and the others arrive" {
	start poison 'line 77 error'
	emit 300 >&4
	soon accounted outcomes "ok=299 retry=1 reject=0"
	finish
	[ "$(jq -c 'select(._rx.st == "retry") | [._rx.tag, ._rx.why]' outcomes)" = '[77,"connection_lost"]' ]
}

@test "abuse: a message that is refused while others are taken is retry" {
	start nack 'line 7 error'
	emit 20 >&4
	finish
	[ "$(accounts outcomes)" = "ok=19 retry=1 reject=0" ]
	[ "$(jq -c 'select(._rx.st == "retry") | [._rx.tag, ._rx.why]' outcomes)" = '[7,"nack"]' ]
	[ "$(times '^publish')" -eq 20 ]
}

@test "abuse: a target that refuses everything is probed, and costs no attempt" {
	start full 30
	emit 20 >&4
	soon accounted outcomes "ok=20 retry=0 reject=0"
	finish
	# 20 at once, then one a time until one was taken, then the others.
	[ "$(times '^publish')" -le 70 ]
}

@test "X-39: a target that takes again is not run over: what is in flight grows by what it took" {
	start full 30
	emit 1500 >&4
	RX_PATIENCE=30 soon accounted outcomes "ok=1500 retry=0 reject=0"
	finish
	python3 - stub.log <<-'PY'
		import sys
		flying = confirmed = most = 0
		for line in open(sys.argv[1]):
		    word = line.split()[0]
		    if word == "publish":
		        flying += 1
		        most = max(most, flying)
		        if confirmed:
		            assert flying <= confirmed + 2, (flying, confirmed)
		    elif word in ("confirm", "refuse"):
		        flying -= 1
		        confirmed += word == "confirm"
		assert confirmed == 1500, confirmed
	PY
}

@test "abuse: without a spool a refused message is sent again by itself" {
	stub full 3
	records 3 >in
	RX_URL=$(stub_url) rx-ship --backoff 20ms..40ms <in
	[ "$(times '^publish')" -ge 6 ]
	[ "$(sed -n 's/^publish [0-9]* \([^ ]*\) .*/\1/p' stub.log | sort -u | wc -l)" -eq 3 ]
}

@test "abuse: with --once the first refusal ends it with 69" {
	stub full 30
	records 3 >in
	RX_URL=$(stub_url) run -69 rx-ship --once <in
	[[ $output == *"not delivered to amqp://rx:***@127.0.0.1:$STUB_PORT/q: 3"* ]]
}

@test "abuse: a queue that may not be declared is told and waited for" {
	start noqueue
	emit 1 >&4
	soon said 'unable to reach .*: channel closed: 403 DENIED'
	grep -q '^declare q 1$' stub.log
	grep -q '^declare q 0$' stub.log
	kill $SHIP
	finish
}

@test "abuse: a broker with small frames gets long records in pieces" {
	start small
	python3 -c 'print("{\"x\":\"" + "y" * 50000 + "\"}")' >&4
	finish
	[ "$(times '^publish 1 ')" -eq 1 ]
}

@test "abuse: killed after sending or after a confirm, every message comes again under its id" {
	[ -x "$RX_CRASH_BIN/rx-ship" ] || skip "no tools with crash points"
	emit 40 >in
	local point
	for point in ship.sent:1 ship.sent:20 ship.confirmed:1 ship.confirmed:20; do
		stub ack
		RX_URL=$(stub_url) RX_CRASH=$point run -137 --separate-stderr "$RX_CRASH_BIN/rx-ship" <in
		RX_URL=$(stub_url) rx-ship -q <in >outcomes
		[ "$(accounts outcomes)" = "ok=40 retry=0 reject=0" ]
		[ "$(sed -n 's/^publish [0-9]* \([^ ]*\) .*/\1/p' stub.log | sort -u | wc -l)" -eq 40 ]
		[ "$(times '^publish')" -le 80 ]
		stop_stub
	done
}

@test "abuse: the secret appears nowhere but on the wire" {
	start ack -- -v
	emit 3 >&4
	finish
	run -1 grep -r canary err outcomes
}

@test "SEC-26: a password that the broker quotes, blocked or giving back, is masked in messages and outcomes" {
	start quote 'no room for canary-pw here' --
	emit 1 >&4
	finish
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=1" ]
	grep -q 'blocked by .*: no room for \*\*\* here' err
	grep -q 'returned by .*: 312 no room for \*\*\* here' err
	grep -q '"why":"unroutable: 312 no room for \*\*\* here"' outcomes
	run -1 grep -r canary err outcomes
}

# RX_ROUNDS=10000: so many connections; connected N: at least so many were made.
connected() { [ "$(grep -c '^connect' stub.log)" -ge "$1" ]; }

@test "abuse: connections that break in each way, again and again, leak neither descriptors nor memory" {
	local n=${RX_ROUNDS:-200} RX_PATIENCE=600
	stub break "$n"
	RX_URL=$(stub_url) rx-ship --backoff 1ms,1ms <pipe >outcomes 2>err 3>&- &
	SHIP=$!
	exec 4>pipe
	emit 20 >&4
	soon connected $((n / 4))
	look
	soon connected $((n * 3 / 4))
	look
	finish
	bounded
	# Who was alone when the connection broke may have been blamed for it.
	[[ $(accounts outcomes) == *reject=0 ]]
	[ "$(accounts outcomes | tr -dc '0-9 ' | awk '{ print $1 + $2 }')" = 20 ]
}
