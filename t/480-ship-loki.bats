# SPDX-License-Identifier: MIT
# rx-ship to Loki: streams, what a 400 stores, and no retry storm
setup() { load helper; load ship; load web; }
teardown() { stop_web; }

entries() { curl -sS "http://127.0.0.1:$WEB_PORT/entries"; }

# lines N AGE [STEP]: what rx-spool emits of N records, the first AGE seconds old
lines() {
	python3 - "$1" "$2" "${3:-0.001}" "${4:-1}" <<-'PY'
		import datetime, sys
		n, age, step, first = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
		if first == 1:
		    print('{"_rx":{"k":"open","v":1,"sp":"S","ep":4}}')
		start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
		for i in range(n):
		    at = start + datetime.timedelta(seconds=i * step)
		    print('{"_rx":{"id":"src:%x","tag":%d,"ep":4,"at":0},"timestamp":"%s",'
		          '"node_id":"n1","label":"app%d","log_line":"line %d"}'
		          % (first + i, first + i, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), i % 2, first + i))
	PY
}

@test "loki: lines become entries of streams, in the order of their times" {
	loki
	lines 100 60 >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=100 retry=0 reject=0" ]
	entries >got
	python3 - in got <<-'PY'
		import json, sys
		from datetime import datetime
		got = json.load(open(sys.argv[2]))
		assert len(got) == 100
		want = {}
		for line in open(sys.argv[1]):
		    r = json.loads(line)
		    if "label" not in r: continue
		    at = datetime.strptime(r["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z")
		    want[r["log_line"]] = (r["label"], int(at.timestamp()) * 10**9 + at.microsecond * 1000)
		for labels, ns, line, meta in got:
		    assert labels == {"job": "rx", "host": "n1", "label": want[line][0]}, labels
		    assert int(ns) == want[line][1] and meta == {}, (ns, want[line])
	PY
	[ "$(jq -r '.path + " " + .headers["content-type"]' web.log | sort -u)" = \
		"/loki/api/v1/push application/json" ]
}

@test "loki: a record without log_line or time is its own line, now" {
	loki
	echo '{"a":"é \"q\"","b":[1]}' | rx-ship --label job=x "$(loki_url)"
	[ "$(entries | jq -r '.[0][2]')" = '{"a":"é \"q\"","b":[1]}' ]
	entries | jq -e '(.[0][1] | tonumber / 1e9) - now | fabs < 60'
}

@test "loki: labels and metadata are what was named, tenant and gzip go with them" {
	loki
	echo '{"log_line":"x","a":"1","b":"2","trace":"t-7"}' |
		rx-ship --gzip --tenant team-a --label job=svc --label 'pair={a}-{b}' \
			--metadata 'trace_id={trace}' "$(loki_url)"
	[ "$(entries | jq -c '.[0] | [.[0], .[3]]')" = \
		'[{"job":"svc","pair":"1-2"},{"trace_id":"t-7"}]' ]
	[ "$(jq -r '.headers | ."x-scope-orgid" + " " + ."content-encoding"' web.log)" = "team-a gzip" ]
}

@test "loki: a label that Loki would refuse does not start" {
	for label in 'a-b=1' '1a=1' 'x' '=y' 'a={'; do
		run -78 rx-ship --label "$label" loki+http://127.0.0.1:1
	done
	run -78 rx-ship --label a=1 --label a=2 loki+http://127.0.0.1:1
}

@test "loki: of a batch with old lines the fresh ones count as stored, the old ones as rejected" {
	loki --max-age 3600
	{ lines 50 7200; lines 50 10 0.001 51; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=50 retry=0 reject=50" ]
	[ "$(jq -r 'select(._rx.st == "reject") | ._rx.why' outcomes | sort -u)" = too_old ]
	[ "$(entries | jq length)" = 50 ]
	[ "$(wc -l <web.log)" -le 3 ]
}

@test "loki: one old line, alone or among others, is rejected, not taken for stored" {
	loki --max-age 3600
	lines 1 7200 | rx-ship "$(loki_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=1" ]
	{ lines 1 7200; lines 5 10 0.001 2; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=1" ]
	[ "$(entries | jq length)" = 5 ]
	lines 1 -7200 | rx-ship "$(loki_url)" >outcomes
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=1" ]
}

@test "X-43: a replay of 100,000 old lines and some fresh costs at most 40 requests, and no line is lost" {
	loki --max-age 3600
	{ lines 100000 90000 0.001; lines 100 10 0.01 100001; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=100 retry=0 reject=100000" ]
	[ "$(entries | jq length)" = 100 ]
	[ "$(wc -l <web.log)" -le 40 ]
}

@test "loki: --old clamp moves old lines above the bound and keeps their own time" {
	loki --max-age 3600
	lines 20 7200 >in
	rx-ship --old clamp "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=0" ]
	entries >got
	[ "$(jq length got)" = 20 ]
	jq -e 'all(.[]; (now - (.[1] | tonumber / 1e9)) < 3600)' got
	[ "$(jq -r '.[][3].original_timestamp' got | sort -u | wc -l)" = 20 ]
	[ "$(wc -l <web.log)" -le 3 ]
}

@test "loki: --old drop settles old lines as done, and counts them" {
	loki --max-age 3600
	lines 20 7200 >in
	rx-ship --old drop --stats stats "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=0" ]
	[ "$(entries | jq length)" = 0 ]
	grep -qx 'rx_ship_dropped_total{reason="too_old"} 20' stats
}

@test "loki: lines from the future are rejected, the others are stored" {
	loki
	{ lines 5 60; lines 5 -7200 0.001 6; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=5" ]
	[ "$(jq -r 'select(._rx.st == "reject") | ._rx.why' outcomes | sort -u)" = too_new ]
}

@test "loki: --future clamp moves what is ahead down to --max-future, keeps its own time, and counts it" {
	loki --max-future 600
	{ lines 5 60; lines 5 -7200 0.001 6; lines 2 -120 0.001 11; } >in
	rx-ship --future clamp --stats stats "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=12 retry=0 reject=0" ]
	entries >got
	jq -e 'map(select(.[3].original_timestamp)) | length == 5 and
		all(.[]; (.[1] | tonumber / 1e9) - now | . > 200 and . <= 300)' got
	[ "$(jq -r '.[][3].original_timestamp // empty' got | sort -u | wc -l)" = 5 ]
	grep -qx 'rx_ship_clamped_total{reason="too_new"} 5' stats
	[ "$(wc -l <web.log)" = 1 ]
}

@test "loki: what is too new even when clamped is rejected, with --future drop it is dropped and counted" {
	loki --max-future 60
	{ lines 5 60; lines 5 -7200 0.001 6; } >in
	rx-ship --future clamp "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=5" ]
	rx-ship --future clamp --max-future 30s "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=10 retry=0 reject=0" ]
	rx-ship --future drop --stats stats "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=10 retry=0 reject=0" ]
	grep -qx 'rx_ship_dropped_total{reason="too_new"} 5' stats
	[ "$(wc -l <web.log)" -le 5 ]
}

