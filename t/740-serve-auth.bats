# SPDX-License-Identifier: MIT
# rx-serve: who may ask                      (not tested: the time of a compare)
setup() {
	load helper
	load serve
	need curl
	need python3
}

# tokens NAME=TOKEN:SCOPE,SCOPE...: the file tokens.json, hashed elsewhere.
tokens() {
	(
		umask 077
		python3 - "$@" >tokens.new <<-'X'
		import hashlib, json, sys
		def entry(word):
		    name, rest = word.split("=", 1)
		    token, scopes = rest.split(":", 1)
		    return {"name": name, "scopes": scopes.split(","),
		            "sha256": hashlib.sha256(token.encode()).hexdigest()}
		print(json.dumps({"tokens": [entry(w) for w in sys.argv[1:]]}))
		X
	)
	mv tokens.new tokens.json
}

# code ARG...: the status of a request by somebody who is nobody here.
stranger() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
code() { stranger curl -s -o body -w '%{http_code}' "$@"; }
as_stranger() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	need setpriv
	chmod 777 .
	: >body && chmod 666 body
}

@test "auth: without a token only /health and the empty page are for everybody (X-51, SEC-04)" {
	as_stranger
	serving --logs 'echo secret; sleep 600'
	at=http://127.0.0.1:$http
	[ "$(code "$at/health")" = 200 ]
	[ "$(code "$at/")" = 200 ]
	for path in /livelogs /v1/livelogs; do
		[ "$(code "$at$path")" = 401 ]
	done
	[ "$(code -X POST "$at/v1/ticket")" = 401 ]
	[ "$(code -X POST "$at/v1/session")" = 401 ]
	stranger curl -si "$at/livelogs" | grep -qi '^www-authenticate: bearer'
	run ! grep -q secret body
	[ "$(cat body)" = "401 Unauthorized: a credential is needed" ]
}

@test "auth: a token opens what its scopes say, in either header (SEC-03, R-170)" {
	as_stranger
	tokens ops=alpha-token:read,control in=beta-token:ingest
	serving --auth tokens.json --logs 'echo one; sleep 600'
	at=http://127.0.0.1:$http
	[ "$(code -H 'Authorization: Bearer alpha-token' "$at/livelogs")" = 426 ]
	[ "$(code -H 'authorization: bearer alpha-token' "$at/livelogs")" = 426 ]
	[ "$(code -H 'X-API-Key: alpha-token' "$at/livelogs")" = 426 ]
	[ "$(code -H 'X-API-Key: beta-token' "$at/livelogs")" = 403 ]
	[ "$(cat body)" = "403 Forbidden: not with this credential" ]
	python3 "$RX_TOP/t/wsclient.py" "$ws" --count 1 \
		--header 'Authorization: Bearer alpha-token' >got
	jq -e '.log == "one"' got
}

@test "auth: wrong and crooked credentials are 401 with one text, also in the query (X-52, SEC-10)" {
	as_stranger
	tokens ops=alpha-token:read
	serving --auth tokens.json --logs 'echo secret; sleep 600'
	at=http://127.0.0.1:$http
	for header in 'Authorization: Bearer alpha-token1' 'Authorization: Bearer alpha-toke' \
		'Authorization: Bearer' 'Authorization: Basic alpha-token' \
		'Authorization: alpha-token' 'X-API-Key;' 'Authorization: Bearer  alpha-token' 'X-API-Key: ALPHA-TOKEN'; do
		[ "$(code -H "$header" "$at/livelogs")" = 401 ]
		cat body >>bodies
	done
	[ "$(code -H 'Authorization: Bearer alpha-token' -H 'X-API-Key: alpha-token' "$at/livelogs")" = 401 ]
	cat body >>bodies
	[ "$(sort -u bodies | wc -l)" = 1 ]
	for query in token access_token ticket api_key; do
		[ "$(code "$at/livelogs?$query=alpha-token")" = 401 ]
	done
	run ! grep -F alpha-token err
}

@test "auth: who guesses more than ten times a minute gets 429, the right token still works (SEC-06)" {
	as_stranger
	tokens ops=alpha-token:read
	serving --auth tokens.json --logs 'sleep 600'
	at=http://127.0.0.1:$http
	for i in {1..14}; do
		code -H "X-API-Key: guess-$i" "$at/livelogs"
		echo
	done | sort | uniq -c | awk '{ print $1, $2 }' >codes
	[ "$(cat codes)" = $'10 401\n4 429' ]
	stranger curl -si -H 'X-API-Key: guess' "$at/livelogs" | grep -qiE '^retry-after: [1-9][0-9]?.$'
	[ "$(code -H 'X-API-Key: alpha-token' "$at/livelogs")" = 426 ]
	grep -q 'auth_failed' err
}

