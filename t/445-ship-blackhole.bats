# SPDX-License-Identifier: MIT
# X-36: the way to the peer swallows all packets, and nobody says so
# The peer lives in a network of its own, at the other end of a pair of virtual
# wires, and its end is taken down.  (not tested: ten minutes of it)
setup() {
	load helper
	load ship
	load web
	need ip
	need nsenter
	can_unshare -n
}

# net SCRIPT-ON-STDIN: bash in a network that has 192.0.2.1, and 192.0.2.2 at the
# other end.  far CMD: there.  cut, heal: the wire.
net() {
	{
		declare -f soon accounted accounts emit
		cat <<-'X'
		set -eu
		unshare -n sleep 300 3>&- &
		far=$!
		trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
		apart() { [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
		soon apart
		far() { nsenter -t $far -n "$@"; }
		cut() { far ip link set far down; }
		heal() { far ip link set far up; }
		ip link add near type veth peer name far netns $far
		ip addr add 192.0.2.1/24 dev near
		ip link set near up
		far ip addr add 192.0.2.2/24 dev far
		heal
		export STUB_HOST=192.0.2.2
		# stub NAME ARG ...: one of t/stub, over there
		stub() {
			# No function in the background: its child would outlive it.
			nsenter -t $far -n python3 "$RX_TOP/t/stub/$1.py" port stub.log "${@:2}" 3>&- &
			soon test -s port
			port=$(cat port)
		}
		mkfifo pipe
		begin() {
			rx-ship --timeout 1s --backoff 50ms..200ms "$@" <pipe >outcomes 2>err 3>&- &
			ship=$!
			exec 4>pipe
		}
		X
		cat
	} >net.bash
	unshare -n bash net.bash
}

@test "X-36: AMQP over a dead wire, in mid-stream and idle: lost after two heartbeats, nothing lost" {
	net <<-'X'
	stub amqp ack
	begin --heartbeat 1s "amqp://rx:canary-pw@192.0.2.2:$port/q"
	emit 100 >&4
	soon accounted outcomes "ok=100 retry=0 reject=0"
	cut
	emit 100 101 | tail -n +2 >&4
	soon grep -q 'lost .*: no sign of life for 2 s' err
	soon grep -q 'unable to reach .*: ' err
	[ "$(accounts outcomes)" = "ok=100 retry=0 reject=0" ]
	heal
	soon accounted outcomes "ok=200 retry=0 reject=0"
	# Now with nothing in flight.
	cut
	twice() { [ "$(grep -c 'no sign of life' err)" = 2 ]; }
	soon twice
	heal
	emit 10 201 | tail -n +2 >&4
	soon accounted outcomes "ok=210 retry=0 reject=0"
	# With the way gone, TERM ends it all the same.
	cut
	emit 10 211 | tail -n +2 >&4
	kill $ship
	soon eval '! kill -0 $ship'
	X
}

@test "X-36: HTTP over a dead wire: each try ends in time, the same request goes again" {
	net <<-'X'
	stub web
	begin --answer-timeout 1s --body ndjson "http://192.0.2.2:$port/"
	emit 100 >&4
	soon accounted outcomes "ok=100 retry=0 reject=0"
	cut
	emit 100 101 | tail -n +2 >&4
	soon grep -Eq 'lost .*: timeout: ' err
	heal
	soon accounted outcomes "ok=200 retry=0 reject=0"
	exec 4>&-
	wait $ship
	[ "$(jq -r .body stub.log | grep . | sort -u | wc -l)" = 200 ]
	X
}
