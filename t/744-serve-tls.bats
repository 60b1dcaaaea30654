# SPDX-License-Identifier: MIT
# rx-serve: TLS (not tested: a certificate of a real authority)
setup() {
	load helper
	load serve
	need curl
	need python3
	need openssl
	certificate one
}

# certificate NAME [ARG...]: NAME.pem for localhost, and NAME.key.
certificate() {
	local name=$1
	shift
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-keyout "$name.key" -out "$name.pem" -subj "/CN=$name" -days 30 \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' "$@" 2>/dev/null)
}

secure() { serving --tls-cert one.pem --tls-key one.key "$@"; }

# subject: whose certificate the server shows now.
subject() {
	openssl s_client -connect "127.0.0.1:$http" </dev/null 2>/dev/null |
		openssl x509 -noout -subject
}
shows() { [ "$(subject)" = "subject=CN = $1" ]; }

@test "tls: pages, commands and streams by https and wss; the page may reach wss of its host alone" {
	secure --logs 'echo one; sleep 600'
	at=https://localhost:$http
	[ "$(curl -s --cacert one.pem "$at/health" | jq -r .status)" = ok ]
	[ "$(curl -s --cacert one.pem "$at/static/app.js" | sha256sum)" = "$(sha256sum <"$RX_TOP/cmd/rx-serve/web/app.js")" ]
	curl -si --cacert one.pem "$at/" | grep -qi "connect-src 'self' wss://localhost:$http;"
	[ "$(curl -s --cacert one.pem -H 'Content-Type: application/json' -d '{"command":"start_livelogs"}' \
		"$at/control" | jq -r .state)" = running ]
	wsc "$ws" --ca one.pem --host "localhost:$ws" --count 1 >got
	jq -e '.log == "one"' got
	# The Origin of its own page is https, and not http.
	code() { curl -s --cacert one.pem -o body -w '%{http_code}' -X POST "$@"; }
	[ "$(code -H "Origin: $at" "$at/v1/ticket")" = 200 ]
	[ "$(code -H "Origin: http://localhost:$http" "$at/v1/ticket")" = 403 ]
	curl -s --cacert one.pem "$at/metrics" >metrics
	[ "$(sed -n 's/^rx_serve_tls_expiry_timestamp_seconds{.*} //p' metrics)" = \
		"$(date -d "$(openssl x509 -in one.pem -noout -enddate | cut -d = -f 2)" +%s)" ]
	end_serving
}

@test "tls: a large answer and many messages come whole" {
	seq -f '{"log":"line %06g, and as much again so that it is no short one"}' 20000 >records
	secure --ring 100000 --logs 'cat records; sleep 600'
	wsc "$ws" --ca one.pem --host "localhost:$ws" --count 20000 | jq -r .log >got
	[ "$(jq -r .log records | sha256sum)" = "$(sha256sum <got)" ]
}

@test "tls: nothing below 1.2, nothing but http/1.1, no renegotiation, no compression (SEC-20, SEC-11)" {
	secure
	at=localhost:$http
	client() { openssl s_client -connect "$at" -CAfile one.pem "$@" </dev/null 2>&1; }
	client -tls1_2 | grep -q 'Verify return code: 0 (ok)'
	client -tls1_3 | grep -q 'Verify return code: 0 (ok)'
	for old in -tls1 -tls1_1; do
		run client "$old" -cipher 'ALL:@SECLEVEL=0'
		[[ $output != *'Verify return code: 0'* ]] || [[ $output == *'Cipher is (NONE)'* ]]
	done
	client -alpn h2,http/1.1 | grep -q 'ALPN protocol: http/1.1'
	run client -alpn h2
	[[ $output == *'no application protocol'* ]]
	client -tls1_2 | grep -q 'Compression: NONE'
	(echo R; echo 'GET /health HTTP/1.0') | openssl s_client -connect "$at" -tls1_2 >renewed 2>&1 || :
	grep -q 'no renegotiation' renewed
	curl -s --cacert one.pem "https://$at/health"
}

@test "tls: what speaks no TLS, breaks off or sends rubbish gets nothing and harms nobody" {
	secure --header-time 1s
	python3 - "$http" <<-'X'
	import os, socket, sys
	port = int(sys.argv[1])
	hello = bytes.fromhex("160301ffff")
	for text in (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", os.urandom(5000),
	             b"\x16\x03\x01" + b"\xff" * 20000, b"\x80\x2e\x01\x03\x01", hello + b"\0" * 70000):
	    s = socket.create_connection(("127.0.0.1", port))
	    s.settimeout(10)
	    try:
	        s.sendall(text)
	        got = s.recv(4096)
	        assert b"HTTP" not in got and b"status" not in got, got
	    except ConnectionError:
	        pass
	for _ in range(300):
	    s = socket.create_connection(("127.0.0.1", port))
	    s.sendall(hello[:3])
	    s.close()
	X
	curl -s --cacert one.pem "https://localhost:$http/health"
	grep -q 'tls_failed: http request' err
	curl -s --cacert one.pem "https://localhost:$http/metrics" | grep -q '^rx_serve_tls_failed_total{.*} [1-9]'
	soon test "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -lt 12
	end_serving
}

@test "tls: a handshake that is slow is given up within --header-time" {
	secure --header-time 1s
	python3 - "$http" <<-'X'
	import socket, sys
	a = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	b = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	b.sendall(b"\x16\x03\x01\x02\x00\x01")
	for s in a, b:
	    s.settimeout(30)
	    try:
	        assert s.recv(100) == b""
	    except ConnectionResetError:
	        pass
	X
	curl -s --cacert one.pem "https://localhost:$http/health"
}

@test "tls: HUP takes a new certificate; a wrong one is told and the old stays; streams go on (SEC-23)" {
	secure --logs 'echo one; sleep 1; seq 1000000 | while read -r n; do echo "$n"; sleep .1; done'
	watching got "$ws" --ca one.pem --host "localhost:$ws"
	soon test -s got
	shows one
	certificate two
	cp two.pem one.pem
	kill -HUP "$server"
	soon grep -q 'the old certificate stays: one.key is not the key of the certificate' err
	shows one
	cat two.key >one.key
	kill -HUP "$server"
	soon grep -q 'the certificate of one.pem was read' err
	shows two
	: >one.pem
	kill -HUP "$server"
	soon grep -q 'the old certificate stays: one.pem holds no certificate' err
	shows two
	before=$(wc -l <got)
	soon has got $((before + 1))
	kill "$watcher"
}

@test "tls: files that are changed are read without being told, once both have come to rest" {
	secure
	certificate two
	cat two.key >one.key
	cat two.pem >one.pem
	RX_PATIENCE=60 soon shows two
	run ! grep -q 'the old certificate stays' err
}

@test "tls: a key that others can read, has a passphrase or is another's stops the start with 78 (SEC-25)" {
	wrong() { # WHY CERT KEY
		run -78 rx-serve --check --tls-cert "$2" --tls-key "$3"
		[[ $output == *"$1"* ]]
	}
	rx-serve --check --tls-cert one.pem --tls-key one.key
	certificate two
	wrong 'two.key is not the key of the certificate' one.pem two.key
	cp one.key open.key && chmod 644 open.key
	wrong 'open.key can be read or written by others' one.pem open.key
	ln -s one.key link.key
	wrong 'link.key is a symbolic link' one.pem link.key
	(umask 077 && openssl ec -in one.key -aes128 -passout pass:x -out locked.key 2>/dev/null)
	wrong 'locked.key holds no key in PEM without a passphrase' one.pem locked.key
	wrong 'one.key holds no certificate in PEM' one.key one.key
	wrong 'none.pem No such file' none.pem one.key
	wrong '. is no regular file' . one.key
	wrong 'none.key cannot be opened' one.pem none.key
	head -c 300000 /dev/zero >long.pem
	wrong 'long.pem is too long' long.pem one.key
	openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem -subj /CN=weak 2>/dev/null
	chmod 600 weak.key
	wrong 'weak.pem holds a certificate that is too weak' weak.pem weak.key
	run -64 rx-serve --check --tls-cert one.pem
	run -64 rx-serve --check --tls-key one.key
	certificate old -days 1
	faketime=$(command -v faketime) || return 0
	"$faketime" '3 days' rx-serve --check --tls-cert old.pem --tls-key old.key 2>err ||
		skip "no faketime with this build"
	grep -q 'warning: old.pem: the certificate has expired' err
}

@test "tls: off loopback it needs --auth too; with both it starts without a warning (SEC-02)" {
	(umask 077; echo '{"tokens":[]}' >tokens.json)
	run -78 rx-serve --check --listen 0.0.0.0 --tls-cert one.pem --tls-key one.key
	[[ $output == *"off loopback only with --auth;"* ]]
	run -78 rx-serve --check --listen 0.0.0.0 --auth tokens.json
	[[ $output == *"off loopback only with TLS (--tls-cert, --tls-key);"* ]]
	run -0 rx-serve --check --listen 0.0.0.0 --tls-cert one.pem --tls-key one.key --auth tokens.json
	[ -z "$output" ]
}

@test "tls: --link asks who has this very certificate, and nobody else" {
	secure
	rx-serve --link --control-port "$http" --tls-cert one.pem --tls-key one.key >./link
	grep -qxE "https://127.0.0.1:$http/#ticket=[A-Za-z0-9_-]{22}" link
	certificate two
	run -69 rx-serve --link --control-port "$http" --tls-cert two.pem --tls-key two.key
	[[ $output == *"another certificate than two.pem" ]]
	run -69 rx-serve --link --control-port "$http"
}