@test "loki: old and future lines in one batch are told apart" {
	loki --max-age 3600
	{ lines 7 7200; lines 5 60 0.001 8; lines 3 -7200 0.001 13; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=10" ]
	[ "$(jq -r 'select(._rx.why == "too_old") | ._rx.tag' outcomes | sort -n | paste -sd' ')" = "1 2 3 4 5 6 7" ]
	[ "$(jq -r 'select(._rx.why == "too_new") | ._rx.tag' outcomes | sort -n | paste -sd' ')" = "13 14 15" ]
}

@test "loki: lines too far behind their stream are rejected, those of others stored" {
	loki --behind 100
	lines 4 10 | rx-ship "$(loki_url)" >outcomes
	{ lines 4 500; lines 4 5 0.001 5; } >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=4 retry=0 reject=4" ]
	[ "$(entries | jq length)" = 8 ]
	[ "$(wc -l <web.log)" -le 20 ]
}

@test "loki: a line that is too long is found and rejected alone" {
	loki
	{ lines 20 60; } >in
	python3 - >>in <<-'PY'
		import datetime, json
		now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
		print(json.dumps({"_rx": {"id": "src:15", "tag": 21, "ep": 4, "at": 0},
		                  "timestamp": now, "label": "app0", "log_line": "x" * 300000}))
	PY
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=20 retry=0 reject=1" ]
	jq -s -e 'any(.[]._rx; .st == "reject" and .tag == 21 and (.why | contains("Max entry size")))' outcomes
	[ "$(entries | jq length)" = 20 ]
}

@test "loki: a request that is too large as a whole goes in halves" {
	loki --max-body 20000
	lines 1000 60 >in
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=1000 retry=0 reject=0" ]
	[ "$(entries | jq length)" = 1000 ]
}

@test "loki: 429, 500 and lost answers are tried again as they were; stored once" {
	printf '%s\n' '429 | Ingestion rate limit exceeded for user fake' '500 | lost ring' close 503 >loki.answers
	loki
	lines 30 60 >in
	rx-ship --backoff 10ms "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=30 retry=0 reject=0" ]
	[ "$(entries | jq length)" = 30 ]
}

