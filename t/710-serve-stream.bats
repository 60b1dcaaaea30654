# SPDX-License-Identifier: MIT
# rx-serve: live logs to WebSocket clients          (not tested here: what a
# browser does, 500 clients at once, an hour of noise in the frame parser)
setup() { load helper; load serve; need python3; }

feed() { # a command that says one line, and lives on
	echo "echo '$1'; sleep 600"
}

@test "serve: a frame has timestamp and log, then the record's other members (R-118)" {
	cat >records <<-'X'
	{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":0,"e":9},"timestamp":"2026-01-05T10:00:00Z","node_id":"n","log_path":"/v/a.log","label":"a","application":"app","log_line":"say \"hi\"\tΩ","severity":"error","n":1.50}
	{"_rx":{"k":"mark","n":"x","q":1,"full":false,"pos":[]}}
	{"timestamp":"2026-01-05T10:00:01Z","log":"docker says\n","stream":"stdout"}
	{"cpu":1}
	X
	serving --logs "cat records; sleep 600"
	wsc "$ws" --count 3 >got
	[ "$(sed -n 1p got)" = '{"timestamp":"2026-01-05T10:00:00Z","log":"say \"hi\"\tΩ","node_id":"n","log_path":"/v/a.log","label":"a","application":"app","severity":"error","n":1.50}' ]
	[ "$(sed -n 2p got)" = '{"timestamp":"2026-01-05T10:00:01Z","log":"docker says\n","stream":"stdout"}' ]
	[ "$(sed -n 3p got | jq -c 'keys_unsorted')" = '["timestamp","log"]' ]
	[ "$(sed -n 3p got | jq -r .log)" = '{"cpu":1}' ]
}

@test "serve: a line that is no record is shown whole, whatever its bytes" {
	printf 'plain "text" \033[31m\\ \377\n{"half":\n' >records
	serving --logs "cat records; sleep 600"
	wsc "$ws" --count 2 >got
	[ "$(sed -n 1p got | jq -r .log)" = $'plain "text" \033[31m\\ \xef\xbf\xbd' ]
	[ "$(sed -n 2p got | jq -r .log)" = '{"half":' ]
	jq -e '.timestamp | test("^20[0-9-]{8}T[0-9:]{8}[.][0-9]{3}Z$")' got
}

@test "serve: / and /livelogs of the one port and /livelogs of the other are the stream (R-111)" {
	serving --logs "$(feed hello)"
	for at in "$ws /" "$ws /livelogs" "$http /livelogs"; do
		# shellcheck disable=SC2086
		[ "$(wsc $at --count 1 | jq -r .log)" = hello ]
	done
	run -1 wsc "$http" /
	[ "$output" = 200 ]
	run -1 wsc "$ws" /telemetry
	[ "$output" = 404 ]
}

@test "serve: without --logs a stream is 404, and a plain request of one is 426" {
	serving
	run -1 wsc "$ws"
	[ "$output" = 404 ]
	end_serving
	serving --logs "$(feed hello)"
	curl -si "http://127.0.0.1:$ws/livelogs" >out
	grep -q '^HTTP/1.1 426 ' out
	grep -qi '^sec-websocket-version: 13' out
	run -1 wsc "$ws" '/livelogs?severity=worse'
	[ "$output" = 400 ]
}

@test "serve: no extension is agreed on, least of all compression (SEC-11)" {
	serving --logs "$(feed hello)"
	[ "$(wsc "$ws" --count 1 --header \
		'Sec-WebSocket-Extensions: permessage-deflate' | jq -r .log)" = hello ]
}

@test "serve: a foreign page or host gets no stream (X-53, SEC-08)" {
	serving --logs "touch started; $(feed hello)"
	run -1 wsc "$ws" --header 'Origin: http://evil.example'
	[ "$output" = 403 ]
	run -1 wsc "$ws" --header 'Origin: null'
	[ "$output" = 403 ]
	run -1 wsc "$ws" --host "evil.example:$ws"
	[ "$output" = 421 ]
	[ "$(wsc "$http" --header "Origin: http://localhost:$http" --count 1 |
		jq -r .log)" = hello ]
}

@test "serve: another user than root and its own gets 401 and starts nothing (SEC-19, X-51)" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	serving --logs "touch started; $(feed hello)"
	chmod 755 "$BATS_TEST_TMPDIR"
	cat >stranger.py <<-'X'
	import encodings.idna, os, socket, sys
	sys.path.insert(0, sys.argv[1])
	import wsclient
	port = int(sys.argv[2])
	os.setgid(65534); os.setuid(65534)
	try:
	    wsclient.connect(port)
	    sys.exit("let in")
	except wsclient.Refused as e:
	    assert e.status == 401, e.status
	# One that is gone by the time it is asked about is nobody, not root.
	for _ in range(200):
	    s = socket.create_connection(("127.0.0.1", port))
	    s.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
	              b"Upgrade: websocket\r\nConnection: upgrade\r\n"
	              b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	              b"Sec-WebSocket-Version: 13\r\n\r\n" % port)
	    s.close()
	X
	python3 stranger.py "$RX_TOP/t" "$ws"
	curl -sf "http://127.0.0.1:$http/health"
	[ ! -e started ]
	[ "$(wsc "$ws" --count 1 | jq -r .log)" = hello ]
}

