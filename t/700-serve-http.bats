# SPDX-License-Identifier: MIT
# rx-serve: what it answers to HTTP, and what it refuses   (not tested here:
# streams, see 710)
setup() { load helper; load serve; need curl; need python3; }

@test "serve: /health has exactly status, node_id, service and version (SEC-04, R-114)" {
	serving
	curl -s "http://127.0.0.1:$http/health" >out
	[ "$(jq -c . out)" = \
		'{"status":"ok","node_id":"test-node","service":"rx-serve","version":"0.1.0"}' ]
	end_serving
}

@test "serve: --service names it (R-152)" {
	serving --service signal-logging
	[ "$(curl -s "http://127.0.0.1:$http/health" | jq -r .service)" = signal-logging ]
	end_serving
	serving --service signal-logging/1.0.0
	[ "$(curl -s "http://127.0.0.1:$http/health")" = \
		'{"status":"ok","service":"signal-logging","version":"1.0.0"}' ]
	run -64 rx-serve --service signal-logging/
}

@test "serve: listens on 127.0.0.1 and nowhere else (X-51, SEC-01)" {
	need ss
	serving --logs 'sleep 60'
	ss -Hltnp | grep "pid=$server," | awk '{ print $4 }' | sort >out
	printf '127.0.0.1:%s\n' "$http" "$ws" | sort | diff - out
}

@test "serve: options out of range, of one port for both, and files are refused" {
	run -64 rx-serve --control-port 65536
	run -64 rx-serve --ping 10
	run -64 rx-serve --ring 0
	run -64 rx-serve file
	run -78 rx-serve --control-port 9000 --ws-port 9000
}

@test "serve: a port that is taken is told, with 75" {
	serving
	run -75 rx-serve --control-port "$http" --ws-port 0
	[[ $output == *"unable to listen on 127.0.0.1:$http: Address already in use"* ]]
}

@test "serve: what is unknown is 404, a wrong method 405, HEAD has no body" {
	serving
	at=http://127.0.0.1:$http
	code() { curl -s -o body -w '%{http_code}' "$@"; }
	[ "$(code "$at/nothing")" = 404 ]
	[ "$(code "$at/static/")" = 404 ]
	[ "$(code "$at/static/%2e%2e/app.js")" = 404 ]
	[ "$(code --path-as-is "$at/static/../health")" = 404 ]
	[ "$(code -X POST "$at/health")" = 405 ]
	[ "$(code -X OPTIONS "$at/")" = 405 ]
	[ "$(code -X BREW "$at/")" = 405 ]
	[ "$(code "http://127.0.0.1:$ws/health")" = 404 ]
	[ "$(code -I "$at/")" = 200 ]
	curl -s -I "$at/nothing" >headers
	grep -q '^Content-Length: [1-9]' headers
	printf 'HEAD / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n' "$http" |
		python3 "$BATS_TEST_DIRNAME/rawhttp.py" "$http" >raw
	[ "$(tail -c 4 raw | od -An -tx1 | tr -d ' ')" = 0d0a0d0a ]
}

@test "serve: the page and its files come with a policy that lets nothing foreign in" {
	serving
	curl -si "http://localhost:$http/" >out
	policy=$(grep -i '^content-security-policy:' out)
	[[ $policy == *"default-src 'none'"* ]]
	[[ $policy == *"script-src 'self';"* ]]
	[[ $policy == *"connect-src 'self' ws://localhost:$http;"* ]]
	[[ $policy != *unsafe* ]]
	grep -qi '^x-content-type-options: nosniff' out
	run ! grep -i '^access-control' out
	curl -s "http://localhost:$http/" | grep -o '/static/[a-z.]*' | sort -u >files
	[ "$(wc -l <files)" -ge 3 ]
	while read -r file; do
		curl -sf "http://localhost:$http$file" >got
		cmp got "$RX_TOP/cmd/rx-serve/web/${file#/static/}"
	done <files
	cat "$RX_TOP"/cmd/rx-serve/web/*.{html,js} | sed 's,http://www.w3.org/2000/svg,,' >all
	run ! grep -E 'https?://|<style|style=|onclick|innerHTML' all
}

@test "serve: a Host that is not ours gets 421, a foreign or null page 403 (X-53, SEC-08)" {
	serving --logs 'sleep 60'
	code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
	for path in / /health /livelogs; do
		at=http://127.0.0.1:$http$path
		[ "$(code -H 'Host: evil.example' "$at")" = 421 ]
		[ "$(code -H "Host: evil.example:$http" "$at")" = 421 ]
		[ "$(code -H "Host: 127.0.0.1:1$http" "$at")" = 421 ]
		[ "$(code -H 'Host: localhost' "$at")" = 421 ]
		[ "$(code -H "Host: localhost.evil.example:$http" "$at")" = 421 ]
		[ "$(code -H 'Origin: http://evil.example' "$at")" = 403 ]
		[ "$(code -H 'Origin: null' "$at")" = 403 ]
		[ "$(code -H "Origin: https://localhost:$http" "$at")" = 403 ]
		[ "$(code -H 'Origin: http://localhost:1' "$at")" = 403 ]
	done
	[ "$(code -H "Host: LOCALHOST:$http" "http://127.0.0.1:$http/health")" = 200 ]
	[ "$(code -H "Origin: http://localhost:$http" "http://127.0.0.1:$http/health")" = 200 ]
	grep -q 'refused: the Host is not a name of ours' err
}

@test "serve: HTTP with two meanings is refused before anything follows from it (SEC-07)" {
	serving
	python3 "$BATS_TEST_DIRNAME/rawhttp.py" --corpus "$http"
	end_serving
}

@test "serve: a head that comes too slowly is 408, one that never comes is dropped" {
	serving --header-time 1s
	python3 - "$http" <<-'X'
	import socket, sys, time
	port = int(sys.argv[1])
	slow, silent = (socket.create_connection(("127.0.0.1", port)) for _ in "ab")
	start = time.monotonic()
	slow.settimeout(10); silent.settimeout(10)
	slow.sendall(b"GET / HT")
	got = slow.recv(4096)
	assert got.startswith(b"HTTP/1.1 408 "), got
	assert silent.recv(4096) == b""
	assert time.monotonic() - start < 5
	X
}

@test "serve: connections beyond the limit get 503, and there is room again afterwards (X-55)" {
	serving --max-connections 20 --header-time 2s
	python3 - "$http" <<-'X'
	import socket, sys, time
	port = int(sys.argv[1])
	ask = b"GET /health HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port
	def health():
	    s = socket.create_connection(("127.0.0.1", port), timeout=5)
	    try:
	        s.sendall(ask)
	        return s.recv(4096).split(b" ")[1]
	    except (ConnectionResetError, BrokenPipeError):
	        return b"503"
	held = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
	until = time.monotonic() + 10
	while health() != b"503":
	    assert time.monotonic() < until
	del held
	while health() != b"200":
	    assert time.monotonic() < until
	X
	grep -q 'turned away: 20 connections are open' err
}

@test "serve: few descriptors mean few connections, no spin and no end (X-55)" {
	need prlimit
	(
		ulimit -n 48
		exec rx-serve --control-port 0 --ws-port 0 --header-time 2s 2>err 3>&-
	) &
	server=$!
	soon grep -q 'http://127.0.0.1' err
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
	grep -q 'room for 16 connections' err
	python3 - "$http" "$server" <<-'X'
	import os, socket, sys, time
	port, pid = map(int, sys.argv[1:])
	def cpu():
	    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
	    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")
	held = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
	before = cpu()
	time.sleep(1)   # what is measured is a second of doing nothing
	assert cpu() - before < 0.2, cpu() - before
	del held
	X
	soon curl -sf "http://127.0.0.1:$http/health"
	end_serving
}

@test "serve: out of descriptors it does not spin, and goes on when there are some (X-55)" {
	can_trace
	strace -D -f -o calls -e trace=accept4 -e inject=accept4:error=EMFILE:when=1..3 \
		rx-serve --control-port 0 --ws-port 0 2>err 3>&- &
	server=$!
	soon grep -q 'http://127.0.0.1' err
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
	curl -sf -m 10 "http://127.0.0.1:$http/health"
	[ "$(grep -c EMFILE calls)" = 3 ]
	grep -q 'no connection can be accepted: Too many open files' err
	end_serving
}

@test "serve: TERM while idle and while somebody watches ends it with 0, HUP does not" {
	serving
	kill -HUP "$server"
	curl -sf "http://127.0.0.1:$http/health" >/dev/null
	end_serving
	serving --logs 'while :; do echo x; sleep 0.1; done'
	watching got "$ws"
	soon has got 3
	end_serving
	wait "$watcher"
	grep -qx 'closed 1001' got.why
}

@test "serve: USR1 tells what it does" {
	serving --logs 'sleep 60'
	kill -USR1 "$server"
	soon grep -q '0 connections, 0 accepted' err
}
