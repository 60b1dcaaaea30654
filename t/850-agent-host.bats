# SPDX-License-Identifier: MIT
# rx-agent run with the pipelines of a host: each tool reads its own section
# (not tested here: RabbitMQ and a backend that keeps what it is sent, t/820; systemd, t/870)

setup() {
	load helper
	load web
	agent="$RX_TOP/agent/rx-agent"
	mkdir etc logs
	: >logs/syslog
	export RX_STATE="$PWD/state" RX_PIPELINES="$PWD/etc"
	unset pid WEB
}
teardown() {
	stop_web
	[ -z "${pid:-}" ] || {
		kill -TERM "$pid" 2>/dev/null || :
		RX_PATIENCE=20 soon unlocked
	}
}
unlocked() { flock -n state/agent.lock true; }

# shipped NAME [FILTER]: a pipeline as it comes with rx, edited by jq.
shipped() {
	jq "${2:-.}" "$RX_TOP/agent/pipelines/host/$1.json" >"etc/$1.json"
}
# secret NAME TEXT
secret() { (umask 077 && printf '%s\n' "$2" >"etc/$1"); }

host() {
	web 200
	shipped error ".[\"rx-tail\"][\"log-file\"] = [\"$PWD/logs/syslog\"]"
	shipped telemetry '.["rx-metrics"].interval = "1s"'
	# What is always so is a breach, at once.
	cat >rules.json <<-'R'
		{"rules": [{"name": "is_up", "metric": "Processes", "operator": ">=", "threshold": 1,
		  "value": "/metrics/processes/process_count", "duration": 0, "cooldown": "1h",
		  "priority": "high", "remediation": ["none"]}]}
	R
	shipped alert ".[\"rx-metrics\"].interval = \"1s\" | .[\"rx-alert\"].rules = \"$PWD/rules.json\""
	shipped heartbeat '.["rx-metrics"].heartbeat = "1s"'
	secret error.url "file:$PWD/errors.ndjson"
	for name in telemetry alert heartbeat; do
		secret "$name.url" "$(web_url /api)"
		secret "$name.token" 'Bearer sesame-token'
	done
}
start() {
	setsid "$agent" run "$@" 2>>err 3>&- &
	pid=$!
}
posted() { jq -e -s --arg p "$1" 'any(.[]; .path == $p)' web.log >/dev/null; }
probe() {
	echo "Jan  5 10:00:00 web app[1]: error: $1" >>logs/syslog
	grep -qs "error: $1" errors.ndjson
}

@test "host: logs, telemetry, alerts and heartbeats each reach their endpoint, with the token" {
	host
	start
	RX_PATIENCE=30 soon probe first
	for path in telemetry/snapshot alerts/create heartbeat; do
		RX_PATIENCE=30 soon posted "/api/$path"
	done
	jq -r '.headers | to_entries[] | select(.key | ascii_downcase == "authorization") | .value' web.log | sort -u >auth
	[ "$(cat auth)" = "Bearer sesame-token" ]
	run -0 ps -eo args
	[[ $output != *sesame* ]]
	run ! grep -q sesame err
	jq -r 'select(.path == "/api/heartbeat") | .body | fromjson | .status' web.log | grep -qx online
	run -0 jq -e -s 'map(select(.path == "/api/alerts/create") | .body | fromjson)[0] | .status == "open" and .application == "System Monitor"' web.log
	kill "$pid"
	wait "$pid"
	pid=
	run -0 "$agent" status --ledger
	[ "$(grep -c '^lane ' <<<"$output")" = 3 ]
}

@test "host: while the backend answers 503 the telemetry is kept, then all of it comes" {
	host
	start telemetry
	RX_PATIENCE=30 soon posted /api/telemetry/snapshot
	echo 503 >web.answers
	held() { rx-spool stat --json state/telemetry.db telemetry | jq -e '.lanes[0].pending >= 3' >/dev/null; }
	RX_PATIENCE=30 soon held
	last=$(rx-spool stat --json state/telemetry.db telemetry | jq '.lanes[0].stored')
	echo 200 >web.answers
	acked() { rx-spool stat --json state/telemetry.db telemetry | jq -e ".lanes[0].acked >= $last" >/dev/null; }
	RX_PATIENCE=90 soon acked
}

@test "host: a pipeline that cannot start stands alone: the others go on (R-63)" {
	host
	echo '{"rules": [}' >rules.json
	start
	RX_PATIENCE=30 soon grep -q 'alert: rx-alert ended with status 78: its pipeline is stopped for good' err
	RX_PATIENCE=30 soon probe alone
	RX_PATIENCE=30 soon posted /api/heartbeat
}

