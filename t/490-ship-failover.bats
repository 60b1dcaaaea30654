# SPDX-License-Identifier: MIT
# rx-ship with several targets: one at work, the next when it fails
setup() { load helper; load ship; load web; }

# two SERVERS: first.log, second.log; FIRST and SECOND are their ports.
servers() {
	for name in first second; do
		: >$name.log
		python3 "$RX_TOP/t/stub/web.py" $name.port $name.log $name.answers 3>&- &
		echo $! >$name.pid
		soon test -s $name.port
	done
	FIRST=http://127.0.0.1:$(cat first.port)/
	SECOND=http://127.0.0.1:$(cat second.port)/
}
teardown() { kill "$(cat first.pid)" "$(cat second.pid)" 2>/dev/null || :; }

@test "failover: the first is used as long as it works" {
	servers
	emit 20 | rx-ship "$FIRST" "$SECOND" >outcomes
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=0" ]
	[ "$(wc -l <first.log)" = 20 ]
	[ ! -s second.log ]
}

@test "failover: when it cannot be reached the next takes over at once, and says so" {
	servers
	kill "$(cat first.pid)"
	soon gone "$(cat first.pid)"
	emit 20 | rx-ship --backoff 60s "$FIRST" "$SECOND" >outcomes 2>err
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=0" ]
	[ "$(wc -l <second.log)" = 20 ]
	grep -qF "going over to $SECOND" err
}

@test "failover: what the one that failed held goes to the next, none of it lost" {
	servers
	printf '200\n200\n503\n' >first.answers
	emit 20 | rx-ship --backoff 60s --stats stats "$FIRST" "$SECOND" >outcomes
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=0" ]
	[ "$(grep -E '^rx_ship_(target_|up)' stats | paste -sd,)" = \
		"rx_ship_up 1,rx_ship_target_up{target=\"$FIRST\"} 0,rx_ship_target_up{target=\"$SECOND\"} 1,rx_ship_target_at_work{target=\"$FIRST\"} 0,rx_ship_target_at_work{target=\"$SECOND\"} 1" ]
	[ "$(wc -l <first.log)" = 3 ]
	[ "$(wc -l <second.log)" = 18 ]
}

@test "failover: behind the last comes the first again" {
	servers
	printf '503\n200\n' >first.answers
	printf '503\n503\n200\n' >second.answers
	emit 5 | rx-ship --backoff 50ms "$FIRST" "$SECOND" >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=0" ]
	[ "$(wc -l <first.log)" = 6 ]
	[ "$(wc -l <second.log)" = 1 ]
}

@test "failover: --once tries each once" {
	servers
	echo 503 >first.answers
	emit 5 >in
	rx-ship --once "$FIRST" "$SECOND" <in >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=0" ]
	echo 503 >second.answers
	run -69 rx-ship --once "$FIRST" "$SECOND" <in
}

@test "failover: a file may stand behind a server, and a password in neither message" {
	servers
	kill "$(cat first.pid)"
	soon gone "$(cat first.pid)"
	records 5 >want
	emit 5 | rx-ship "${FIRST/:\/\//://u:canary@}" file:out >outcomes 2>err
	cmp want out
	run -1 grep canary err
}

@test "failover: a target without a token is left again each time none can be had" {
	servers
	printf '503\n503\n200\n' >second.answers
	emit 3 >in
	timeout 20 rx-ship --backoff 50ms --token-cmd 'exit 1' \
		"$FIRST" "$SECOND" <in >outcomes 2>err || :
	[ "$(grep -cF "going over to $FIRST" err)" -ge 2 ]
}

@test "failover: who is left while it renews a token keeps no lock of it" {
	servers
	echo 'slow' >first.answers
	echo 503 >>first.answers
	# Its end is past: the command runs while the first request is out.
	(umask 077; echo eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln >token)
	mkfifo pipe
	rx-ship --backoff 60s --timeout 60s --token-file token --token-cmd 'echo >ran; exec sleep 60' \
		"$FIRST" file:out <pipe >outcomes 2>err 3>&- &
	local ship=$!
	exec 4>pipe
	emit 2 >&4
	soon test -e ran
	run -1 flock -n token.lock true
	soon accounted outcomes "ok=2 retry=0 reject=0"
	flock -n token.lock true
	exec 4>&-
	wait $ship
}
