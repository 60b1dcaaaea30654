# SPDX-License-Identifier: MIT
# rx-ship to HTTP: what is sent, and what each answer means
setup() { load helper; load ship; load web; }
teardown() { stop_web; }

@test "http: one record a request, byte for byte, over one connection" {
	web
	records 5 >want
	batch 5 | rx-ship "$(web_url /in)" >outcomes
	web_bodies >got
	cmp want got
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=0" ]
	[ "$(jq -s -c '[map(.path), map(.headers["content-type"])] | map(unique)' web.log)" = \
		'[["/in"],["application/json"]]' ]
	[ "$(jq -s 'map(.port) | unique | length' web.log)" = 1 ]
}

@test "http: the id travels as Idempotency-Key, that of a batch is made from its ids" {
	web
	batch 3 | rx-ship "$(web_url)" >outcomes
	[ "$(jq -r '.headers["idempotency-key"]' web.log | paste -sd' ')" = "src:1 src:2 src:3" ]
	: >web.log
	batch 3 | rx-ship --body ndjson "$(web_url)" >outcomes
	batch 3 | rx-ship --body ndjson "$(web_url)" >outcomes
	batch 2 2 | rx-ship --body ndjson "$(web_url)" >outcomes
	jq -r '.headers["idempotency-key"]' web.log >keys

	[ "$(sed -n 1p keys)" = "$(sed -n 2p keys)" ]
	[ "$(sort -u keys | wc -l)" = 2 ]
}

@test "http: ndjson and array bodies hold a batch of records, gzip on the way" {
	web
	records 1000 >want
	batch 1000 | rx-ship --body ndjson --batch 300 --gzip "$(web_url)" >outcomes
	jq -j .body web.log >got
	cmp want got
	[ "$(jq -r '.headers["content-type"] + " " + .headers["content-encoding"]' web.log | sort -u)" = \
		"application/x-ndjson gzip" ]
	[ "$(wc -l <web.log)" -le 5 ]
	: >web.log
	batch 1000 | rx-ship --body array "$(web_url)" >outcomes
	jq -r .body web.log | jq -c '.[]' >got
	cmp want got
}

@test "http: a batch is cut at --batch-size, a record that is larger goes alone" {
	web
	{
		echo '{"a":1}'
		python3 -c 'import json; print(json.dumps({"b": "x" * 5000}))'
		echo '{"c":1}'
	} | rx-ship --body ndjson --batch-size 1k "$(web_url)"
	[ "$(jq -c '.body | split("\n") | map(select(. != "") | fromjson | keys[0])' web.log | paste -sd' ')" = \
		'["a"] ["b"] ["c"]' ]
}

@test "http: path and headers are filled from the record, and a value stays in its place" {
	web
	printf '%s\n' '{"app":"a/../b ?#é","n":7}' '{"app":"..","n":true}' '{"n":null}' \
		'{"app":"x\r\nX-Evil: 1","n":{}}' >in
	rx-ship --header 'X-App: <{app}>' --header 'X-Brace: {{n}}' "$(web_url '/v1/{app}/{n}')" <in
	[ "$(jq -r .path web.log | paste -sd' ')" = \
		"/v1/a%2F..%2Fb%20%3F%23%C3%A9/7 /v1/-/true /v1/-/- /v1/x%0D%0AX-Evil%3A%201/-" ]
	[ "$(jq -r '.headers["x-brace"]' web.log | sort -u)" = "{n}" ]
	[ "$(jq -s 'map(.headers["x-evil"] // empty) | length' web.log)" = 0 ]
	[ "$(jq -r '.headers["x-app"]' web.log | tail -1)" = "<xX-Evil: 1>" ]
}

@test "http: records that want different paths travel in different requests" {
	web
	printf '{"t":"%s"}\n' a a b a | rx-ship --body ndjson "$(web_url '/{t}')"
	[ "$(jq -r '.path + " " + (.body | split("\n") | length - 1 | tostring)' web.log | paste -sd,)" = \
		"/a 2,/b 1,/a 1" ]
}