@test "loki: a batch beyond the operator's burst goes in pieces, one beyond it alone is not for ever" {
	loki --burst 3000
	{ lines 30 60; lines 1 60 0.001 31 | sed 's/"line 31"/"'"$(printf 'x%.0s' {1..4000})"'"/'
		lines 30 60 0.001 32; } >in
	rx-ship --backoff 10ms "$(loki_url)" <in >outcomes
	[ "$(accounts outcomes)" = "ok=60 retry=1 reject=0" ]
	jq -s -e 'any(.[]._rx; .st == "retry" and (.why | startswith("rate_limited: status 429, Ingestion")))' outcomes
	[ "$(entries | jq length)" = 60 ]
	[ "$(wc -l <web.log)" -le 80 ]
}

@test "loki: the same record makes the same entry after a crash" {
	loki
	lines 50 60 >in
	rx-ship "$(loki_url)" <in >outcomes
	rx-ship "$(loki_url)" <in >outcomes
	[ "$(entries | jq length)" = 50 ]
}

@test "loki: labels cannot make more than a thousand streams" {
	loki
	python3 - >in <<-'PY'
		for i in range(3000):
		    print('{"label":"l%d","log_line":"x"}' % i)
	PY
	rx-ship --label 'label={label}' --label job=a "$(loki_url)" <in 2>err
	[ "$(entries | jq 'map(.[0]) | unique | length')" -le 1000 ]
	entries | jq -e 'any(.[]; .[0] == {"label": "other", "job": "a"})'
	grep -q 'more than .* streams' err
}

@test "loki: hostile label values and lines come out as they went in" {
	loki
	python3 - >in <<-'PY'
		import json
		for text in ['" } , {', "has timestamp too old: 1970-01-01T00:00:00Z", "\\", "\n\t\x01", "é😀\ud800"]:
		    print(json.dumps({"label": text, "log_line": text}))
	PY
	rx-ship --label 'label={label}' "$(loki_url)" <in
	entries >got
	[ "$(jq length got)" = 5 ]
	jq -e 'any(.[]; .[2] == "\" } , {") and any(.[]; .[2] == "\n\t\u0001")' got
	jq -e 'any(.[]; .[0].label == "\" } , {")' got
}

@test "loki: absurd times in an answer, and an empty first label, harm nothing" {
	for bound in 2262-04-11T23:47:16Z 1678-01-01T00:00:00Z 0001-01-01T00:00:00Z; do
		printf '%s\n%s\n' "400 entry for stream '{a=\"b\"}' has timestamp too old: $bound, oldest acceptable timestamp is: $bound" 204 >loki.answers
		loki
		echo '{"a":"","log_line":"x","timestamp":"2026-01-05T10:00:00Z"}' >in
		run rx-ship --old clamp --label 'x={a}' "$(loki_url)" <in
		[ "$status" = 0 ] || [ "$status" = 1 ]
		stop_web
	done
}

@test "X-44: a stream over its own limit (429) waits, the other streams of its requests do not" {
	loki --stream-rate 120
	{ lines 40 60 | sed 's/"label":"app."/"label":"hot"/'
		lines 10 50 0.001 41 | sed 's/"label":"app."/"label":"calm"/'; } >in
	rx-ship --backoff 100ms..300ms "$(loki_url)" <in >outcomes 2>err 3>&- &
	local pid=$!
	stored() { entries | jq -e --arg l "$1" --argjson n "$2" 'map(select(.[0].label == $l)) | length >= $n'; }
	soon stored calm 10
	RX_PATIENCE=60 soon gone $pid
	wait $pid
	entries >got
	# What was refused while others were taken is retry: the spool has it again, later.
	python3 - <<-'PY'
		import json
		said = {}
		for line in open("outcomes"):
		    out = json.loads(line)["_rx"]
		    assert out["st"] in ("ok", "retry"), out
		    if out["st"] == "retry":
		        assert out["why"].startswith("rate_limited: status 429, entry with timestamp"), out
		    for tag in range(out["tag"], out.get("to", out["tag"]) + 1):
		        assert tag not in said
		        said[tag] = out["st"]
		assert sorted(said) == list(range(1, 51)), said
		assert all(said[tag] == "ok" for tag in range(41, 51)), said
		stored = {entry[2] for entry in json.load(open("got"))}
		assert all("line %d" % tag in stored for tag in said if said[tag] == "ok")
		requests = [json.loads(line) for line in open("web.log")]
		assert requests[0]["status"] == 429, requests[0]
		# A second is waited for, not hammered at.
		assert len(requests) <= 60, len(requests)
	PY
}