@test "auth: HUP reads the tokens again; a stream whose token is gone ends (SEC-18)" {
	as_stranger
	tokens ops=alpha-token:read
	serving --auth tokens.json --logs 'echo one; sleep 600'
	at=http://127.0.0.1:$http
	python3 "$RX_TOP/t/wsclient.py" "$ws" --header 'X-API-Key: alpha-token' \
		>got 2>got.why 3>&- &
	watcher=$!
	soon test -s got
	echo '{"tokens":[' >tokens.json
	kill -HUP "$server"
	soon grep -q 'the old tokens stay: tokens.json:' err
	[ "$(code -H 'X-API-Key: alpha-token' "$at/livelogs")" = 426 ]
	tokens new=gamma-token:read
	kill -HUP "$server"
	soon grep -q '1 tokens from tokens.json' err
	wait "$watcher"
	grep -qx 'closed 1008' got.why
	[ "$(code -H 'X-API-Key: gamma-token' "$at/livelogs")" = 426 ]
	[ "$(code -H 'X-API-Key: alpha-token' "$at/livelogs")" = 401 ]
}

@test "auth: a ticket opens one stream, once (SEC-10)" {
	as_stranger
	tokens ops=alpha-token:read
	serving --auth tokens.json --logs 'echo one; sleep 600'
	at=http://127.0.0.1:$http
	ticket=$(stranger curl -s -X POST -H 'X-API-Key: alpha-token' "$at/v1/ticket" |
		jq -er 'select(.expires_in == 30) | .ticket')
	python3 "$RX_TOP/t/wsclient.py" "$http" --count 1 \
		--header "Sec-WebSocket-Protocol: rx, ticket.$ticket" >got
	jq -e '.log == "one"' got
	run -1 python3 "$RX_TOP/t/wsclient.py" "$http" --count 1 \
		--header "Sec-WebSocket-Protocol: rx, ticket.$ticket"
	[ "$output" = 401 ]
}

@test "auth: a link gives a session that watches and does not deliver; it is good once" {
	as_stranger
	serving --logs 'echo one; sleep 600'
	at=http://127.0.0.1:$http
	rx-serve --link --control-port "$http" >./link
	grep -qxE "http://127.0.0.1:$http/#ticket=[A-Za-z0-9_-]{22}" link
	ticket=$(sed 's/.*ticket=//' link)
	[ "$(code -X POST -H "Authorization: Bearer $ticket" "$at/v1/session")" = 401 ]
	[ "$(code -X POST -H "Authorization: Ticket $ticket" "$at/v1/session")" = 200 ]
	token=$(jq -er 'select(.expires_in == 43200) | .token' body)
	[ "$(code -X POST -H "Authorization: Ticket $ticket" "$at/v1/session")" = 401 ]
	[ "$(code -H "Authorization: Bearer $token" "$at/livelogs")" = 426 ]
	run -77 stranger rx-serve --link --control-port "$http"
	[[ $output == *"only root and the user of rx-serve"* ]]
	end_serving
	run -69 rx-serve --link --control-port "$http"
	printf 'HTTP/1.1 200 OK\r\n\r\n{"ticket":"\033]0;evil\007"}' >answer
	python3 - "$http" <<-'X' 3>&- &
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("127.0.0.1", int(sys.argv[1])))
	s.listen()
	open("listens", "w")
	c = s.accept()[0]
	c.recv(4096)
	c.sendall(open("answer", "rb").read())
	X
	soon test -e listens
	run -69 rx-serve --link --control-port "$http"
	[[ $output == *"is no rx-serve" ]]
}

