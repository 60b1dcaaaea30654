# SPDX-License-Identifier: MIT
# rx-serve: the telemetry stream on its own port
setup() { load helper; load serve; need python3; }

@test "telemetry: / and /telemetry of its port are the stream, records as they came (R-112, R-60)" {
	printf '%s\n' '{"_rx":{"p":1},"timestamp":"2026-01-05T10:00:00Z","metrics":{"cpu":{"cpu_usage_percent":1.50}}}' \
		'no record' '{"a":[1, 2]}' >records
	serving --telemetry 'cat records; sleep 600'
	for path in / /telemetry /v1/telemetry; do
		wsc "$telemetry" "$path" --count 2 >got
		diff got - <<-'X'
		{"timestamp":"2026-01-05T10:00:00Z","metrics":{"cpu":{"cpu_usage_percent":1.50}}}
		{"a":[1, 2]}
		X
	done
	wsc "$http" /telemetry --count 2 >got
	[ "$(wc -l <got)" = 2 ]
	run -1 wsc "$telemetry" /livelogs
	[ "$output" = 404 ]
	run -1 wsc "$ws" /telemetry
	[ "$output" = 404 ]
	grep -q 'telemetry: a line cannot be shown' err
}

@test "telemetry: rx-metrics reaches a client with a token and no path (R-216, R-91)" {
	(umask 077 && printf '{"tokens":[{"name":"backend","sha256":"%s","scopes":["read"]}]}\n' \
		"$(printf secret-of-backend | sha256sum | cut -d ' ' -f 1)" >tokens.json)
	serving --auth tokens.json --telemetry 'rx-metrics -i 1s'
	wsc "$telemetry" / --count 2 --header 'Authorization: Bearer secret-of-backend' >got
	jq -se 'length == 2 and all(.node_id == "test-node" and .metrics.cpu.cpu_usage_percent >= 0)' got
	run -1 wsc "$telemetry" / --header 'Authorization: Bearer other'
	[ "$output" = 401 ]
}

@test "telemetry: its port is open only with --telemetry" {
	need ss
	serving
	[ -z "$telemetry" ]
	[ "$(ss -Hltnp | grep -c "pid=$server,")" = 2 ]
	run -78 rx-serve --telemetry true --telemetry-ws-port 8755
	[[ $output == *"--ws-port and --telemetry-ws-port are both 8755"* ]]
}
