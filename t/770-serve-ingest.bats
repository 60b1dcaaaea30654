# SPDX-License-Identifier: MIT
# rx-serve: POST /log to standard output, and what is no event
setup() { load helper; load serve; need python3; }

teardown() {
	[ -z "${reader:-}" ] || kill "$reader" 2>/dev/null || :
	[ -z "${server:-}" ] || {
		kill -KILL "$server"
		wait "$server"
	} 2>/dev/null || :
}

# taking ARG...: rx-serve whose events go into the file out.
taking() {
	rx-serve --control-port 0 --ws-port 0 --ingest "$@" >out 2>err 3>&- &
	server=$!
	soon grep -q 'http://127.0.0.1' err
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
}

# post TYPE DATA [curl's ARG...]: the answer's status, its body in body.
post() {
	local type=$1 data=$2
	shift 2
	curl -s -m 20 -o body -w '%{http_code}' -H "Content-Type: $type" \
		--data-binary "$data" "$@" "http://127.0.0.1:$http/v1/log"
}
json() { post application/json "$@"; }

@test "ingest: an object, an array and lines are events, a record each (R-142)" {
	taking
	[ "$(json '{"user_id":"u1","signal_type":"click"}')" = 202 ]
	jq -e '.status == "accepted" and .events == 1' body
	[ "$(json $' [{"n":1}\n,\n{"a":{"b":\n[2]},"s":"x\\ny"} ]\n')" = 202 ]
	jq -e '.events == 2' body
	[ "$(post 'application/x-ndjson; charset=utf-8' $'{"n":3}\r\n\n  {"n":4}')" = 202 ]
	soon has out 5
	[ "$(jq -c '[.user_id, .signal_type, .n, .a, .s] | map(values)' out | paste -sd' ')" = \
		'["u1","click"] [1] [{"b":[2]},"x\ny"] [3] [4]' ]
	[ "$(wc -l <out)" = 5 ]
	jq -se 'all(.node_id == "test-node" and (.timestamp | test("^20.*Z$")) and
		(.request_id | length == 22))' out
	run ! grep -q '"_rx"' out
	# Of one request it is one id.
	[ "$(jq -r .request_id out | uniq | wc -l)" = 3 ]
}

@test "ingest: what an event has stays as it is; ids come from it, a header or us (R-180)" {
	taking
	trace=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
	json '[{"timestamp":"2020-01-01T00:00:00Z","node_id":"x","request_id":"own","n":1.50,"":null},{"n":2}]' \
		-H 'X-Request-Id: r-1/2' -H "traceparent: $trace" -D head
	soon has out 2
	[ "$(sed -n 1p out)" = '{"timestamp":"2020-01-01T00:00:00Z","node_id":"x","request_id":"own","n":1.50,"":null,"traceparent":"'$trace'"}' ]
	[ "$(sed -n 2p out | jq -r '.request_id + " " + .traceparent')" = "r-1/2 $trace" ]
	grep -qi $'^x-request-id: r-1/2\r' head
	jq -e '.request_id == "r-1/2"' body
	# What cannot stand in a header or in JSON as it is, is none.
	json '{"n":3}' -H 'X-Request-Id: a"b' -H 'traceparent: 00-zz'
	soon has out 3
	sed -n 3p out | jq -e '(.request_id | length == 22) and (has("traceparent") | not)'
}

@test "ingest: nobody forges marks, and what is no UTF-8 is replaced (PROTOCOL R6)" {
	taking
	[ "$(json '{"_rx":{"k":"mark","n":"x"},"a":1,"_\u0072x":2}')" = 202 ]
	printf '{"s":"a\xffb"}' >bad
	[ "$(json @bad)" = 202 ]
	soon has out 2
	sed -n 1p out | jq -e 'has("_rx") | not'
	[ "$(sed -n 1p out | cut -c 1-33)" = '{"rx_":{"k":"mark","n":"x"},"a":1' ]
	[ "$(sed -n 2p out | jq -r .s)" = $'a\xef\xbf\xbdb' ]
}