@test "serve: the user it runs as may watch, and needs no root (SEC-19, SEC-28)" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	need setpriv
	mkdir free && chmod 777 free && chmod 755 "$BATS_TEST_TMPDIR"
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/)
	"${as[@]}" "$RX_BIN/rx-serve" --control-port 0 --ws-port 0 \
		--logs 'id -u; sleep 600' 2>err 3>&- &
	server=$!
	soon grep -q 'ws://127' err
	ws=$(sed -n 's,.*ws://127.0.0.1:\([0-9]*\)/.*,\1,p' err)
	"${as[@]}" python3 "$RX_TOP/t/wsclient.py" "$ws" --count 1 >got
	[ "$(jq -r .log got)" = 65534 ]
	end_serving
}

@test "serve: the command starts with the first client and stops after the last (R-117)" {
	serving --logs 'echo $$ >>pids; echo up; sleep 600'
	curl -sf "http://127.0.0.1:$http/health"
	[ ! -e pids ]
	watching got "$ws"
	soon has got 1
	[ "$(wsc "$ws" --count 1 | jq -r .log)" = up ]
	[ "$(wc -l <pids)" = 1 ]
	kill "$watcher"
	soon gone "$(cat pids)"
	[ "$(wsc "$ws" --count 1 | jq -r .log)" = up ]
	[ "$(wc -l <pids)" = 2 ]
}

@test "serve: the command gets its own group, a clean environment and no descriptor (R-119, SEC-31)" {
	SECRET=canary serving --logs 'env; ls -l /proc/self/fd; cat /proc/$$/stat; sleep 600'
	watching got "$ws"
	soon grep -q '(sh)' got
	kill "$watcher"
	run ! grep -q canary got
	grep -q '"log":"RX_NODE_ID=test-node"' got
	jq -r .log got >logs
	[ "$(grep -c ' -> ' logs)" -le 4 ]       # 0, 1, 2 and what ls opened
	grep -q ' 0 -> /dev/null' logs
	run ! grep -q 'socket:' logs
	stat=$(grep '(sh)' logs)
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[ "$3" = "${stat%% *}" ]                 # group = process
}

@test "serve: a command that dies starts again, later and later, and says so" {
	serving --logs 'echo once; exit 3'
	wsc "$ws" --count 3 >got
	[ "$(jq -r .log got | sort -u)" = once ]
	grep -q 'command 0 ended with status 3; again in 0\.[45]' err
	grep -q 'command 0 ended with status 3; again in \(0\.9\|1\.[01]\)' err
}

@test "serve: a pipeline of the command is ended whole, also when rx-serve is killed" {
	cat >job <<-'X'
	trap '' TERM
	echo $$ >>pids
	while :; do echo x; sleep 0.05; done
	X
	serving --logs 'sh job | cat'
	wsc "$ws" --count 2 >got
	kill -KILL "$server"
	soon gone "$(cat pids)"
	: >pids
	serving --logs 'sh job | cat'
	wsc "$ws" --count 2 >got
	end_serving
	soon gone "$(cat pids)"
}

@test "serve: what the pipeline does at TERM it gets the time to do" {
	cat >job <<-'X'
	trap 'echo bye >said.new; mv said.new said; exit' TERM
	while :; do echo x; sleep 0.05; done
	X
	serving --logs 'sh job | cat'
	wsc "$ws" --count 2 >got
	end_serving
	[ "$(cat said)" = bye ]
}

@test "serve: a command that never stops talking keeps nobody else waiting (R-119)" {
	serving --logs 'yes'
	watching got "$ws"
	RX_PATIENCE=30 soon has got 100
	for _ in 1 2 3 4 5; do
		curl -sf -m 5 "http://127.0.0.1:$http/health"
	done
	wsc "$ws" --count 10 >second
	kill -USR1 "$server"
	soon grep -q 'command started 1 times' err
	kill "$watcher"
	end_serving
}

@test "serve: a new client gets the last records first (--ring), in order" {
	serving --ring 5 --logs 'seq 1 20; sleep 600'
	watching all "$ws"
	soon grep -q '"log":"20"' all
	wsc "$ws" --count 5 | jq -r .log | paste -sd, >got
	kill "$watcher"
	[ "$(cat got)" = 16,17,18,19,20 ]
}

