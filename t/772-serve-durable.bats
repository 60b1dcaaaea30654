# SPDX-License-Identifier: MIT
# rx-serve: POST /log with --durable: 202 comes when an event is stored
setup() { load helper; load serve; need python3; }

# post DATA [curl's ARG...]: the answer's status, its body in body, head in head.
post() {
	local data=$1
	shift
	curl -s -m 30 -D head -o body -w '%{http_code}' -H 'Content-Type: application/json' \
		--data-binary "$data" "$@" "http://127.0.0.1:$http/log"
}

# A command that answers as the event's member "say" tells: an outcome, nothing,
# or its end; "later" waits for the file go.
judge() {
	cat >judge.py <<-'X'
	import json, os, sys, time
	for line in sys.stdin:
	    r = json.loads(line)
	    open("taken", "a").write(line)
	    say = r.get("say", "ok")
	    if say == "die":
	        os._exit(3)
	    if say == "nothing":
	        continue
	    while say == "later" and not os.path.exists("go"):
	        time.sleep(0.01)
	    st, _, why = ("ok" if say == "later" else say).partition(" ")
	    print(json.dumps({"_rx": {"k": "out", "id": r["_rx"]["id"], "tag": 1, "ep": 0,
	                              "st": st, "why": why}}, separators=(",", ":")), flush=True)
	X
	serving --durable 'exec python3 judge.py'
}

@test "durable: 202 comes behind the outcome, and not before" {
	judge
	post '[{"n":1},{"say":"later"}]' >status 3>&- &
	asked=$!
	soon has taken 2
	curl -s "http://127.0.0.1:$http/status" | jq -e '.events.waiting >= 1 and .events.accepted == 0'
	[ ! -s status ]
	touch go
	wait "$asked"
	[ "$(cat status)" = 202 ]
	jq -e '.events == 2' body
	jq -se 'map(._rx.id) | length == 2 and .[0] != .[1]' taken
	[ "$(head -c 14 taken)" = '{"_rx":{"id":"' ]
}

