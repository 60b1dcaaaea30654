# SPDX-License-Identifier: MIT
# rx-serve: what a client of a stream asks for in its query, and how it comes
# back
setup() { load helper; load serve; need python3; }

# asking PYTHON: with connect(), the port, feed(text), a stream of a FIFO, and
# say(record...) which feeds records.
asking() {
	mkfifo pipe
	serving --linger 60s --logs 'cat pipe' "$@"
	{
		cat <<-'X'
		import json, sys, urllib.parse
		sys.path.insert(0, sys.argv[1])
		from wsclient import *
		port = int(sys.argv[2])
		# Somebody has to watch, so that the command runs.
		anchor = connect(port)
		out = open("pipe", "w", buffering=1)
		heard = anchor.messages()
		said = []
		def say(*records):
		    for r in records:
		        said.append(r)
		        out.write(json.dumps(r) + "\n")
		    left = len(records)
		    while left > 0:     # until all of it is in the ring
		        left -= json.loads(next(heard)).get("dropped", 1)
		def line(n, severity="info"):
		    return {"timestamp": "2026-01-05T10:00:00Z", "log_line": f"line {n}",
		            "severity": severity}
		def come(**query):
		    return connect(port, "/livelogs?" + urllib.parse.urlencode(query))
		def take(c, n):
		    return [json.loads(next(c.messages())) for _ in range(n)]
		def logs(messages):
		    return [m["log"] for m in messages if "log" in m]
		X
		cat
	} >ask.py
	python3 ask.py "$RX_TOP/t" "$ws"
}

@test "resume: who comes back from its last place misses nothing and gets nothing twice (F-83)" {
	asking <<-'X'
	say(line(1), line(2))
	c = connect(port, "/livelogs?from=first")
	start, one = take(c, 2)
	assert list(start) == ["_rx"], start
	assert list(one) == ["timestamp", "log", "severity", "_rx"], one
	at = one["_rx"]["at"]
	c.sock.close()
	say(*[line(n) for n in range(3, 200)])
	c = connect(port, f"/livelogs?from={at}")
	got = take(c, 199)
	assert got[0] == {"_rx": {"at": at}}, got[0]
	assert logs(got) == [f"line {n}" for n in range(2, 200)]
	at = got[-1]["_rx"]["at"]
	c = connect(port, f"/livelogs?from={at}")
	assert take(c, 1) == [{"_rx": {"at": at}}]
	say(line(200))
	assert logs(take(c, 1)) == ["line 200"]
	X
}

@test "resume: from=last begins with what comes next, and tells where that is" {
	asking <<-'X'
	say(line(1), line(2))
	c = connect(port, "/livelogs?from=last")
	[start] = take(c, 1)
	say(line(3))
	assert logs(take(c, 1)) == ["line 3"]
	again = connect(port, "/livelogs?from=" + start["_rx"]["at"])
	assert logs(take(again, 2)) == ["line 3"]
	X
}

@test "resume: what fell out of the ring is told by number, exactly" {
	asking --ring 10 <<-'X'
	say(line(1))
	c = connect(port, "/livelogs?from=first")
	at = take(c, 2)[1]["_rx"]["at"]
	c.sock.close()
	say(*[line(n) for n in range(2, 32)])
	c = connect(port, f"/livelogs?from={at}")
	got = take(c, 12)
	assert got[0] == {"dropped": 20}, got[0]
	assert logs(got) == [f"line {n}" for n in range(22, 32)], got
	X
}

@test "resume: a place of another life gets all there is, and null for what it missed" {
	asking <<-'X'
	say(line(1))
	c = connect(port, "/livelogs?from=first")
	place = take(c, 2)[1]["_rx"]["at"]
	life, number = place.split(".")
	for at in "AAAAAAAA.1", f"{life}.999", "x.1", f"{life}.0":
	    c = connect(port, f"/livelogs?from={at}")
	    got = take(c, 3)
	    assert got[0] == {"dropped": None} and logs(got) == ["line 1"], (at, got)
	X
}

@test "resume: a command that began again has told its own past: null (R-117)" {
	serving --linger 0 --logs 'echo begun; sleep 600'
	wsc "$ws" '/livelogs?from=first' --count 2 >got
	at=$(sed -n 2p got | jq -r ._rx.at)
	soon sh -c "curl -s http://127.0.0.1:$http/status | grep -q '\"state\":\"idle\"'"
	wsc "$ws" "/livelogs?from=$at" --count 3 >got
	grep -qx '{"dropped":null}' got
	grep -q '"log":"begun"' got
}

@test "resume: telemetry has places, and without from no message has" {
	serving --telemetry 'echo "{}"; echo "{\"a\":1}"; sleep 600'
	wsc "$telemetry" / --count 2 | paste -sd' ' >got
	[ "$(cat got)" = '{} {"a":1}' ]
	wsc "$telemetry" '/?from=first' --count 3 >got
	jq -se '.[0] == .[0] and (.[1] | keys == ["_rx"]) and .[2].a == 1 and
		(.[2] | keys_unsorted == ["a", "_rx"])' got
	run -1 wsc "$telemetry" '/?severity=error'
	[ "$output" = 400 ]
}

