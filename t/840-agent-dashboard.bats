# SPDX-License-Identifier: MIT
# rx-agent run: the live view beside the graph
setup() {
	load helper
	mkdir logs
	: >logs/app.log
	RX_DASHBOARD=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export RX_DASHBOARD RX_STATE="$PWD/state" RX_LOGS="$PWD/logs/*.log"
}
teardown() {
	[ -n "${agent:-}" ] || return 0
	kill -TERM "$agent" 2>/dev/null || :
	soon flock -n state/agent.lock true
}
start() {
	env --default-signal=INT setsid "$RX_TOP/agent/rx-agent" run 2>err 3>&- &
	agent=$!
}
get() { python3 -c 'import sys, urllib.request as u
print(u.urlopen(u.Request("http://127.0.0.1:" + sys.argv[1])).read().decode())' "$RX_DASHBOARD$1" 2>/dev/null; }
# A line written before rx-tail has taken its first position is history.
delivered() {
	echo "$1" >>logs/app.log
	grep -qsF "$1" state/delivered.ndjson
}
healthy() { get /health | jq -e '.status == "ok" and .node_id == "test-node"' >/dev/null; }

@test "agent: run shows the page, and says where" {
	start
	soon healthy
	soon grep -qF "rx-serve: http://127.0.0.1:$RX_DASHBOARD/" err
	get / | grep -qi '<html'
}

@test "agent: what is written to a log reaches who looks on, and the queue all the same" {
	start
	soon healthy
	soon delivered 'error: seen live'
	cat >look.py <<-'E'
		import base64, os, socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
		s.sendall((f"GET /livelogs HTTP/1.1\r\nHost: 127.0.0.1:{sys.argv[1]}\r\nUpgrade: websocket\r\n"
		           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
		           + base64.b64encode(os.urandom(16)).decode() + "\r\n\r\n").encode())
		got = b""
		while b"seen live" not in got:
		    part = s.recv(65536)
		    assert part, got
		    got += part
		assert b" 101 " in got and b'"severity":"error"' in got, got
	E
	run -0 python3 look.py "$RX_DASHBOARD"
}

@test "agent: a view that cannot start does not hold up the delivery" {
	python3 -c 'import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); open("bound", "w"); time.sleep(60)' "$RX_DASHBOARD" 3>&- &
	holder=$!
	soon test -e bound
	start
	soon grep -q 'rx-serve ended with status 75' err
	soon delivered 'error: the log'
	kill "$holder"
	soon healthy
}

@test "agent: RX_DASHBOARD is a port or off" {
	RX_DASHBOARD=x run -78 --separate-stderr "$RX_TOP/agent/rx-agent" run
	RX_DASHBOARD=off run -0 "$RX_TOP/agent/rx-agent" -n
	[[ $output != *rx-serve* ]]
}

@test "agent: the first start makes a token, for its user alone, and open a link" {
	start
	soon healthy
	[ "$(stat -c %a state/token)" = 600 ]
	[ "$(stat -c %a state/tokens.json)" = 600 ]
	[ "$(tr -d '\n' <state/token | sha256sum | cut -d ' ' -f 1)" = "$(jq -r '.tokens[0].sha256' state/tokens.json)" ]
	run ! grep -rlF "$(cat state/token)" state err --exclude=token
	run -0 "$RX_TOP/agent/rx-agent" open
	[[ $output =~ ^http://127\.0\.0\.1:$RX_DASHBOARD/#ticket=[A-Za-z0-9_-]+$ ]]
	was=$(cat state/token)
	kill -TERM "$agent"
	soon flock -n state/agent.lock true
	start
	soon healthy
	[ "$(cat state/token)" = "$was" ]
	RX_DASHBOARD=off run -78 "$RX_TOP/agent/rx-agent" open
}

@test "agent: open a view with TLS, which a pipeline is: by its port and its certificate" {
	need openssl
	mkdir etc
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-keyout etc/own.key -out etc/own.pem -subj /CN=localhost -days 2 2>/dev/null)
	jq -n --argjson port "$RX_DASHBOARD" --arg at "$PWD/etc/own" '{"rx-serve": {"control-port": $port,
		"ws-port": 0, "telemetry-ws-port": 0, "tls-cert": "\($at).pem", "tls-key": "\($at).key"}}' >etc/front.json
	unset RX_LOGS
	export RX_PIPELINES="$PWD/etc"
	port=$RX_DASHBOARD
	export RX_DASHBOARD=off
	run -69 "$RX_TOP/agent/rx-agent" open
	start
	soon grep -qF "rx-serve: https://127.0.0.1:$port/" err
	for name in '' front; do
		run -0 "$RX_TOP/agent/rx-agent" open $name
		[[ $output =~ ^https://127\.0\.0\.1:$port/#ticket=[A-Za-z0-9_-]+$ ]]
	done
	run -64 "$RX_TOP/agent/rx-agent" open view
	run -64 "$RX_TOP/agent/rx-agent" open front front
	cp etc/front.json etc/second.json
	run -64 --separate-stderr "$RX_TOP/agent/rx-agent" open
	[[ $stderr == *'front or second'* ]]
}
