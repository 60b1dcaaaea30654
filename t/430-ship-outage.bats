# SPDX-License-Identifier: MIT
# rx-ship and a real RabbitMQ that goes away: nothing lost, nothing told twice
# The node is stopped and killed here, and each start takes seconds: the first
# test begins without one, the others start it only if it is not there.
setup_file() { load rabbit; rabbit_make; }
teardown_file() { load rabbit; rabbit_stop; }
setup() {
	load helper
	load rabbit
	load ship
	Q=q$BATS_TEST_NUMBER
	RX_URL=$(rabbit_url $Q)
	export RX_URL
	mkfifo pipe
}
up() { rabbit_answers || rabbit_up; }

# some N: so many are ok.  Cheap, for it is asked while the broker works;
# whether the outcomes are right, accounts tells.
some() {
	[ "$(awk '/"st":"ok"/ {
		tag = to = 0
		n = split($0, part, ",")
		for (i = 1; i <= n; i++) {
			if (part[i] ~ /^"tag":/) tag = substr(part[i], 7)
			if (part[i] ~ /^"to":/) to = substr(part[i], 6)
		}
		ok += to > 0 ? to - tag + 1 : 1
	} END { print ok + 0 }' outcomes)" -ge "$1" ]
}

# every FROM TO MORE: the queue holds each of these ids, and at most MORE again.
every() {
	rabbit_get $Q >got
	jq -r .id got | python3 -c '
import collections, sys
seen = collections.Counter(sys.stdin.read().split())
want = {"src:%x" % t for t in range(int(sys.argv[1]), int(sys.argv[2]) + 1)}
assert set(seen) == want, (len(set(seen) - want), len(want - set(seen)))
repeats = sum(seen.values()) - len(want)
assert repeats <= int(sys.argv[3]), repeats
' "$@"
}

@test "outage: no broker at the start: records are held and delivered when it comes" {
	rabbit_gone || rabbit_down
	records 50 >in
	rx-ship --backoff 50ms..200ms <in 2>err 3>&- &
	local pid=$!
	soon grep -q 'unable to reach' err
	kill -USR1 $pid
	soon grep -Eq ': down for [0-9]+ s, 0 sent, .* 50 held, 0 in flight, 0 connections$' err
	rabbit_up
	wait $pid
	[ "$(rabbit_depth $Q)" -eq 50 ]
	[ "$(grep -c 'unable to reach' err)" -le 3 ]
}

@test "outage: the broker stopped and started again in mid-stream loses nothing" {
	up
	rx-ship --backoff 100ms..500ms --window 1000 <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 6000 >in
	head -n 2001 in >&4
	soon some 500
	tail -n 4000 in >&4 3>&- &
	rabbit_down
	soon grep -q 'lost amqp://guest:\*\*\*@' err
	before=$(accounts outcomes)
	rabbit_up
	RX_PATIENCE=30 soon accounted outcomes "ok=6000 retry=0 reject=0"
	exec 4>&-
	wait $pid
	[ "$before" != "ok=6000 retry=0 reject=0" ]
	every 1 6000 1000
	grep -q 'lost .*: connection closed: 320 CONNECTION_FORCED' err
	grep -Eq 'connected to .* again after [0-9]+ s' err
}

@test "outage: kill -9 of the broker with messages in flight loses none that was ok" {
	up
	# A node forgets a queue, and all that it has confirmed of it, that was
	# declared so shortly before that its name is not on the disk yet.
	rabbit_queue $Q
	rabbit_eval 'mnesia:sync_log().' >/dev/null
	rx-ship --backoff 100ms..500ms --window 500 <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 6000 >&4 3>&- &
	soon some 1000
	rabbit_kill
	soon grep -q 'lost amqp' err
	rabbit_up
	RX_PATIENCE=30 soon accounted outcomes "ok=6000 retry=0 reject=0"
	exec 4>&-
	wait $pid
	every 1 6000 500
	# Why it is unreachable is told once, not at each try.
	[ "$(grep -c 'unable to reach' err)" -le 3 ]
}

# RX_FULL=1: fifty times.
@test "X-33: all connections are closed again and again, each costs at most a window, nothing grows" {
	up
	local breaks=10 pid i
	[ -z "${RX_FULL:-}" ] || breaks=50
	rx-ship --backoff 20ms..50ms --window 200 <pipe >outcomes 2>err 3>&- &
	pid=$!
	exec 4>pipe
	emit $((breaks * 300)) >&4 3>&- &
	soon some 200
	# After the first break it has all that it ever needs.
	state() { echo "$(ls /proc/$pid/fd | wc -l) $(awk '/^VmRSS/ { print $2 }' /proc/$pid/status)"; }
	for ((i = 1; i <= breaks; i++)); do
		soon some $((i * 200))
		rabbit_eval '[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()].' >/dev/null
		[ $i != 2 ] || state >early
	done
	soon some $((breaks * 250))
	state >late
	RX_PATIENCE=60 soon accounted outcomes "ok=$((breaks * 300)) retry=0 reject=0"
	exec 4>&-
	wait $pid
	every 1 $((breaks * 300)) $((breaks * 200))
	paste -d' ' early late >both
	cat both
	local most=2048
	! sanitized || most=16384 # keeps what is freed
	awk -v most=$most 'NF != 4 || $3 > $1 + 1 || $4 > $2 + most { exit 1 }' both
	[ "$(grep -c 'lost amqp.*320 CONNECTION_FORCED' err)" -ge 2 ]
}

@test "outage: of four connections some are closed, what they held goes over the others" {
	up
	rx-ship --connections 4 --backoff 20ms..50ms --window 400 <pipe >outcomes 2>err 3>&- &
	local pid=$! i
	exec 4>pipe
	emit 4000 >&4 3>&- &
	soon some 200
	[ "$(rabbit_eval 'length(rabbit_networking:connections()).')" = "{ok, 4}" ]
	for i in 1 2 3; do
		soon some $((i * 500))
		rabbit_eval '[rabbit_networking:close_connection(P, "test") || P <- lists:sublist(rabbit_networking:connections(), 2)].' >/dev/null
	done
	RX_PATIENCE=30 soon accounted outcomes "ok=4000 retry=0 reject=0"
	exec 4>&-
	wait $pid
	every 1 4000 1200
	grep -q 'connected to .* #4$' err
}

@test "outage: the application stopped and started again (rabbitmqctl stop_app) loses nothing" {
	up
	rx-ship --backoff 50ms..200ms --window 500 <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 3000 >in
	head -n 1001 in >&4
	soon some 500
	rabbit_eval 'rabbit:stop().' >/dev/null
	soon grep -q 'lost amqp' err
	tail -n 2000 in >&4 3>&- &
	rabbit_eval 'rabbit:start().' >/dev/null
	RX_PATIENCE=30 soon accounted outcomes "ok=3000 retry=0 reject=0"
	exec 4>&-
	wait $pid
	every 1 3000 500
}

@test "outage: behind a spool, TERM ends it at once while the broker is away" {
	up
	rx-ship <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 1 >&4
	soon some 1
	rabbit_down
	soon grep -q 'lost amqp' err
	emit 3 2 | tail -n3 >&4
	local before=$SECONDS
	kill $pid
	wait $pid
	[ $((SECONDS - before)) -le 2 ]
	[ "$(accounts outcomes)" = "ok=1 retry=0 reject=0" ]
	exec 4>&-
}