@test "filter: severity, q and glob are judged as said, each client for itself" {
	asking <<-'X'
	def text(log, severity=None):
	    r = {"timestamp": "2026-01-05T10:00:00Z", "log_line": log}
	    if severity:
	        r["severity"] = severity
	    return r
	records = [text("Connection REFUSED by 10.0.0.1", "error"),
	           text('say "hi"\tthere', "info"), text("disk full", "critical"),
	           text("refused again", "warn"), text("no severity, refused"),
	           text("50% of *all* [a-z]+ Ωmega", "failure")]
	say(*records)
	def want(query, *numbers):
	    c = come(**query)
	    got = take(c, len(numbers))
	    assert logs(got) == [records[n]["log_line"] for n in numbers], (query, got)
	    # And nothing else: what comes next is what is asked for.
	    c.sock.settimeout(0.05)
	    try:
	        sys.exit(f"{query} also gave {take(c, 1)}")
	    except TimeoutError:
	        pass
	want(dict(severity="critical"), 2)
	want(dict(severity="critical,failure"), 2, 5)
	want(dict(severity="warn"), 3)
	want(dict(q="refused"), 0, 3, 4)
	want(dict(q="REFUSED", severity="warn,error"), 0, 3)
	want(dict(q='"HI"'), 1)
	want(dict(q="*all* [a-z]+"), 5)
	want(dict(q="50%"), 5)
	want(dict(q="Ωmega"), 5)
	want(dict(glob="disk*"), 2)
	want(dict(glob="*refused*10.0.0.*"), 0)
	want(dict(glob="refused again"), 3)
	want(dict(glob="*a*a*n"), 3)
	want(dict(glob="no*refused", severity="info") | dict(severity="critical"))
	X
}

@test "filter: what it leaves out is not dropped, and what it takes is counted exactly (X-57)" {
	asking --ring 10 <<-'X'
	c = come(q="keep", **{"from": "first"})
	take(c, 1)
	say(*[line(f"{n} keep" if n % 7 == 0 else n) for n in range(1, 8)])
	[m] = take(c, 1)
	while "log" not in m:  # the seven came in pieces: a place before its record
	    [m] = take(c, 1)
	assert m["log"] == "line 7 keep"
	at = m["_rx"]["at"]
	# So long without a message that its place falls out: it is told one.
	say(*[line(n) for n in range(8, 15)])
	[m] = take(c, 1)
	assert list(m) == ["_rx"] and m["_rx"]["at"] != at, m
	# A filter that somebody uses knows what came while one was away.
	holder = come(q="keep")
	c.sock.close()
	say(*[line(f"{n} keep" if n % 7 == 0 else n) for n in range(15, 22)])
	c = come(q="keep", **{"from": m["_rx"]["at"]})
	got = take(c, 2)
	assert logs(got) == ["line 21 keep"] and not any("dropped" in g for g in got), got
	X
}

@test "filter: a slow client with a filter is told how many of its own it missed" {
	asking --ring 100 <<-'X'
	slow = connect(port, "/livelogs?q=odd", rcvbuf=1)
	N = 20000
	for first in range(0, N, 50):
	    say(*[line(("odd " if n % 2 else "even ") + str(n) + " " + "x" * 1000)
	          for n in range(first, first + 50)])
	got = dropped = 0
	while got + dropped < N // 2:
	    [m] = take(slow, 1)
	    if "dropped" in m:
	        dropped += m["dropped"]
	    else:
	        assert "odd" in m["log"]
	        got += 1
	assert dropped > 0 and got + dropped == N // 2, (got, dropped)
	X
}

@test "filter: what is no filter is refused with 400 before the upgrade (SEC-39)" {
	serving --logs 'sleep 600'
	long=$(printf 'x%.0s' {1..257})
	for query in severity= 'severity=error,' severity=bad 'severity=error,,warn' \
		'severity=error&severity=warn' q= "q=$long" "q=$(printf 'a%.0s' {1..600})" \
		'q=%' 'q=%4' 'q=%zz' 'q=%00' 'q=%0a' 'q=%ff' 'glob=****************' \
		'q=a&q=b' 'regex=a' 'from=' 'from=1' 'from=a.-1' 'from=a.1x' \
		'from=a.99999999999999999999' 'from=last&from=last' 'token=x' \
		"$(printf 'n%.0s' {1..40})=x"; do
		run -1 wsc "$ws" "/livelogs?$query"
		[ "$output" = 400 ] || { echo "$query: $output"; return 1; }
	done
	for query in '' '&' 'q=%2A%26' 'q=a+b' 'severity=error,warn&q=x&glob=*&from=first'; do
		curl -si -m 1 -H 'Connection: upgrade' -H 'Upgrade: websocket' \
			-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
			"http://127.0.0.1:$ws/livelogs?$query" | grep -q '^HTTP/1.1 101 '
	done
}

@test "filter: 256 different ones at a time, beyond is 503, and room comes back" {
	asking <<-'X'
	cs = [come(q=f"w{i}") for i in range(256)]
	come(q="w7")        # the same one is no other
	try:
	    come(q="one more")
	    sys.exit("let in")
	except Refused as e:
	    assert e.status == 503 and b"retry-after" in e.head.lower(), e.head
	say(line("w9"))
	assert logs(take(cs[9], 1)) == ["line w9"]
	cs[3].sock.close()
	import time
	until = time.monotonic() + 10
	while True:
	    try:
	        come(q="one more")
	        break
	    except Refused:
	        assert time.monotonic() < until
	        time.sleep(0.02)
	X
}