@test "host: check tells all that is wrong, of every file, at once" {
	host
	jq '.["rx-tail"]["max-filse"] = 1' etc/error.json >e && mv e etc/error.json
	jq '.["rx-ship"].preset = "nothing"' etc/heartbeat.json >e && mv e etc/heartbeat.json
	run ! "$agent" check
	[[ $output == *"etc/error.json:"*"rx-tail has no option --max-filse"* ]]
	[[ $output == *"--preset nothing is not known"* ]]
	shipped error
	jq '.["rx-tial"] = {}' etc/error.json >e && mv e etc/error.json
	run -78 "$agent" check
	[[ $output == *'etc/error.json: no tool reads "rx-tial"'* ]]
	jq 'del(.["rx-ship"], .["rx-tial"])' etc/error.json >e && mv e etc/error.json
	run -78 "$agent" check
	[[ $output == *"a pipeline goes from rx-tail or rx-metrics to rx-ship"* ]]
	shipped error 'del(.["rx-spool push"])'
	run -78 "$agent" check
	[[ $output == *"what rx-tail reads goes by rx-spool push to rx-ship"* ]]
	[ ! -e state ]
}

@test "host: of what waits the critical and the failures go first (R-41)" {
	host
	for word in error critical error failure; do
		echo "Jan  5 10:00:00 web app[1]: $word"
	done | rx-match --text --config etc/error.json | rx-spool push -c etc/error.json --unmarked q.db error
	rx-spool emit --once q.db error | jq -r 'select(._rx.tag).severity' >order
	[ "$(paste -sd ' ' order)" = "critical failure error error" ]
	RX_PIPELINES=none run -0 "$agent" -n
	[[ $output == *"rx-spool push"*" --priority severity "*"error.db"* ]]
}

@test "host: what matters is kept on the host too, by a pipeline of its own (R-12)" {
	host
	cp etc/error.json etc/local.json
	secret local.url "file:$PWD/matched.ndjson"
	start error local
	both() { probe both && grep -qs 'error: both' matched.ndjson; }
	RX_PATIENCE=30 soon both
}

@test "host: other files in the directory are no pipelines, and a name has no odd characters" {
	host
	echo '{"spool":{"max_queue_size":10000}}' >etc/agent.json
	run -0 "$agent" -n
	[[ $output != *agent.json* ]]
	cp etc/error.json "etc/a b.json"
	run -78 "$agent" -n
	[[ $output == *"a pipeline cannot be called a b"* ]]
}

@test "pipelines: each tool that takes --config names the sections of a file" {
	shipped error
	jq -r keys_unsorted[] etc/error.json >want
	for tool in "rx-tail -c" "rx-match --config" "rx-metrics -c" "rx-alert -c" "rx-ship -c" "rx-spool push -c" "rx-spool -c"; do
		$tool etc/error.json --sections >got
		diff want got
	done
	run -64 rx-tail --sections
	[[ $output == *"--sections is about a file of --config"* ]]
	run -64 rx-spool ack --sections
	echo '[]' >etc/error.json
	run -78 rx-tail -c etc/error.json --sections
}

@test "pipelines: rx-spool push takes its options from its section" {
	echo '{"rx-spool push":{"unmarked":true,"id":"n"}}' >c.json
	rx-spool push -c c.json q.db <<<'{"n":"seven"}'
	[ "$(rx-spool query q.db | jq -r ._rx.id)" = seven ]
	echo '{"rx-spool push":{"unmarkd":true}}' >c.json
	run -78 rx-spool push -c c.json q.db
	[[ $output == *"c.json:1:"*"rx-spool push has no option --unmarkd"* ]]
}

@test "pipelines: all that come with rx fit their schema, and name options that there are" {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "not installed: python3-jsonschema"
	for file in "$RX_TOP"/agent/pipelines/*/*.json; do
		/usr/bin/python3 - "$RX_TOP/agent/schemas/pipeline.json" "$file" <<-'P'
			import json, sys, jsonschema
			schema, file = (json.load(open(p)) for p in sys.argv[1:])
			jsonschema.Draft202012Validator.check_schema(schema)
			jsonschema.validate(file, schema)
		P
		sed "s|/usr/share/rx|$RX_TOP/agent|" "$file" >"etc/$(basename "$file")"
		(umask 077 && echo http://127.0.0.1:1/ >"etc/$(basename "$file" .json).url")
	done
	jq --arg p "$PWD/logs/syslog" '.["rx-tail"]["log-file"] = [$p]' etc/error.json >e && mv e etc/error.json
	jq --arg p "$PWD" '.["rx-tail"].docker = $p' etc/container.json >e && mv e etc/container.json
	mkdir containers
	echo loki+http://127.0.0.1:1/ >etc/container.url
	echo amqp://127.0.0.1/q >etc/error.url
	run -0 "$agent" check
}