@test "durable: refused is 422, dropped or to be tried again 503 with Retry-After (X-54)" {
	judge
	[ "$(post '[{"n":1},{"say":"reject no such member"}]')" = 422 ]
	for say in 'reject dropped' 'retry later'; do
		[ "$(post "[{\"say\":\"$say\"},{\"n\":1}]")" = 503 ]
		grep -qi '^retry-after: 1' head
	done
	[ "$(post '{"n":1}')" = 202 ]
}

@test "durable: an event without an outcome is 503 within its time, others do not wait for it" {
	judge
	post '{"say":"nothing"}' >status 3>&- &
	asked=$!
	soon has taken 1
	[ "$(post '{"n":1}')" = 202 ]
	wait "$asked"
	[ "$(cat status)" = 503 ]
	curl -s "http://127.0.0.1:$http/status" | jq -e '.events.waiting == 0 and .events.unavailable == 1'
}

@test "durable: a command that dies is 503 at once, and 202 again once it runs" {
	judge
	[ "$(post '[{"n":1},{"say":"nothing"},{"say":"die"}]')" = 503 ]
	grep -qi '^retry-after: ' head
	soon grep -q 'command 2 ended with status 3; again in' err
	# While it is not there nothing is taken, and that is told.
	curl -s "http://127.0.0.1:$http/ready" >ready || :
	again() { [ "$(post '{"n":2}')" = 202 ]; }
	soon again
	curl -s "http://127.0.0.1:$http/ready" | jq -e '.status == "ready" and .checks.events == "ok"'
}

@test "durable: a command that cannot run is 503 and not ready (R-168)" {
	serving --durable 'exit 1'
	soon grep -q 'command 2 ended with status 1' err
	[ "$(post '{"n":2}')" = 503 ]
	down() { curl -s "http://127.0.0.1:$http/ready" | jq -e '.status == "not ready" and (.checks.events | test("ended"))'; }
	soon down
	curl -sf "http://127.0.0.1:$http/health"
}

@test "durable: who hangs up takes nobody's answer with him" {
	judge
	cat >gone.py <<-'X'
	import os, socket, sys, time
	held = []
	for _ in range(50):
	    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    s.sendall(b'POST /log HTTP/1.1\r\nHost: localhost:%s\r\nContent-Type: application/json\r\n'
	              b'Content-Length: 15\r\n\r\n{"say":"later"}' % sys.argv[1].encode())
	    held.append(s)
	while not os.path.exists("taken"):  # who is gone before has no uid any more
	    time.sleep(0.01)
	X
	python3 gone.py "$http"
	soon has taken 1
	post '{"n":1}' >status 3>&- &
	asked=$!
	touch go
	wait "$asked"
	[ "$(cat status)" = 202 ]
}

@test "durable: an event that comes again under its id is stored once, of each credential (X-54)" {
	(umask 077 && for who in a b; do
		printf '{"name":"%s","sha256":"%s","scopes":["ingest"]}\n' $who \
			"$(printf "secret-$who" | sha256sum | cut -d ' ' -f 1)"
	done | jq -s '{tokens: .}' >tokens.json)
	serving --auth tokens.json --id event --durable 'rx-spool push --unmarked --outcomes --id x q.db'
	for _ in 1 2; do
		for who in a b; do
			[ "$(post '[{"n":1},{"n":2}]' -H "X-API-Key: secret-$who" -H 'Idempotency-Key: k')" = 202 ]
			[ "$(post '[{"event":"e1"},{"event":7}]' -H "X-API-Key: secret-$who")" = 202 ]
		done
	done
	[ "$(rx-spool query q.db | jq -r ._rx.id | sort | paste -sd' ')" = 'a:7 a:e1 a:k.0 a:k.1 b:7 b:e1 b:k.0 b:k.1' ]
}

@test "durable: a full spool is 503 with Retry-After, and nothing of it was promised (X-54)" {
	serving --durable 'rx-spool push --unmarked --outcomes --max-records 5 --full newest q.db'
	[ "$(post '[{"n":1},{"n":2},{"n":3}]')" = 202 ]
	[ "$(post '[{"n":4},{"n":5},{"n":6}]')" = 503 ]
	grep -qi '^retry-after: 1' head
	[ "$(post '{"n":7}')" = 503 ]
	curl -s "http://127.0.0.1:$http/status" | jq -e '.events.accepted == 3 and .events.unavailable == 2'
	run -0 rx-spool query q.db
	[ "$(rx-spool query q.db | jq .n | sort -n | head -3 | paste -sd' ')" = '1 2 3' ]
}

@test "durable: what a disk that fails does not take is 503, and once what comes again (X-54)" {
	! sanitized || skip "the sanitizers have to be loaded first"
	need sqlite3
	taken() {
		status=$(post "{\"id\":\"e$1\"}")
		[ "$status" != 503 ] || { grep -qi '^retry-after: ' head && refused=$((refused + 1)); }
		[ "$status" = 202 ]
	}
	for fault in sync:EIO:30 write:EIO:200; do
		rm -f q.db*
		rx-spool push --unmarked q.db </dev/null
		# One call fails of each life of what writes the queue.
		serving --id id --durable "RX_DISK=q.db RX_FAULT=$fault LD_PRELOAD=$RX_UNIT/disk.so exec rx-spool push --unmarked --outcomes --id id q.db"
		refused=0
		for n in $(seq 1 60); do soon taken "$n"; done
		[ "$refused" -gt 0 ]
		end_serving
		unset server
		rx-spool query q.db | jq -r .id | sort >stored
		seq 1 60 | sed 's/^/e/' | sort | cmp - stored
		[ "$(sqlite3 q.db 'PRAGMA integrity_check')" = ok ]
	done
}

@test "durable: kill -9 at any time: what was answered 202 is in the spool, once (X-54)" {
	need sqlite3
	cat >crowd.py <<-'X'
	import http.client, json, sys, threading
	port, who = int(sys.argv[1]), sys.argv[2]
	good = open("good", "a")
	lock = threading.Lock()
	def work(t):
	    n = 0
	    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
	    while True:
	        n += 1
	        ids = [f"{who}.{t}.{n}.{i}" for i in range(1 + n % 3)]
	        try:
	            c.request("POST", "/log", json.dumps([{"event": i} for i in ids]),
	                      {"Content-Type": "application/json"})
	            r = c.getresponse()
	            r.read()
	        except ConnectionRefusedError:
	            return      # it was killed
	        except (OSError, http.client.HTTPException):
	            c.close()
	            continue
	        if r.status == 202:
	            with lock:
	                good.write("".join(i + "\n" for i in ids))
	                good.flush()
	        elif r.status != 503:
	            sys.exit(f"status {r.status}")
	        else:
	            c.close()
	threads = [threading.Thread(target=work, args=(t,)) for t in range(8)]
	for t in threads: t.start()
	for t in threads: t.join()
	X
	: >good
	RX_PATIENCE=60     # a loaded machine stores slowly, too
	for round in $(seq "${RX_ROUNDS:-3}"); do
		serving --id event --durable 'rx-spool push --unmarked --outcomes --id x q.db'
		python3 crowd.py "$http" "$round" 3>&- &
		crowd=$!
		want=$(($(wc -l <good) + 100))
		soon has good "$want"
		if [ $((round % 2)) = 0 ]; then     # the one that stores goes first
			kill -KILL "$(pgrep -f "^rx-spool push.* q.db" -P "$(pgrep -P "$server" | head -1)" | head -1)" 2>/dev/null || :
			soon has good $((want + 50))
		fi
		kill -KILL "$server"
		wait "$server" || :
		server=
		wait "$crowd"
	done
	free() { rx-spool claim q.db other >/dev/null; }
	soon free
	rx-spool query q.db | jq -r ._rx.id | sort >stored
	[ "$(uniq -d stored | wc -l)" = 0 ]
	sed 's/^/peer:/' good | sort >promised
	[ "$(comm -23 promised stored | wc -l)" = 0 ]
	[ "$(wc -l <promised)" -ge 300 ]
}