@test "http: a preset joins its endpoint to any form of the base URL" {
	web
	for base in '' / /api /api/ /api/ticket /v2/api/system_info; do
		echo '{}' | rx-ship --preset heartbeat "$(web_url "$base")"
	done
	[ "$(jq -r .path web.log | paste -sd' ')" = \
		"/api/heartbeat /api/heartbeat /api/heartbeat /api/heartbeat /api/heartbeat /v2/api/heartbeat" ]
	: >web.log
	for preset in telemetry ticket system-info; do
		echo '{}' | rx-ship --preset "$preset" "$(web_url)"
	done
	echo '{}' | rx-ship --preset webhook "$(web_url '/hook?x=1')"
	[ "$(jq -r .path web.log | paste -sd' ')" = \
		"/api/telemetry/snapshot /api/alerts/create /api/system_info /hook?x=1" ]
}

@test "http: what a server cannot take now is sent again as it was, and no attempt is counted" {
	for code in 408 425 429 502 503 504; do
		web "$code" "$code" 200
		batch 3 | rx-ship --body ndjson --backoff 10ms "$(web_url)" >outcomes
		[ "$(accounts outcomes)" = "ok=3 retry=0 reject=0" ]
		[ "$(jq -r .status web.log | paste -sd' ')" = "$code $code 200" ]
		[ "$(jq -c '[.body, .headers["idempotency-key"]]' web.log | sort -u | wc -l)" = 1 ]
		stop_web
	done
}

@test "http: what will never be taken is rejected with a word of its own" {
	for pair in 400:bad_request 404:not_found 409:client_error 413:too_large 422:invalid; do
		web "${pair%:*} | no such luck"
		batch 2 | rx-ship "$(web_url)" >outcomes
		[ "$(accounts outcomes)" = "ok=0 retry=0 reject=2" ]
		[ "$(jq -r '._rx.why' outcomes | sort -u)" = "${pair#*:}: status ${pair%:*}, no such luck" ]
		stop_web
	done
}

@test "http: one record at fault in 500 is found in halves, the others are delivered" {
	for code in 400 413 422; do
		for x in 1 137 500; do
			web --bad "line $x error" "$code"
			batch 500 | rx-ship --body ndjson "$(web_url)" >outcomes
			[ "$(accounts outcomes)" = "ok=499 retry=0 reject=1" ]
			[ "$(jq -r 'select(._rx.st == "reject") | ._rx.tag' outcomes)" = "$x" ]
			# 2 log2(500) + 2
			[ "$(wc -l <web.log)" -le 20 ]
			stop_web
		done
	done
}

@test "http: a server that fails for one record only has it back as retry" {
	web --bad "line 5 error" 500
	batch 20 | rx-ship --body ndjson --backoff 10ms "$(web_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=19 retry=1 reject=0" ]
	[ "$(jq -r 'select(._rx.st == "retry") | ._rx.why | split(":")[0]' outcomes)" = server_error ]
}

@test "http: 403 is no 401: refused for some it is retry, refused for all it is held" {
	web --bad "line 5 error" 403
	batch 8 | rx-ship --backoff 10ms "$(web_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=7 retry=1 reject=0" ]
	stop_web
	web 403
	batch 8 >in
	run -69 --separate-stderr rx-ship --once --backoff 10ms "$(web_url)" <in
	[ -z "$output" ]
}

@test "http: Retry-After is waited for, up to ten minutes; nonsense is not" {
	web '503 Retry-After=1' 200
	batch 1 | rx-ship --backoff 1ms "$(web_url)" >outcomes
	jq -s -e '.[1].at - .[0].at >= 0.95' web.log
	stop_web
	for value in -5 soon 0 99999999999999999999; do
		web "503 Retry-After=$value" 200
		batch 1 | rx-ship --backoff 1ms "$(web_url)" >outcomes
		stop_web
	done
	web '503 Retry-After=100000' 200
	echo '{}' >in
	rx-ship -v --drain 500ms --backoff 1ms "$(web_url)" <in 2>err &
	ship=$!
	soon grep -q 'next try in 600000 ms' err
	kill "$ship"
	status=0
	wait "$ship" || status=$?
	[ "$status" = 69 ]
}

@test "http: a request whose answer got lost goes again with the same key and body" {
	web close 200 close 200
	batch 4 | rx-ship --body ndjson --batch 2 --backoff 10ms "$(web_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=4 retry=0 reject=0" ]
	jq -s -e '(.[0] | [.body, .headers["idempotency-key"]]) ==
		(.[1] | [.body, .headers["idempotency-key"]])' web.log
}

