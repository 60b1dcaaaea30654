# SPDX-License-Identifier: MIT
# rx-agent and a real RabbitMQ: an outage of the broker

setup_file() {
	load rabbit
	rabbit_start
}
teardown_file() {
	load rabbit
	rabbit_stop
}
setup() {
	load helper
	load rabbit
	mkdir logs
	export RX_STATE="$PWD/state" RX_LOGS="$PWD/logs/*.log"
	RX_URL=$(rabbit_url agent)
	export RX_URL RX_PATIENCE=30
}
teardown() {
	if [ -n "${agent:-}" ]; then
		kill -TERM "$agent" 2>/dev/null || :
		soon flock -n state/agent.lock true
	fi
}

start() {
	env --default-signal=INT setsid "$RX_TOP/agent/rx-agent" run error \
		2>>err 3>&- &
	agent=$!
}
# held N: the queue on disk holds at least so many.
held() {
	rx-spool stat --json state/error.db error |
		jq -e --argjson n "$1" '.lanes[0].pending >= $n' >/dev/null
}
depth() { [ "$(rabbit_depth agent)" -ge "$1" ]; }
probe() {
	echo "error: probe" >>logs/probe.log
	rabbit_queue agent >/dev/null 2>&1 || :
	depth 1
}
ended() {
	kill -INT -- "-$agent"
	wait "$agent"
	agent=
}

@test "agent: while the broker is down the queue grows, then it drains, nothing lost" {
	start
	soon probe
	seq -f 'error %g' 1 500 >>logs/app.log
	soon depth 501
	rabbit_down
	seq -f 'error %g' 501 1000 >>logs/app.log
	soon held 500

	# An end with the target down is short, and says what waits.
	began=$SECONDS
	ended
	[ $((SECONDS - began)) -le 15 ]
	run -0 tail -n 1 err
	[[ "$output" =~ ,\ [0-9]+\ waiting$ ]]
	[[ ! "$output" =~ ,\ 0\ waiting$ ]]

	start
	rabbit_up
	soon depth 1001
	soon grep -q ', 0 waiting' err
	ended
	run -0 rabbit_get agent
	printf '%s\n' "$output" |
		jq -r '.body | (fromjson? // .) | .log_line' |
		sed -n 's/^error \([0-9]*\)$/\1/p' | sort -n | uniq >got
	diff got <(seq 1 1000)
}
