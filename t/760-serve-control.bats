# SPDX-License-Identifier: MIT
# rx-serve: starting and stopping the streams, and what it tells about itself
setup() { load helper; load serve; need curl; need python3; }

control() { # BODY [CURL-OPTION...]: status and body
	local body=$1
	shift
	curl -s -w '\n%{http_code}' -H "Content-Type: ${type-application/json}" -d "$body" "$@" \
		"http://127.0.0.1:$http${path:-/control}"
}
said() { control "{\"command\":\"$1\"}" | jq -sr '.[0].state, .[1]' | tr '\n' ' '; }
running() { [ "$(curl -s "http://127.0.0.1:$http/status" | jq -r ".streams.$1.state")" = "$2" ]; }

@test "control: start runs the command with nobody there, stop ends it; both can be said again (R-116)" {
	serving --logs 'echo $$ >>started; trap "" HUP; exec sleep 600' --telemetry 'sleep 600'
	running livelogs idle
	for again in 1 2; do
		[ "$(said start_livelogs)" = 'running 200 ' ]
	done
	soon test -s started
	pid=$(cat started)
	running livelogs running
	running telemetry idle
	for again in 1 2; do
		[ "$(said stop_livelogs)" = 'stopped 200 ' ]
	done
	soon_gone() { ! kill -0 "$1" 2>/dev/null; }
	soon soon_gone "$pid"
	path=/v1/control
	[ "$(said start_telemetry)" = 'running 200 ' ]
	[ "$(said stop_telemetry)" = 'stopped 200 ' ]
	[ "$(wc -l <started)" = 1 ]
	grep -q 'control: stop_livelogs by peer' err
}

@test "control: who watches is told that the stream stopped, and goes on when it is started" {
	serving --logs 'echo one; sleep 600'
	watching got "$ws"
	soon has got 1
	said stop_livelogs
	soon grep -qx '{"stream":"stopped"}' got
	watching late "$ws"
	soon grep -qx '{"stream":"stopped"}' late
	said start_livelogs
	soon grep -qx '{"stream":"started"}' got
	has_two() { [ "$(jq -r .log got | grep -c one)" = 2 ]; }
	soon has_two
	[ "$(curl -s "http://127.0.0.1:$http/status" | jq .streams.livelogs.starts)" = 2 ]
}

@test "control: what is started stops after the last who came has left (R-117)" {
	serving --logs 'echo one; sleep 600'
	said start_livelogs
	wsc "$ws" --count 1 >got
	soon running livelogs idle
}

@test "control: what is no command is 400 and changes nothing, no such stream 409 (SEC-51)" {
	serving --logs 'sleep 600'
	for body in '' '{' '{}' '[]' '"start_livelogs"' '{"command":"reboot"}' '{"command":1}' \
		'{"command":"start_livelogs; id"}' '{"command":"start_livelogs\u0000"}' \
		'{"command":"start_livelogs","x":1}' '{"command":["start_livelogs"]}'; do
		[ "$(control "$body" | tail -n 1)" = 400 ]
	done
	running livelogs idle
	[ "$(control '{"command":"start_telemetry"}' | tail -n 1)" = 409 ]
	[ "$(control "$(printf '%5000s' x)" | tail -n 1)" = 413 ]
}

@test "control: a body must be JSON by its type, come from no foreign page, and be allowed (X-53, SEC-09)" {
	(umask 077 && printf '{"tokens":[{"name":"r","sha256":"%s","scopes":["read"]},{"name":"c","sha256":"%s","scopes":["control"]}]}\n' \
		"$(printf reader | sha256sum | cut -d ' ' -f 1)" \
		"$(printf controller | sha256sum | cut -d ' ' -f 1)" >tokens.json)
	serving --auth tokens.json --logs 'sleep 600'
	start='{"command":"start_livelogs"}'
	for type in text/plain application/x-www-form-urlencoded multipart/form-data ''; do
		[ "$(control "$start" | tail -n 1)" = 415 ]
	done
	unset type
	for origin in null http://evil.example "http://127.0.0.1:1"; do
		[ "$(control "$start" -H "Origin: $origin" | tail -n 1)" = 403 ]
	done
	[ "$(control "$start" -H 'Host: evil.example' | tail -n 1)" = 421 ]
	[ "$(control "$start" -H 'X-API-Key: reader' | tail -n 1)" = 403 ]
	[ "$(control "$start" -H 'X-API-Key: nobody' | tail -n 1)" = 401 ]
	running livelogs idle
	type='application/json; charset=utf-8'
	[ "$(control "$start" -H 'X-API-Key: controller' | tail -n 1)" = 200 ]
	[ "$(control "$start" -H "Origin: http://127.0.0.1:$http" | tail -n 1)" = 200 ]
	[ "$(curl -s -o out -w '%{http_code}' -H 'X-API-Key: controller' "http://127.0.0.1:$http/status")" = 403 ]
	grep -q 'control: start_livelogs by c$' err
}

@test "control: more than sixty commands a minute are 429 (SEC-06)" {
	serving --logs 'sleep 600'
	python3 - "$http" >codes <<-'X'
	import http.client, sys
	for _ in range(64):
	    c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
	    c.request("POST", "/control", '{"command":"start_livelogs"}', {"Content-Type": "application/json"})
	    print(c.getresponse().status)
	X
	[ "$(grep -c 429 codes)" -ge 3 ]
	[ "$(grep -c 200 codes)" -ge 60 ]
}

@test "control: a body may come in pieces, after 100, or not at all: then 408 or nothing (SEC-05)" {
	serving --logs 'sleep 600'
	python3 - "$http" <<-'X'
	import socket, sys, time
	port = int(sys.argv[1])
	body = b'{"command":"start_livelogs"}'
	head = (b"POST /control HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
	        b"Content-Length: %d\r\n" % (port, len(body)))
	def talk(*pieces):
	    s = socket.create_connection(("127.0.0.1", port), timeout=30)
	    for p in pieces:
	        s.sendall(p)
	        time.sleep(0.01)    # that it is read by itself
	    got = b""
	    while part := s.recv(4096):
	        got += part
	    return got
	assert talk(head + b"\r\n", *[body[i:i + 1] for i in range(len(body))]).startswith(b"HTTP/1.1 200 ")
	assert talk(head + b"\r\n" + body + b"GET / HTTP/1.1\r\n\r\n").count(b"HTTP/1.1") == 1
	s = socket.create_connection(("127.0.0.1", port), timeout=30)
	s.sendall(head + b"Expect: 100-continue\r\n\r\n")
	assert s.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
	s.sendall(body)
	assert s.recv(4096).startswith(b"HTTP/1.1 200 ")
	assert talk(head + b"Expect: 200-maybe\r\n\r\n").startswith(b"HTTP/1.1 417 ")
	assert talk(head + b"\r\n" + body[:5]).startswith(b"HTTP/1.1 408 ")
	X
}

@test "status: tells each stage's samples, /ready what is stale, both only to who may know" {
	mkdir stats
	printf '# HELP rx_tail_lines_total Lines.\n# TYPE rx_tail_lines_total counter\nrx_tail_lines_total 12\nrx_tail_lines_total{log="a \\"}b"} NaN\nno sample\n# TYPE rx_t gauge\nrx_t -1.5\n' >stats/rx-tail.prom
	echo 'rx_x 1' >stats/rx-tail.past
	mkfifo stats/pipe.prom
	ln -s rx-tail.prom stats/link.prom
	serving --stages stats --logs 'sleep 600'
	at=http://127.0.0.1:$http
	curl -s "$at/status" >out
	jq -e '.status == "ok" and .node_id == "test-node" and .connections.open == 1 and .uptime_s >= 0
		and (.stages | keys) == ["rx-tail"]
		and .stages["rx-tail"].values == {"rx_tail_lines_total": 12, "rx_tail_lines_total{log=\"a \\\"}b\"}": "NaN", "rx_t": -1.5}' out
	[ "$(curl -s -o ready -w '%{http_code}' "$at/ready")" = 200 ]
	touch -d '2 minutes ago' stats/rx-tail.prom
	[ "$(curl -s -o ready -w '%{http_code}' "$at/ready")" = 503 ]
	jq -e '.status == "not ready" and .checks["stage rx-tail"] != "ok" and .checks["stream livelogs"] == "ok"' ready
	run -78 rx-serve --check --stages nothing
	[[ $output == *"--stages nothing: No such file"* ]]
	rm -r stats
	[ "$(curl -s -o ready -w '%{http_code}' "$at/v1/ready")" = 503 ]
	jq -e '.checks.stages == "No such file or directory"' ready
	jq -e .stages_error <(curl -s "$at/status")
	[ "$(curl -s -o out -w '%{http_code}' -H 'X-API-Key: x' "$at/metrics")" = 401 ]
	[ "$(curl -s -o out -w '%{http_code}' "$at/health")" = 200 ]
}

@test "metrics: those of rx-serve and of all stages, as promtool likes them (R-179)" {
	mkdir stats
	printf '{"a":1}\n' | rx-spool push --unmarked --stats stats/rx-spool.prom ./q.db error
	printf 'error: x\n' | rx-match -k --stats stats/rx-match.prom >/dev/null
	printf 'error: x\n' | rx-match -k --stats stats/match-2.prom >/dev/null
	serving --stages stats --logs 'echo one; sleep 600'
	wsc "$ws" --count 1 >got
	curl -si "http://127.0.0.1:$http/metrics" >out
	grep -qi '^content-type: text/plain; version=0.0.4' out
	sed '1,/^\r$/d' out >metrics
	grep -qx 'rx_serve_stream_records_total{stage="rx-serve",stream="livelogs"} 1' metrics
	grep -q '^rx_build_info{stage="match-2",tool="rx-match",' metrics
	[ "$(grep -c '^# TYPE rx_build_info ' metrics)" = 1 ]
	[ "$(grep -v '^#' metrics | sed 's/ [^ ]*$//' | sort | uniq -d | wc -l)" = 0 ]
	command -v promtool >/dev/null || skip "no promtool: only looked at by grep"
	promtool check metrics <metrics
}

@test "metrics: --stats keeps them in a file too, which /metrics does not tell twice (F-96)" {
	mkdir stats
	serving --stages stats --stats stats/rx-serve.prom --logs 'echo one; sleep 600'
	soon grep -q '^rx_serve_accepted_total 0$' stats/rx-serve.prom
	wsc "$ws" --count 1 >got
	curl -sf "http://127.0.0.1:$http/metrics" >metrics
	[ "$(grep -c '^rx_serve_accepted_total{' metrics)" = 1 ]
	grep -qx 'rx_serve_accepted_total{stage="rx-serve"} 2' metrics
	end_serving
	# The last word of who was confined.
	grep -qx 'rx_serve_accepted_total 2' stats/rx-serve.prom
	grep -qx 'rx_serve_stream_records_total{stream="livelogs"} 1' stats/rx-serve.prom
	run -74 rx-serve --stats nowhere/x.prom
	need promtool
	promtool check metrics <metrics
	promtool check metrics <stats/rx-serve.prom
}

@test "metrics: how many anomalies there were is told on, for their rate (R-179)" {
	mkdir stats
	for n in 1 2 3; do
		printf '{"timestamp":"2026-01-05T10:00:0%dZ","user_id":"u1","signal_type":"click"}\n' $n
	done | rx-alert --replay --window 5s --threshold 2 --stats stats/rx-alert.prom >anomalies
	[ "$(wc -l <anomalies)" = 1 ]
	serving --stages stats
	curl -sf "http://127.0.0.1:$http/metrics" >metrics
	[ "$(sed -n 's/^rx_alert_anomalies_total{stage="rx-alert".*} //p' metrics | jq -s add)" = 1 ]
	need promtool
	promtool check metrics <metrics
}