@test "http: a server that hangs, resets, says half, much or rubbish is bounded and told" {
	for word in hang reset half big garbage redirect; do
		web "$word" 200
		batch 1 >in
		rx-ship --answer-timeout 300ms --backoff 10ms "$(web_url)" <in >outcomes 2>err
		[ "$(accounts outcomes)" = "ok=1 retry=0 reject=0" ]
		[ "$(grep -c 'unable to deliver' err)" = 1 ]
		case $word in
		hang) grep -q ' timeout: ' err ;;
		reset) grep -q ' connection_lost: ' err ;;
		big) grep -q ' bad_answer: an answer of more than 1048576 bytes' err ;;
		redirect) grep -q ' redirected: status 302' err ;;
		esac
		stop_web
	done
}

@test "http: two requests lost in a row, then records go one at a time until one is taken" {
	web close close 200
	batch 6 | rx-ship --body ndjson --backoff 10ms "$(web_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=6 retry=0 reject=0" ]
	[ "$(jq -r '.body | split("\n") | length - 1' web.log | paste -sd' ')" = "6 6 1 5" ]
}

@test "http: a batch goes whole after a redirect, and when its connection had been closed" {
	web '307 Location=/there' 200
	records 300 >want
	batch 300 | rx-ship --body ndjson --redirects 1 "$(web_url /from)" >outcomes
	[ "$(accounts outcomes)" = "ok=300 retry=0 reject=0" ]
	[ "$(jq -r '.path + " " + (.body | length | tostring)' web.log | paste -sd,)" = \
		"/from $(wc -c <want),/there $(wc -c <want)" ]
	tail -n1 web.log | jq -j .body | cmp - want
	stop_web
	# It says nothing of it, and is gone when the next batch comes.
	web leave 200
	mkfifo pipe
	rx-ship --body ndjson --backoff 10ms "$(web_url)" <pipe >outcomes 3>&- &
	local pid=$!
	exec 4>pipe
	batch 300 >&4
	soon accounted outcomes "ok=300 retry=0 reject=0"
	emit 300 301 | tail -n +2 >&4
	exec 4>&-
	wait $pid
	[ "$(accounts outcomes)" = "ok=600 retry=0 reject=0" ]
	records 600 >want
	web_bodies | grep . | sort -u | cmp - <(sort want)
}

@test "http: redirects are followed only when asked, and only so many" {
	web redirect 200
	echo '{"a":1}' | rx-ship --redirects 1 "$(web_url /from)"
	[ "$(jq -r '.method + " " + .path + " " + .body' web.log | tail -1)" = 'POST /elsewhere {"a":1}' ]
}

@test "http: nobody there is connection_error, told once, and ends --once with 69" {
	web
	url=$(web_url)
	stop_web
	batch 2 >in
	run -69 --separate-stderr rx-ship --once "$url" <in
	[ -z "$output" ]
	[[ "$stderr" == *"unable to deliver to $url: connection_error: "* ]]
}

@test "http: --linger waits for a fuller batch and no longer" {
	web
	mkfifo pipe
	rx-ship --body ndjson --linger 300ms "$(web_url)" <pipe &
	ship=$!
	exec 9>pipe
	echo '{"a":1}' >&9
	echo '{"a":2}' >&9
	soon test -s web.log
	[ "$(jq -c .body web.log)" = '"{\"a\":1}\n{\"a\":2}\n"' ]
	exec 9>&-
	wait "$ship"
}

@test "http: TLS needs a chain and a name that fit, and takes our own authority" {
	certificate good localhost
	certificate other example.net
	web --tls good.pem good.key
	url=https://localhost:$WEB_PORT/
	echo '{"a":1}' >in
	run -69 --separate-stderr rx-ship --once "$url" <in
	[[ "$stderr" == *"tls_error: "* ]]
	run -69 --separate-stderr rx-ship --once --ca other.pem "$url" <in
	[[ "$stderr" == *"tls_error: "* ]]
	rx-ship --ca good.pem "$url" <in
	stop_web
	web --tls other.pem other.key
	run -69 --separate-stderr rx-ship --once --ca other.pem "https://localhost:$WEB_PORT/" <in
	[[ "$stderr" == *"tls_error: "* ]]
	[ ! -s web.log ]
}

