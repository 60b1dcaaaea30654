# SPDX-License-Identifier: MIT
# The signals pipeline as it is shipped, end to end: POST /log, the store, marks,
# archive, router, integrity, anomalies, webhook, history (R-142 to R-182)
# RX_ROUNDS: how often something is killed (2)
setup() {
	load helper
	load web
	agent="$RX_TOP/agent/rx-agent"
	export RX_STATE="$PWD/state" RX_PIPELINES="$PWD/etc"
	sed "s|8000|0|; s|/usr/share/rx|$RX_TOP/agent|" "$RX_TOP"/agent/pipelines/signals/signals.json >signals.json
	mkdir etc
	for file in "$RX_TOP"/agent/pipelines/signals/*; do
		sed "s|\"control-port\": 8000|\"control-port\": 0|; s|/usr/share/rx|$RX_TOP/agent|
			s|file:/var/lib/rx/archive|file:$PWD|" "$file" >"etc/${file##*/}"
	done
	chmod 600 etc/*
	unset pid WEB
	peers=()
}
teardown() {
	[ -z "${pid:-}" ] || {
		kill -TERM "$pid" 2>/dev/null || :
		RX_PATIENCE=30 soon flock -n state/agent.lock true
	}
	[ ${#peers[@]} = 0 ] || kill "${peers[@]}" 2>/dev/null || :
}

# peer SINK [ANSWER]: a service of its own; what it was sent is in SINK.log
peer() {
	rm -f "$1.port"
	: >"$1.log"
	echo "${2:-200}" >"$1.answers"
	python3 "$RX_TOP/t/stub/web.py" "$1.port" "$1.log" "$1.answers" 2>"$1.err" 3>&- &
	peers+=($!)
	soon test -s "$1.port"
	(umask 077 && echo "http://127.0.0.1:$(cat "$1.port")/log" >"etc/signals.$1.url")
}
all_peers() {
	for sink in router integrity webhook; do peer "$sink"; done
}
start() {
	setsid "$agent" run 2>>err 3>&- &
	pid=$!
	RX_PATIENCE=30 soon is_up
}
is_up() {
	http=$(sed -n 's,.*http://127.0.0.1:\([0-9]*\)/ .*,\1,p' err | tail -n 1)
	[ -n "$http" ] && curl -sf -o /dev/null "http://127.0.0.1:$http/health"
}
# post JSON [KEY]: the status of the answer
post() {
	curl -s -m 20 -o answer -w '%{http_code}' -H 'Content-Type: application/json' \
		${2:+-H "Idempotency-Key: $2"} --data-binary "$1" "http://127.0.0.1:$http/log"
}
get() { curl -s "http://127.0.0.1:$http/v1/$1"; }
archived() { [ -s logs.jsonl ] && [ "$(jq -r .n logs.jsonl | sort -u | wc -l)" = "$1" ]; }
sent() { [ "$(jq -r .body "$1.log" | jq -r .n | sort -u | wc -l)" = "$2" ]; }
counter() { rx-spool stat --json state/signals.db "$1" | jq ".lanes[0].$2"; }
settled() {
	rx-spool stat --json "$1" | jq -e 'all(.lanes[]; .pending == 0)' >/dev/null
}

@test "signals: as shipped it would start, and says how (rx-agent -n, check)" {
	run -0 "$agent" check
	[[ $output == *"$PWD/etc is good"* ]]
	run -0 "$agent" -n
	for sink in archive router integrity anomaly webhook; do
		[[ $output == *"rx-spool emit "*"signals.db $sink"* ]]
	done
	[[ $output != *[Rr]edis* ]] # R-166
	[ "$(jq -r '.["rx-serve"] | "\(.["control-port"]) \(.service)"' "$RX_TOP/agent/pipelines/signals/signals.json")" = '8000 signal-logging/1.0.0' ]
	grep -q :9000/ "$RX_TOP/agent/pipelines/signals/signals.router.url"
	grep -q :8001/ "$RX_TOP/agent/pipelines/signals/signals.integrity.url"
}

@test "signals: an event reaches store, archive, router and integrity, marked, and its history (R-183: starts, health, persists, stores)" {
	all_peers
	start
	[ "$(curl -s "http://127.0.0.1:$http/health")" = '{"status":"ok","service":"signal-logging","version":"1.0.0"}' ]
	[ "$(post '{"n":1,"user_id":"ann","signal_type":"feedback","message":"I am so stressed"}')" = 202 ]
	[ "$(post '[{"n":2,"user_id":"ann","signal_type":"feedback","message":"this is great, thanks"},{"n":3,"signal_type":"x"}]')" = 202 ]
	RX_PATIENCE=20 soon archived 3
	for sink in router integrity; do RX_PATIENCE=20 soon sent $sink 3; done
	for file in logs.jsonl <(jq -r .body router.log) <(jq -r .body integrity.log); do
		jq -s -e 'map({key: (.n | tostring), value: .}) | from_entries | ."1".sentiment == "stressed" and
			."2".sentiment == "positive" and ."3".sentiment == "neutral" and
			."3".schema_error.member == "/user_id" and (."1" | has("schema_error") | not) and
			all(.[]; has("request_id") and has("timestamp") and (has("_rx") | not))' "$file"
	done
	get 'signals?user=ann&limit=1' | jq -e '.records | length == 1 and .[0].n == 2'
	get 'signals?where=sentiment%3Dstressed' | jq -e '.records | map(.n) == [1]'
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$http/ready")" = 200 ]
	# What is no event is refused, and the service goes on.
	[ "$(post '{"n":')" = 400 ]
}

@test "signals: too many of a kind are anomalies, the critical ones go to the webhook (R-183: warns)" {
	all_peers
	start
	for n in 1 2 3 4 5 6 7 8; do
		[ "$(post "{\"n\":$n,\"user_id\":\"eve\",\"signal_type\":\"login\"}")" = 202 ]
	done
	RX_PATIENCE=20 soon grep -qs '"severity":"critical"' anomalies.jsonl
	jq -s -e 'map([.user_id, .signal_type, .count, .severity, .threshold]) ==
		[["eve","login",6,"warn",5],["eve","login",8,"critical",5]]' anomalies.jsonl
	soon test -s webhook.log
	jq -r .body webhook.log | jq -s -e 'map(.severity) == ["critical"]'
	told() { get 'anomalies?user=eve' | jq -e '.records | length == 2' >/dev/null; }
	soon told
	get 'anomalies?user=ann' | jq -e '.records == []'
	# By kinds: what is no sign of trouble for one is for another.
	[ "$(jq '.windows[0].thresholds | .api_call > .password_reset' "$RX_TOP/agent/rules/thresholds.json")" = true ]
}

@test "signals: a sink that is away stalls no other, and gets all when it is back (R-148, R-183: degrades)" {
	all_peers
	echo 503 >router.answers
	echo 'http://127.0.0.1:9/' >etc/signals.integrity.url # nobody is there
	start
	for n in $(seq 1 20); do [ "$(post "{\"n\":$n,\"user_id\":\"u$n\",\"signal_type\":\"x\"}")" = 202 ]; done
	RX_PATIENCE=20 soon archived 20
	[ "$(counter integrity acked)" = 0 ]
	[ "$(counter router acked)" = 0 ]
	[ "$(counter router pending)" = 20 ]
	echo 200 >router.answers
	RX_PATIENCE=60 soon sent router 20
	[ "$(counter integrity pending)" = 20 ]
}

@test "signals: whatever is killed, what was answered 202 is archived once and the ledger balances" {
	all_peers
	start
	local n=0 victim
	pids() { grep -lzF "RX_STATE_DIR=$RX_STATE" /proc/[0-9]*/environ 2>/dev/null |
		sed 's,/proc/\([0-9]*\)/.*,\1,' | while read -r p; do
		case $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) in rx-* | */rx-[smta][a-z]*' '*) echo "$p" ;; esac
	done | grep -vx "$pid"; }
	for round in $(seq "${RX_ROUNDS:-2}"); do
		for _ in $(seq 10); do
			n=$((n + 1))
			# As a client does: again, with the same key, until it is taken.
			taken() { is_up && [ "$(post "{\"n\":$n,\"user_id\":\"u\",\"signal_type\":\"x\"}" "k$n")" = 202 ]; }
			RX_PATIENCE=60 soon taken
		done
		victim=$(pids | shuf -n 1 --random-source=<(yes "$round"))
		[ -n "$victim" ]
		kill -KILL "$victim" 2>/dev/null || : # it may have ended
	done
	RX_PATIENCE=90 soon archived "$n"
	for sink in router integrity; do RX_PATIENCE=90 soon sent $sink "$n"; done
	[ "$(counter archive stored)" = "$n" ]
	[ "$(counter router stored)" = "$n" ]
	RX_PATIENCE=60 soon settled state/signals.db
	kill "$pid"
	wait "$pid" || :
	pid=
	run -0 "$agent" status --ledger
	# More than once only what was on its way when its ship was killed.
	echo "# archived $(wc -l <logs.jsonl) lines of $n events" >&3
}

@test "signals: sinks need their pipeline, and a pipeline its sinks" {
	rm etc/signals.json
	run -78 "$agent" -n
	[[ $output == *"signals.router.json: there is no signals with rx-serve"* ]]
	cp signals.json etc/
	rm etc/signals.*.json
	run -78 "$agent" -n
	[[ $output == *"signals.json: it has neither rx-ship nor a sink"* ]]
	jq '. + {"rx-ship": {}}' signals.json >etc/signals.json
	(umask 077 && echo "file:$PWD/one.jsonl" >etc/signals.url)
	run -0 "$agent" -n
	[[ $output == *"rx-match "*"rx-ship "*"rx-spool ack "* ]]
	echo '{"rx-serve":{"control-port":0,"ws-port":0}}' >etc/signals.json
	run -0 "$agent" -n
	[[ $output != *rx-spool* ]]
	echo '{"rx-alert":{},"rx-ship":{}}' >etc/signals.odd.json
	run -78 "$agent" -n
	[[ $output == *"a sink of signals goes"* ]]
}

@test "signals: the files fit their schemas, the shipped signal its own" {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "not installed: python3-jsonschema"
	/usr/bin/python3 - "$RX_TOP/agent" <<-'P'
		import json, sys, glob, jsonschema
		top = sys.argv[1]
		signal = json.load(open(top + "/schemas/signal.json"))
		jsonschema.Draft202012Validator.check_schema(signal)
		good = {"user_id": "u", "signal_type": "click", "timestamp": "2026-01-05T10:00:00Z"}
		jsonschema.validate(good, signal)
		for bad in ({"user_id": "u"}, {"signal_type": "x"}, {**good, "user_id": ""}, {**good, "timestamp": "now"}):
		    try:
		        jsonschema.validate(bad, signal)
		    except jsonschema.ValidationError:
		        continue
		    raise SystemExit(f"{bad} is good")
		jsonschema.validate(json.load(open(top + "/rules/thresholds.json")), json.load(open(top + "/schemas/alert-rules.json")))
	P
}