@test "auth: a page of elsewhere gets no ticket, whoever runs the browser (X-53, SEC-09)" {
	serving --logs 'sleep 600'
	at=http://127.0.0.1:$http
	post() { curl -s -o body -w '%{http_code}' -X POST "$@"; }
	[ "$(post "$at/v1/ticket")" = 200 ]
	for origin in http://evil.example null "https://127.0.0.1:$http" "http://127.0.0.1:1"; do
		[ "$(post -H "Origin: $origin" "$at/v1/ticket")" = 403 ]
	done
	[ "$(post -H 'Sec-Fetch-Site: cross-site' "$at/v1/ticket")" = 403 ]
	[ "$(post -H "Host: evil.example" "$at/v1/ticket")" = 421 ]
	[ "$(post -d x "$at/v1/ticket")" = 413 ]
	end_serving
	serving --logs 'sleep 600' --origin https://ops.example --host agent.example
	[ "$(post -H 'Origin: https://ops.example' -H "Host: agent.example:$http" \
		"http://127.0.0.1:$http/v1/ticket")" = 200 ]
	run -64 rx-serve --origin ops.example
	run -64 rx-serve --host 'a b'
}

@test "auth: a file of tokens that is wrong, open to others or no file stops the start with 78 (SEC-25)" {
	wrong() { # WHY JSON
		(umask 077 && printf '%s\n' "$2" >f.json)
		run -78 rx-serve --check --auth f.json
		[[ $output == *"$1"* ]]
	}
	hash=$(printf 'x' | sha256sum | cut -d ' ' -f 1)
	wrong 'f.json:2:' '{"tokens":'
	wrong 'sha256 is 64' '{"tokens":[{"name":"a","sha256":"12","scopes":["read"]}]}'
	wrong 'a scope is' "{\"tokens\":[{\"name\":\"a\",\"sha256\":\"$hash\",\"scopes\":[\"write\"]}]}"
	wrong 'one at least' "{\"tokens\":[{\"name\":\"a\",\"sha256\":\"$hash\",\"scopes\":[]}]}"
	wrong 'a name is' "{\"tokens\":[{\"name\":\"a b\",\"sha256\":\"$hash\",\"scopes\":[\"read\"]}]}"
	wrong 'expires is a time' "{\"tokens\":[{\"name\":\"a\",\"sha256\":\"$hash\",\"scopes\":[\"read\"],\"expires\":\"soon\"}]}"
	one="{\"name\":\"a\",\"sha256\":\"$hash\",\"scopes\":[\"read\"]}"
	wrong 'came before' "{\"tokens\":[$one,$one]}"
	tokens ops=t:read
	rx-serve --check --auth tokens.json
	chmod 644 tokens.json
	run -78 rx-serve --check --auth tokens.json
	[[ $output == *"can be read or written by others"* ]]
	chmod 600 tokens.json
	ln -s tokens.json link.json
	run -78 rx-serve --check --auth link.json
	run -78 rx-serve --check --auth .
}

@test "auth: a token that has expired is none" {
	as_stranger
	tokens ops=alpha-token:read
	jq '.tokens[0].expires = "2001-01-01T00:00:00Z"' tokens.json >old
	cat old >tokens.json
	serving --auth tokens.json --logs 'sleep 600'
	[ "$(code -H 'X-API-Key: alpha-token' "http://127.0.0.1:$http/livelogs")" = 401 ]
}

@test "auth: off loopback only with --insecure, which is loud and lets all in without --auth (SEC-02)" {
	as_stranger
	for address in 0.0.0.0 192.0.2.1 :: 2001:db8::1; do
		run -78 rx-serve --check --listen "$address"
		[[ $output == *"off loopback only with TLS"* ]]
		tokens ops=t:read
		run -78 rx-serve --check --listen "$address" --auth tokens.json
	done
	run -64 rx-serve --listen '' --check
	rx-serve --check --listen 127.1.2.3 --listen ::1
	serving --insecure --logs 'echo one; sleep 600'
	grep -q 'warning: --insecure: without TLS' err
	grep -q 'warning: --insecure: without --auth, anybody' err
	[ "$(code "http://127.0.0.1:$http/livelogs")" = 426 ]
	end_serving
	serving --insecure --auth tokens.json --logs 'echo one; sleep 600'
	grep -q 'warning: --insecure: without TLS' err
	[ "$(code "http://127.0.0.1:$http/livelogs")" = 401 ]
}

@test "auth: many addresses and many guesses cost no memory (SEC-06)" {
	tokens ops=alpha-token:read
	serving --auth tokens.json --max-connections 200
	grep VmRSS "/proc/$server/status" >before
	python3 - "$http" "${RX_GUESSES:-2000}" <<-'X'
	import socket, struct, sys
	port, n = int(sys.argv[1]), int(sys.argv[2])
	for i in range(n):
	    s = socket.socket()
	    s.bind((f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}", 0))
	    s.connect(("127.0.0.1", port))
	    s.sendall(b"POST /v1/ticket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-API-Key: g%d\r\n\r\n" % (port, i))
	    assert s.recv(4096).startswith(b"HTTP/1.1 401"), i
	    s.close()
	X
	grep VmRSS "/proc/$server/status" >after
	# ASan keeps what was freed.
	sanitized ||
		[ "$(awk '{ print $2 }' after)" -lt "$(awk '{ print $2 + 2048 }' before)" ]
	curl -sf "http://127.0.0.1:$http/health"
}