@test "http: user and password go as Basic, and stand in no message and no argument" {
	web '401' 200
	batch 1 >in
	rx-ship -v --backoff 10ms "http://ann:canary%2Dpw@127.0.0.1:$WEB_PORT/in?key=canary-q" <in \
		>outcomes 2>err
	[ "$(jq -r '.headers.authorization' web.log | tail -1)" = \
		"Basic $(printf ann:canary-pw | base64)" ]
	[ "$(jq -r .path web.log | tail -1)" = '/in?key=canary-q' ]
	run -1 grep -h canary err outcomes
}

@test "SEC-26: a password that the server quotes, plain, as Basic or cut short, is masked" {
	basic=$(printf ann:canary-pw | base64)
	filler=$(printf '%0120d' 0) # the quote is cut at 160 bytes, in the password
	web "400 | who is canary-pw, $basic?" "400 | ${filler}canary-pw canary-pw canary-pw canary-pw canary-pw"
	emit 2 | rx-ship "http://ann:canary-pw@127.0.0.1:$WEB_PORT/in" >outcomes 2>err
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=2" ]
	grep -q 'who is \*\*\*\*\*\*\*\*\*, \**?' outcomes
	run -1 grep -h -e cana -e "${basic:0:8}" err outcomes
}

# RX_ROUNDS=10000: so many requests.
@test "http: answers that break in each way, again and again, leak neither descriptors nor memory" {
	local n=${RX_ROUNDS:-200} RX_PATIENCE=600
	web any
	mkfifo pipe
	rx-ship --backoff 1ms,1ms "$(web_url)" <pipe >outcomes 2>err &
	SHIP=$!
	exec 9>pipe
	emit 20 >&9
	soon has web.log $((n / 4))
	look
	soon has web.log $n
	look
	echo 200 >web.answers
	exec 9>&-
	wait "$SHIP"
	bounded
	[[ $(accounts outcomes) == *reject=0 ]]
	[ "$(accounts outcomes | tr -dc '0-9 ' | awk '{ print $1 + $2 }')" = 20 ]
}

@test "http: no wrong option starts" {
	run -64 rx-ship --body xml http://x/
	run -64 rx-ship --preset nothing http://x/
	run -64 rx-ship --header 'no colon' http://x/
	run -64 rx-ship --header 'bad name: x' http://x/
	run -64 rx-ship --cert x http://x/
	run -64 rx-ship --refresh-url http://x/ http://x/
	run -78 rx-ship 'http://x/{'
	run -78 rx-ship 'http://x/}'
	run -78 rx-ship 'http://x/{}'
	run -78 rx-ship 'http:///x'
	run -78 rx-ship 'ftp://x/'
	run -78 rx-ship --tenant 'a/b' 'loki+http://x/'
}

# ticks PID: the CPU time it took, in ticks of 10 ms
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

@test "http: while one record waits for its turn, a rejected batch is not sent as it was for ever" {
	web --bad odd 500 --bad evil 400
	mkfifo pipe
	rx-ship --body ndjson --backoff 3s "$(web_url)" <pipe 2>err &
	ship=$!
	exec 9>pipe
	echo '{"odd":1}' >&9
	soon grep -q 'refused by' err
	echo '{"n":1}' >&9
	# Another was taken, so the odd one now waits for itself.
	soon eval '[ "$(grep -c odd web.log)" = 2 ]'
	printf '{"n":%s}\n' {2..9} >&9
	soon grep -qF '\"n\":9' web.log
	before=$(wc -l <web.log)
	printf '%s\n' '{"a":1}' '{"a":2}' '{"evil":3}' '{"a":4}' >&9
	soon grep -qF '"body": "{\"a\":4}' web.log
	[ "$(($(wc -l <web.log) - before))" -le 8 ]
	kill -9 "$ship" # TERM would wait --drain for what was refused
	exec 9>&-
	wait "$ship" || :
}