@test "ingest: what is no event is refused whole, with the place (400, R-157)" {
	taking
	while IFS='|' read -r type data why; do
		[ "$(post "$type" "$data")" = 400 ] || { echo "$data: $(cat body)"; return 1; }
		grep -qF "$why" body || { echo "$data: $(cat body)"; return 1; }
	done <<-'X'
	application/json||there is none
	application/json|[]|there is none
	application/json|{|event 1, byte 1
	application/json|[{"a":1},{"b":]|byte 14
	application/json|[{"a":1},2]|event 2, byte 9: not an object
	application/json|"text"|event 1, byte 0: not an object
	application/json|{"a":1}{"b":1}|event 1, byte 7
	application/json|{}|event 1, byte 0: an event without members
	application/json|{"a":01}|event 1, byte 6
	application/x-ndjson|[{"a":1}]|event 1, byte 0: not an object
	X
	[ "$(post application/x-ndjson $'{"a":1}\n{"b":2}\n{"c"}\n')" = 400 ]
	grep -q 'event 3, byte 20' body
	deep=$(printf '[%.0s' {1..10000})
	[ "$(json "{\"a\":$deep")" = 400 ]
	[ "$(json "[$deep")" = 400 ]
	[ ! -s out ]
}

@test "ingest: another type, length, method or no --ingest is refused (415, 411, 405, 404)" {
	taking --max-body 1k
	for type in text/plain application/x-www-form-urlencoded multipart/form-data \
		application/jsonx 'application/json, text/plain' ''; do
		[ "$(post "$type" '{"a":1}')" = 415 ]
	done
	printf '{"a":"%01015d"}' 0 >body.n
	[ "$(stat -c %s body.n)" = 1023 ]
	printf ' ' >>body.n
	[ "$(json @body.n)" = 202 ]
	printf ' ' >>body.n
	[ "$(json @body.n)" = 413 ]
	[ "$(json @body.n -H 'Transfer-Encoding: chunked')" = 501 ]
	[ "$(curl -s -o body -w '%{http_code}' "http://127.0.0.1:$http/log")" = 405 ]
	[ "$(printf 'POST /log HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/json\r\n\r\n' "$http" |
		python3 "$RX_TOP/t/rawhttp.py" "$http" | head -c 12)" = 'HTTP/1.1 411' ]
	[ "$(wc -l <out)" = 1 ]
	end_serving
	serving
	[ "$(json '{"a":1}')" = 404 ]
}

@test "ingest: a record of more than 960 KiB is 413" {
	taking --max-body 2M
	python3 -c 'print(end="{\"a\":\"" + "x" * (960 * 1024 - 8) + "\"}")' >big
	[ "$(json @big)" = 413 ]
	grep -q 'event 1, byte 0: an event longer than 960 KiB' body
	python3 -c 'print(end="{\"a\":\"" + "x" * (960 * 1024 - 200) + "\"}")' >big
	[ "$(json @big)" = 202 ]
}

@test "ingest: only who may deliver, and not more than the rate (SEC-03, SEC-06, 429)" {
	(umask 077 && for who in in:ingest other:ingest out:read; do
		printf '{"name":"%s","sha256":"%s","scopes":["%s"]}\n' "${who%:*}" \
			"$(printf "secret-${who%:*}" | sha256sum | cut -d ' ' -f 1)" "${who#*:}"
	done | jq -s '{tokens: .}' >tokens.json)
	taking --auth tokens.json --ingest-rate 100
	as() { local name=$1; shift; json "$@" -H "Authorization: Bearer secret-$name"; }
	[ "$(as out '{"a":1}')" = 403 ]
	[ "$(as wrong '{"a":1}')" = 401 ]
	[ "$(as in "[$(seq -s, 1 90 | sed 's/[0-9]*/{"n":&}/g')]")" = 202 ]
	[ "$(as in "[$(seq -s, 1 90 | sed 's/[0-9]*/{"n":&}/g')]" -D head)" = 429 ]
	grep -qi '^retry-after: [1-9]' head
	# Another credential shares the address.
	[ "$(as other "[$(seq -s, 1 90 | sed 's/[0-9]*/{"n":&}/g')]")" = 429 ]
	[ "$(wc -l <out)" = 90 ]
	curl -s "http://127.0.0.1:$http/v1/status" -H 'X-API-Key: secret-out' |
		jq -e '.events == {accepted: 90, requests: 1, waiting: 0, refused: 0, limited: 2, unavailable: 0}'
}

@test "ingest: a connection is kept, and requests that follow at once are answered in order" {
	taking
	cat >kept.py <<-'X'
	import socket, sys
	port = int(sys.argv[1])
	def request(body, *fields, line="POST /log HTTP/1.1"):
	    return "\r\n".join([line, f"Host: localhost:{port}", "Content-Type: application/json",
	                        f"Content-Length: {len(body)}", *fields, "", body]).encode()
	class Conn:
	    def __init__(self):
	        self.s = socket.create_connection(("127.0.0.1", port), timeout=10)
	        self.rest = b""
	    def answer(self):
	        while b"\r\n\r\n" not in self.rest:
	            got = self.s.recv(65536)
	            if not got:
	                return None
	            self.rest += got
	        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
	        n = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
	        while len(self.rest) < n:
	            self.rest += self.s.recv(65536)
	        body, self.rest = self.rest[:n], self.rest[n:]
	        return int(head.split()[1]), body
	    def ends(self):
	        try:
	            return self.answer() is None
	        except ConnectionResetError:
	            return True
	# One after the other, and all at once, cut anywhere.
	c = Conn()
	for n in range(3):
	    c.s.sendall(request('{"n":%d}' % n))
	    assert c.answer()[0] == 202
	many = b"".join(request('{"n":%d}' % n, f"X-Request-Id: r{n}") for n in range(3, 300))
	for cut in 1, 100, 40000:
	    c = Conn()
	    for at in range(0, len(many), cut if cut > 1 else len(many)):
	        c.s.sendall(many[at:at + (cut if cut > 1 else len(many))])
	    for n in range(3, 300):
	        status, body = c.answer()
	        assert status == 202 and b'"r%d"' % n in body, (n, status, body)
	# Large bodies one behind the other.
	c = Conn()
	big = request('[%s]' % ",".join('{"n":1}' for _ in range(30000)))
	import threading
	t = threading.Thread(target=lambda: [c.s.sendall(big) for _ in range(10)])
	t.start()
	assert [c.answer()[0] for _ in range(10)] == [202] * 10
	t.join()
	# It ends where it is told to, behind HTTP/1.0, and behind an error.
	for ending in (request('{"n":0}', "Connection: close"),
	               request('{"n":0}', line="POST /log HTTP/1.0")):
	    c = Conn()
	    c.s.sendall(ending + request('{"never":1}'))
	    assert c.answer()[0] == 202 and c.ends()
	for bad, status in ((request("{"), 400), (request("{}", "Content-Length: 3"), 400),
	                    (request("{}", "Transfer-Encoding: chunked"), 400),
	                    (request('{"n":0}', "Host: evil"), 400),
	                    (request('{"n":0}', "Origin: http://evil.example"), 403),
	                    (b"\r\n" + request("{}"), 400),
	                    (request('{"n":0}', line="GET /log HTTP/1.1"), 413)):
	    c = Conn()
	    c.s.sendall(request('{"n":0}') + bad + request('{"never":1}'))
	    assert c.answer()[0] == 202
	    got = c.answer()
	    assert got[0] == status, (bad, got)
	    assert c.ends()
	# Behind it may come another request, too.
	c = Conn()
	c.s.sendall(request('{"n":0}') + b"GET /health HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
	assert [c.answer()[0], c.answer()[0]] == [202, 200] and c.ends()
	X
	python3 kept.py "$http"
	run ! grep -q never out
}

@test "ingest: who stays silent on a kept connection is not waited for longer than a new one" {
	taking --header-time 1s
	python3 - "$http" <<-'X'
	import socket, sys
	port = int(sys.argv[1])
	body = '{"n":0}'
	s = socket.create_connection(("127.0.0.1", port), timeout=30)
	s.sendall(f"POST /log HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{body}POST /l".encode())
	answer = b""
	while got := s.recv(65536):
	    answer += got
	assert answer.startswith(b"HTTP/1.1 202 ") and b"HTTP/1.1 408 " in answer, answer
	X
}

@test "ingest: when nobody reads its output, 503 with Retry-After comes, and no other waits (R-146)" {
	mkfifo pipe
	python3 -c 'import time; time.sleep(600)' <pipe 3>&- &
	reader=$!
	rx-serve --control-port 0 --ws-port 0 --ingest >pipe 2>err 3>&- &
	server=$!
	soon grep -q 'http://127.0.0.1' err
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
	python3 -c 'print(end="{\"a\":\"" + "x" * 900000 + "\"}")' >big
	for _ in {1..30}; do
		status=$(json @big -D head)
		[ "$status" = 202 ] || break
	done
	[ "$status" = 503 ]
	grep -qi '^retry-after: 1' head
	curl -sf -m 5 "http://127.0.0.1:$http/health"
	kill "$reader"
	wait "$server" || status=$?
	[ "$status" = 74 ]
	grep -q 'unable to write stdout: Broken pipe' err
}

@test "ingest: at TERM what was taken is written before the end (R-182)" {
	mkfifo pipe
	rx-serve --control-port 0 --ws-port 0 --ingest >pipe 2>err 3>&- &
	server=$!
	exec 7<pipe
	soon grep -q 'http://127.0.0.1' err
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
	python3 -c 'print(end="[" + ",".join("{\"n\":%d,\"x\":\"%0100d\"}" % (n, n) for n in range(8000)) + "]")' >many
	[ "$(json @many)" = 202 ] || { cat body; return 1; }
	kill -TERM "$server"
	jq -r .n <&7 >got 7<&7
	wait "$server"
	[ "$(sort -un got | wc -l)" = 8000 ]
}

@test "ingest: /metrics counts requests and how long they took, as promtool wants it (R-179)" {
	taking
	[ "$(json '[{"n":1},{"n":2}]')" = 202 ]
	[ "$(json '{')" = 400 ]
	curl -sf "http://127.0.0.1:$http/metrics" >metrics
	grep -q '^rx_serve_events_total{stage="rx-serve"} 2$' metrics
	grep -q '^rx_serve_event_requests_total{stage="rx-serve",outcome="refused"} 1$' metrics
	grep -q '^rx_serve_event_request_duration_seconds_bucket{stage="rx-serve",le="+Inf"} 1$' metrics
	grep -q '^rx_serve_event_request_duration_seconds_count{stage="rx-serve"} 1$' metrics
	need promtool
	promtool check metrics <metrics
}
