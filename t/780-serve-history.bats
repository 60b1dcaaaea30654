# SPDX-License-Identifier: MIT
# rx-serve: what a spool holds, by HTTP
setup() { load helper; load serve; load spool; need python3; }

# get PATH [curl's ARG...]: the status; the answer in body.
get() {
	local path=$1
	shift
	curl -s -g -m 20 -o body -w '%{http_code}' "$@" "http://127.0.0.1:$http/v1/$path"
}
# of JQ: of the records of the last answer, joined.
of() { jq -r ".records | map($1) | join(\" \")" body; }

push() { rx-spool push --unmarked "$@"; }

@test "history: the newest first, page by page, each once, and what comes meanwhile is none of them" {
	seq 1 250 | sed 's/.*/{"n":&,"timestamp":"2026-01-05T10:00:00Z"}/' | push q.db
	serving --history signals=q.db
	[ "$(get signals)" = 200 ]
	[ "$(of .n)" = "$(seq 250 -1 151 | paste -sd' ')" ]
	jq -e '.complete and (.records[0]._rx | .st == "pending" and .tag == 250 and (.id | length > 10) and (.stored | test("Z$")))' body
	next=$(jq -r .next body)
	echo '{"n":251}' | push q.db
	[ "$(get "signals?cursor=$next&limit=60")" = 200 ]
	[ "$(of .n)" = "$(seq 150 -1 91 | paste -sd' ')" ]
	[ "$(get "signals?cursor=$(jq -r .next body)&limit=1000")" = 200 ]
	[ "$(of .n)" = "$(seq 90 -1 1 | paste -sd' ')" ]
	jq -e '.next == null and .complete' body
	[ "$(get signals?limit=1)" = 200 ]
	[ "$(of .n)" = 251 ]
}

@test "history: time, user, severity and members choose (R-150, R-164)" {
	cat >in <<-'X'
	{"timestamp":"2026-01-05T10:00:00Z","user_id":"u1","severity":"warn","count":3}
	{"timestamp":"2026-01-05T12:00:00+01:00","user_id":"u2","severity":"critical","count":4}
	{"timestamp":"2026-01-05T12:00:00Z","user_id":"u\u0031","severity":"critical","count":5,"t":"a=b'c"}
	{"count":6,"user_id":"1 OR 1=1; DROP TABLE segment"}
	X
	push --keep 7d q.db lane <in
	serving --history anomalies=q.db,lane
	while IFS='|' read -r query want; do
		[ "$(get "anomalies?$query")" = 200 ] || { echo "$query: $(cat body)"; return 1; }
		[ "$(of .count)" = "$want" ] || { echo "$query: $(of .count)"; return 1; }
	done <<-'X'
	|6 5 4 3
	user=u1|5 3
	user=u1&severity=critical|5
	severity=critical|5 4
	where=count%3D4|4
	where=t%3Da%3Db%27c|5
	where=count=4&user=u1|
	user=u%27--|
	user=1+OR+1%3D1;+DROP+TABLE+segment|6
	since=2026-01-05T11:00:00Z&until=2026-01-05T11:59:59Z|4
	since=2026-01-05T11:00:00Z|6 5 4
	until=2026-01-05T10:00:00Z|3
	since=1h|6
	until=1h|5 4 3
	X
	[ "$(rx-spool query q.db lane | wc -l)" = 4 ]
}

@test "history: what was delivered is kept among what waits (query --history and without)" {
	seq 1 6 | sed 's/.*/{"n":&}/' | push --keep 7d q.db
	emitted main >out
	jq -c 'select(._rx.tag? and .n <= 3) | {_rx: {k: "out", id: ._rx.id, tag: ._rx.tag, ep: ._rx.ep, st: (if .n == 2 then "reject" else "ok" end), why: "no"}}' out | rx-spool ack q.db
	echo '{"n":7}' | push q.db
	serving --history logs=q.db
	[ "$(get logs)" = 200 ]
	[ "$(of '"\(.n)\(._rx.st[:1])"')" = '7p 6p 5p 4p 3d 2d 1d' ]
}

@test "history: a wrong query, no such source, no grant are refused (400, 404, 401)" {
	serving --history signals=q.db
	for query in limit=0 limit=1001 limit=x since=yesterday until= cursor=0 cursor=-1 \
		cursor=99999999999999999999 where=x 'where==x' sql=1 'limit=%zz' \
		'user=1&user=2&user=3&user=4&user=5' "user=$(printf 'x%.0s' {1..600})"; do
		[ "$(get "signals?$query")" = 400 ] || { echo "$query"; return 1; }
	done
	[ "$(get anomalies)" = 404 ]
	[ "$(get signals -H 'Authorization: Bearer wrong')" = 401 ]
	[ "$(get signals -X POST)" = 405 ]
	run -64 rx-serve --history q.db
	run -64 rx-serve --history other=q.db
	run -64 rx-serve --history signals=a --history signals=b
}

@test "history: a spool that is not there yet is 503, and read when it is" {
	serving --history signals=q.db --history logs=q.db,nothing
	[ "$(get signals)" = 503 ]
	echo '{"n":1}' | push q.db
	[ "$(get signals)" = 200 ]
	[ "$(of .n)" = 1 ]
	[ "$(get logs)" = 200 ]     # no such lane: nothing was stored yet
	jq -e '.records == [] and .next == null' body
	# What is no spool is not read, and does not end anything.
	rm -f q.db*
	echo nonsense >q.db
	[ "$(get signals)" = 503 ]
	curl -sf "http://127.0.0.1:$http/health"
}

@test "history: many ask at once and each gets its own answer; who hangs up keeps nobody waiting" {
	seq 1 3000 | sed 's/.*/{"n":&,"user_id":"u&"}/' | push q.db
	serving --history signals=q.db
	python3 - "$http" <<-'X'
	import http.client, json, socket, sys, threading
	port = int(sys.argv[1])
	for _ in range(20):
	    s = socket.create_connection(("127.0.0.1", port))
	    s.sendall(b"GET /signals?limit=1000 HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
	    s.close()
	wrong = []
	def ask(i):
	    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
	    c.request("GET", f"/v1/signals?user=u{i}")
	    r = c.getresponse()
	    got = json.loads(r.read())["records"]
	    if [g["n"] for g in got] != [i]:
	        wrong.append((i, got))
	threads = [threading.Thread(target=ask, args=(i,)) for i in range(1, 41)]
	for t in threads: t.start()
	for t in threads: t.join()
	assert not wrong, wrong
	X
}

@test "history: the reader holds no connection, and one that is gone is 503 and not ready" {
	echo '{"n":1}' | push q.db
	serving --history signals=q.db
	[ "$(get signals)" = 200 ]
	reader=
	for pid in $(pgrep -P "$server"); do
		[ "$(cat "/proc/$pid/comm")" != rx-serve:hist ] || reader=$pid
	done
	[ -n "$reader" ]
	[ "$(find "/proc/$reader/fd" -lname 'socket:*' | wc -l)" -le 2 ]   # to us, and to the runner
	kill -KILL "$reader"
	soon grep -q 'history_failed' err
	[ "$(get signals)" = 503 ]
	[ "$(curl -s -o body -w '%{http_code}' "http://127.0.0.1:$http/ready")" = 503 ]
	jq -e '.checks.history == "what reads it has ended"' body
	curl -sf "http://127.0.0.1:$http/health"
	end_serving
}
