# SPDX-License-Identifier: MIT
# rx-ship and what its libraries are known to do wrong (SEC-48, FAULTS.md 3.3)
#
#   librabbitmq, a publish that blocks for ever     here, and t/440 "stops reading"
#   librabbitmq, heartbeats only inside calls       t/420 "by heartbeats", t/440 "falls silent"
#   librabbitmq, returns and blocks among confirms  t/420 "no queue takes", "runs out of memory"
#   libcurl, signals and SIGPIPE                    here
#   libcurl, protocols, redirects, sizes, times     here, and t/460
setup() { load helper; load ship; load web; }
teardown() {
	stop_web
	[ -z "${PEER:-}" ] || kill "$PEER" 2>/dev/null || :
}

@test "SEC-48: of librabbitmq only what encodes and decodes is used, nothing that waits" {
	need nm
	nm -D --undefined-only "$RX_BIN/rx-ship" | awk '{ print $2 }' | sed 's/@.*//' |
		grep '^amqp_' | sort >used
	[ -s used ]
	run -1 grep -E '^amqp_(basic_publish|basic_ack|login|login_with|simple_|publisher_|socket_|open_socket|tcp_|ssl_|send_|channel_open|confirm_select|queue_declare|consume|read_message)' used
}

@test "SEC-48: libcurl sets no alarm and no handler of signals" {
	can_trace
	web
	strace -f -qq -e trace=alarm,setitimer,rt_sigaction -o trace \
		rx-ship --timeout 5s "http://localhost:$WEB_PORT/" <<<'{"a":1}'
	run -1 grep -E 'alarm\(|setitimer\(' trace
	# That of --drain is ours, set once.
	[ "$(grep -c 'rt_sigaction(SIGALRM' trace)" = 1 ]
	[ "$(wc -l <web.log)" = 1 ]
}

# peer: takes connections, reads a little, and closes; counts them in conns.
peer() {
	python3 - <<-'PY' 3>&- &
		import os, socket, struct
		s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
		open("peer.new", "w").write(str(s.getsockname()[1])); os.rename("peer.new", "peer.port")
		while True:
		    c, _ = s.accept()
		    c.recv(100)
		    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		    c.close()
		    open("conns", "a").write("x\n")
	PY
	PEER=$!
	soon test -s peer.port
}

@test "SEC-48: a peer that closes while much is being sent is no SIGPIPE" {
	peer
	python3 -c 'print("{\"a\":\"" + "x" * 1000000 + "\"}")' >big
	rx-ship --backoff 10ms "http://127.0.0.1:$(cat peer.port)/" <big 2>err 3>&- &
	local pid=$!
	RX_PATIENCE=20 soon has conns 4
	kill -0 $pid
	grep -q 'connection_lost' err
	kill $pid
	wait $pid || [ $? = 69 ]
}

@test "SEC-48: libcurl speaks http and https only, wherever it is sent" {
	web '302 Location=ftp://127.0.0.1:9/x' '302 Location=file:///etc/passwd' 200
	echo '{"a":1}' | rx-ship -v --redirects 3 --backoff 10ms "$(web_url)" 2>err
	grep -qi 'protocol' err
	[ "$(wc -l <web.log)" = 3 ]
	for url in ftp://x/ file://localhost/x gopher://x/ dict://x/; do
		run -78 rx-ship "$url" <<<'{}'
	done
}