@test "http: waiting for the next try costs no CPU time once --linger is over" {
	web 500
	mkfifo pipe
	rx-ship --body ndjson --linger 50ms --backoff 60s "$(web_url)" <pipe 2>err &
	ship=$!
	exec 9>pipe
	echo '{"n":1}' >&9
	soon grep -q 'refused by' err
	before=$(ticks "$ship")
	sleep 1 # the span that is measured
	[ "$(($(ticks "$ship") - before))" -le 10 ]
	kill -9 "$ship"
	exec 9>&-
	wait "$ship" || :
}

@test "http: TERM waits for the answer to the first request and accounts for it" {
	web slow
	mkfifo pipe
	rx-ship --drain 5s "$(web_url)" <pipe >outcomes 2>err &
	ship=$!
	exec 9>pipe
	emit 1 >&9
	soon grep -q slow web.log
	kill "$ship"
	wait "$ship"
	exec 9>&-
	[ "$(accounts outcomes)" = "ok=1 retry=0 reject=0" ]
}

@test "http: TERM does not wait for a target that is down" {
	web 503
	mkfifo pipe
	rx-ship --drain 60s --backoff 60s "$(web_url)" <pipe >outcomes 2>err &
	ship=$!
	exec 9>pipe
	emit 1 >&9
	soon grep -q 'unable to deliver' err
	kill "$ship"
	soon gone "$ship"
	exec 9>&-
	grep -q 'left to the spool: 1' err
}

@test "http: no redirect leads from https to http" {
	certificate server localhost
	web --tls server.pem server.key '307 Location=http://127.0.0.1:9/'
	echo '{}' >in
	run -69 --separate-stderr rx-ship --once --redirects 3 --ca server.pem \
		"https://localhost:$WEB_PORT/" <in
	grep -qi 'protocol' <<<"$stderr"
}

@test "http: a key with a passphrase is an error, not a question on the terminal" {
	certificate client localhost
	openssl ec -in client.key -aes128 -passout pass:x -out locked.key 2>/dev/null
	certificate server localhost
	web --tls server.pem server.key 200
	echo '{}' >in
	cat >ask.py <<-'PY'
		import os, pty, select, subprocess, sys
		ours, theirs = pty.openpty()
		def own():
		    os.setsid()
		    import fcntl, termios
		    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
		p = subprocess.Popen(sys.argv[1:], stdin=open("in"), stderr=open("err", "w"), preexec_fn=own)
		try:
		    sys.exit(p.wait(8))
		except subprocess.TimeoutExpired:
		    p.kill()
		    sys.exit("it waits")
	PY
	run -69 python3 ask.py "$(command -v rx-ship)" --once --ca server.pem \
		--cert client.pem --key locked.key "https://localhost:$WEB_PORT/"
	run -69 python3 ask.py "$(command -v rx-ship)" --once --ca server.pem \
		--cert client.pem --key locked.key "amqps://localhost:$WEB_PORT/q"
}

@test "http: HUP tries at once what is held, with nothing else to wake it" {
	web 503 200
	mkfifo pipe
	rx-ship --backoff 1h "$(web_url)" <pipe 2>err 3>&- &
	ship=$!
	exec 9>pipe
	echo '{"a":1}' >&9
	soon grep -q 'status 503' err
	kill -HUP "$ship"
	soon grep -q 'delivering to' err
	exec 9>&-
	wait "$ship"
}

@test "http: without a spool, rx-metrics | rx-alert | rx-ship URL delivers, and --once counts what it could not" {
	web
	rx-alert --print-rules |
		jq '.rules |= map(if .name == "high_processes" then .threshold = 1 | .duration = 0 | del(.resolve) else . end)' >rules.json
	rx-metrics --once | rx-alert -f rules.json | rx-ship --preset ticket "$(web_url)"
	[ "$(jq -r .path web.log | sort -u)" = /api/alerts/create ]
	jq -s -e 'any(.[].body | fromjson; .title | length > 0)' web.log
	rx-metrics --once | rx-alert -f rules.json >alert
	stop_web
	soon gone_port
	run -69 --separate-stderr rx-ship --once --preset ticket "$(web_url)" <alert
	[[ $stderr == *"not delivered to http://127.0.0.1:"*"/api/alerts/create: "* ]]
}
gone_port() { ! (: </dev/tcp/127.0.0.1/"$WEB_PORT"); }
