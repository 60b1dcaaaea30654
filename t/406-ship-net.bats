# SPDX-License-Identifier: MIT
# rx-ship --check --net, and rx-agent check --net: whether the targets let us in

setup() {
	load helper
	load ship
	load web
	need python3
}

teardown() {
	[ -z "${STUB:-}" ] || kill "$STUB" 2>/dev/null || :
	stop_web
}

asks() { rx-ship --check --net --timeout 5s "$@"; }

@test "net: without --check it is no option" {
	run -64 rx-ship --net http://127.0.0.1:1/
}

@test "net: a broker is logged in to, and gets nothing" {
	stub ack
	run -0 asks "$(stub_url)"
	[[ "$output" == *"it lets us in"* ]]
	[[ "$output" != *canary-pw* ]]
	soon grep -q '^close' stub.log
	grep -q '^login rx' stub.log
	grep -q '^declare q 1' stub.log
	run -1 grep -e '^declare q 0' -e '^publish' stub.log
}

@test "net: a queue that is missing is told, and not made" {
	stub noqueue
	run -0 asks "$(stub_url)"
	[[ "$output" == *"yet to be made"* ]]
	run -1 grep '^declare q 0' stub.log
	run -69 asks "$(stub_url)?passive"
	[[ "$output" == *404* ]]
}

@test "net: a broker that refuses the login, or says nothing, is 69" {
	stub forbid 'canary-pw is wrong'
	run -69 asks "$(stub_url)"
	[[ "$output" == *"***@127.0.0.1"*"403"* ]]
	[[ "$output" != *canary-pw* ]]
	kill "$STUB"
	stub silent
	run -69 rx-ship --check --net --timeout 100ms "$(stub_url)"
	[[ "$output" == *"login takes too long"* ]]
}

@test "net: all targets are asked, each that fails is told" {
	web 200
	run -69 asks amqp://rx:pw@127.0.0.1:1/q "$(web_url /in)" http://127.0.0.1:1/x amqp://rx@nowhere.invalid/q
	[ "$(grep -c refused <<<"$output")" = 1 ]
	[ "$(grep -ci 'connect to 127.0.0.1' <<<"$output")" = 1 ]
	[ "$(grep -c 'nowhere.invalid:' <<<"$output")" = 1 ]
	[[ "$output" == *"/in: it answers: status 200"* ]]
	[ "$(jq -r '.method + " " + .path + " " + .body' web.log)" = "HEAD /in " ]
}

@test "net: HTTP is asked with the token; 401, 403 and 503 are failures, 404 and 405 answers" {
	web 401 403 503 404 405
	echo secret-token >token
	chmod 600 token
	for code in 401 403 503; do
		run -69 asks --token-file token "$(web_url)"
		[[ "$output" == *"status $code"* ]]
	done
	run -0 asks --token-file token --header 'X-Api-Key: 5' --header 'X-App: {application}' "$(web_url '/a/{id}')"
	run -0 asks --token-cmd 'echo secret-token' "$(web_url)"
	[ "$(jq -r '.headers.authorization' web.log | sort -u)" = "Bearer secret-token" ]
	[ "$(jq -r 'select(.status == 404) | .path + " " + .headers["x-api-key"] + " " + (.headers["x-app"] | tostring)' web.log)" = "/ 5 null" ]
	[ "$(jq -r .method web.log | sort -u)" = HEAD ]
}

@test "net: a certificate of another host is told, one of ours is not" {
	need openssl
	certificate other elsewhere.example
	certificate own localhost
	web --tls other.pem other.key 200
	run -69 asks --ca other.pem "https://localhost:$WEB_PORT/"
	[[ "$output" == *"TLS: "* ]]
	stop_web
	web --tls own.pem own.key 200
	run -0 asks --ca own.pem "https://localhost:$WEB_PORT/"
	[ "$(wc -l <web.log)" = 1 ]
}

@test "net: rx-agent asks the targets of all pipelines, and tells all" {
	mkdir etc
	export RX_PIPELINES="$PWD/etc" RX_STATE="$PWD/state" RX_DASHBOARD=off
	unset RX_URL RX_LOGS
	stub forbid no
	for name in a b c; do
		jq -n --arg log "$PWD/x.log" '{"rx-tail": {"log-file": [$log]}, "rx-spool push": {}, "rx-ship": {timeout: "5s"}}' >"etc/$name.json"
	done
	: >x.log
	(
		umask 077
		stub_url >etc/a.url
		echo amqp://rx:pw@127.0.0.1:1/q >etc/b.url
		echo "file:$PWD/out" >etc/c.url
	)
	run -0 "$RX_TOP/agent/rx-agent" check
	run -69 "$RX_TOP/agent/rx-agent" check --net
	[[ "$output" == *403* ]]
	[[ "$output" == *"127.0.0.1:1"*refused* ]]
	[[ "$output" != *"it would start"* ]]
	run -0 "$RX_TOP/agent/rx-agent" check --net c
	run -64 "$RX_TOP/agent/rx-agent" status --net
	[ ! -e out ]
}