@test "serve: all clients get every record, in order, also in bursts (R-27)" {
	serving --ring 20000 --logs \
		'while [ ! -e go ]; do sleep 0.01; done; seq 1 10000; sleep 600'
	python3 - "$RX_TOP/t" "$ws" <<-'X'
	import json, sys, threading
	sys.path.insert(0, sys.argv[1])
	import wsclient
	port = int(sys.argv[2])
	clients = [wsclient.connect(port) for _ in range(120)]
	open("go", "w").close()
	wrong = []
	def watch(c):
	    n = 0
	    for text in c.messages():
	        n += 1
	        if json.loads(text)["log"] != str(n):
	            return wrong.append(text)
	        if n == 10000:
	            return
	    wrong.append("closed")
	threads = [threading.Thread(target=watch, args=(c,)) for c in clients]
	for t in threads: t.start()
	for t in threads: t.join()
	assert not wrong, wrong[:3]
	X
}

@test "serve: a record waits for no other while all is quiet" {
	mkfifo pipe
	serving --logs 'cat pipe'
	python3 - "$RX_TOP/t" "$ws" <<-'X'
	import sys, time
	sys.path.insert(0, sys.argv[1])
	import wsclient
	c = wsclient.connect(int(sys.argv[2]))
	out = open("pipe", "w", buffering=1)
	took = []
	for _ in range(20):
	    start = time.monotonic()
	    out.write("x\n")
	    next(c.messages())
	    took.append(time.monotonic() - start)
	assert sorted(took)[10] < 0.1, took
	X
}

@test "serve: who does not read is told how much was dropped, and stops nobody (X-57)" {
	serving --ring 100 --ping 30s --logs 'cat pipe'
	mkfifo pipe
	python3 - "$RX_TOP/t" "$ws" "$server" <<-'X'
	import json, os, sys, threading, time
	sys.path.insert(0, sys.argv[1])
	import wsclient
	port, pid = int(sys.argv[2]), int(sys.argv[3])
	slow = wsclient.connect(port, rcvbuf=1)
	quick = [wsclient.connect(port) for _ in range(5)]
	N = 20000
	seen = [0] * len(quick)
	def watch(i):
	    for text in quick[i].messages():
	        m = json.loads(text)
	        assert "dropped" not in m, m
	        assert m["log"].startswith(f"{seen[i] + 1} "), m["log"][:20]
	        seen[i] += 1
	        if seen[i] == N:
	            return
	threads = [threading.Thread(target=watch, args=(i,)) for i in range(len(quick))]
	for t in threads: t.start()
	out = open("pipe", "w")
	for i in range(1, N + 1):
	    out.write(f"{i} {'x' * 1000}\n")
	    if i % 50 == 0:     # the quick ones are to keep up with the ring
	        out.flush()
	        while min(seen) < i - 50:
	            time.sleep(0.001)
	out.flush()
	for t in threads: t.join()
	assert min(seen) == N
	# A byte from the one that takes nothing must not make the server spin.
	slow.send(wsclient.PING, b"x")
	def cpu():
	    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
	    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")
	before = cpu()
	time.sleep(1)   # what is measured is a second of doing nothing
	assert cpu() - before < 0.3, cpu() - before
	got, dropped, last = 0, 0, 0
	for text in slow.messages():
	    m = json.loads(text)
	    if "dropped" in m:
	        assert list(m) == ["dropped"] and m["dropped"] > 0
	        dropped += m["dropped"]
	        last += m["dropped"]
	    else:
	        got += 1
	        last += 1
	        assert m["log"].startswith(f"{last} ")
	        if last == N:
	            break
	assert dropped > 0 and got + dropped == N, (got, dropped)
	rss = [l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")][0]
	assert int(rss.split()[1]) < 64 * 1024 or os.environ.get("ASAN_OPTIONS"), rss
	X
}

@test "serve: who answers no ping is gone within ping and pong, who does stays" {
	serving --ping 1s --pong 1s --logs 'sleep 600'
	python3 - "$RX_TOP/t" "$ws" <<-'X'
	import sys, time
	sys.path.insert(0, sys.argv[1])
	import wsclient
	port = int(sys.argv[2])
	dead, alive = wsclient.connect(port), wsclient.connect(port)
	pings = 0
	start = time.monotonic()
	while pings < 4:
	    opcode, payload = alive.frame()
	    assert opcode == wsclient.PING, opcode
	    alive.send(wsclient.PONG, payload)
	    pings += 1
	assert dead.frame()[0] == wsclient.PING
	try:
	    dead.frame()
	    sys.exit("still there")
	except (EOFError, ConnectionResetError):
	    pass
	X
}
