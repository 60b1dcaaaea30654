# SPDX-License-Identifier: MIT
# rx-alert: the rules that come with it, presets, and rules that are wrong
setup() { load helper; load alert; }

builtin_rule() { rx-alert --print-rules | jq -c --arg n "$1" '.rules[]|select(.name==$n)'; }

@test "alert: the eight default rules are those of the requirements" {
	rx-alert --print-rules >rules
	cmp rules "$RX_TOP/agent/rules/alerts.json"
	jq -c '.rules[] | [.name, .operator, .threshold // .threshold_multiplier,
	    .duration, .cooldown, .priority]' rules >got
	cat >expected <<-'X'
	["cpu_critical",">=",90,"5m","30m","critical"]
	["cpu_high",">=",75,"10m","60m","high"]
	["memory_critical",">=",95,"5m","30m","critical"]
	["memory_high",">=",85,"10m","60m","high"]
	["disk_critical",">=",90,0,"2h","critical"]
	["disk_high",">=",80,0,"4h","high"]
	["network_spike",">",5,"1m","30m","medium"]
	["high_processes",">=",500,"5m","60m","medium"]
	X
	diff expected got
}

@test "alert: every default rule fires on the nested and on the flat form" {
	python3 - <<-'X'
	import json, datetime
	t0 = datetime.datetime(2026, 1, 5)
	def stamp(i):
	    return (t0 + datetime.timedelta(seconds=30 * i)).isoformat() + "Z"
	with open("nested", "w") as n, open("flat", "w") as f:
	    for i in range(200):
	        hot = i >= 60
	        cpu, mem = (95 if i > 130 else 80, 96 if i > 130 else 86) if hot else (5, 5)
	        disk, procs = (91 if i > 130 else 81, 600) if hot else (5, 5)
	        net = 50.5 if hot else 1
	        json.dump({"timestamp": stamp(i), "node_id": "n", "metrics": {
	            "cpu": {"cpu_usage_percent": cpu},
	            "memory": {"memory_usage_percent": mem},
	            "disk": {"disk_usage": {"/": {"usage_percent": disk}}},
	            "network": {"bytes_sent_mb_per_sec": net, "bytes_recv_mb_per_sec": net},
	            "processes": {"process_count": procs}}}, n)
	        json.dump({"timestamp": stamp(i), "node_id": "n", "cpu_percent": cpu,
	            "memory_percent": mem, "disk_percent": disk, "process_count": procs,
	            "network_rx_rate_mbps": net, "network_tx_rate_mbps": net}, f)
	        n.write("\n"); f.write("\n")
	X
	for form in nested flat; do
		rx-alert --replay <"$form" | jq -r .alert_type | sort -u >"$form.types"
		rx-alert --print-rules | jq -r '.rules[].name' | sort |
			diff - "$form.types"
	done
}

@test "alert: presets set what they name, and only that" {
	cpu 3 85x100 >in
	run -0 rx-alert --replay --preset production <in
	[ "$(jq -r .alert_type <<<"$output")" = cpu_critical ]
	[ "$(jq -r '(.timestamp|fromdate) - 1767607200' <<<"$output")" = 180 ]
	run -0 rx-alert --replay <in
	[ -z "$output" ]
	cpu 3 94x300 >in
	run -0 rx-alert --replay --preset development <in
	[ "$(jq -r .alert_type <<<"$output")" = cpu_high ]
	run -0 rx-alert --preset high-traffic --check
	run -78 rx-alert --preset none --check
}

@test "alert: a wrong rule is refused with file, line, column and reason" {
	bad() { # EXPECTED, the file on stdin
		cat >new && mv new rules.json
		run -78 --separate-stderr rx-alert --check -f rules.json
		[[ $stderr == *"$1"* ]] || { echo "$stderr"; false; }
	}
	bad 'rules.json:2:12: "treshold" is no member here' <<<'{"rules":[{"name":"a",
"treshold":1}]}'
	bad 'rules.json:1:11: "metric" is missing' <<<'{"rules":[{"name":"a"}]}'
	bad 'rules.json:1:' <<<'{"rules":[],"rules":[]}'
	bad 'one of "rules" and "windows" is needed' <<<'{}'
	bad 'must be an object' <<<'[]'
	bad 'rules.json:2:1: unexpected token near end of file' <<<'{"rules":'
	rule '{"duration": "5"}'
	bad '"duration" is not a duration' <rules.json
	rule '{"duration": -1}'
	bad '"duration" must be from 0 to 2592000' <rules.json
	rule '{"cooldown": 0}'
	bad '"cooldown" must be from 1' <rules.json
	rule '{"operator": "=>"}'
	bad '"operator" must be one of >, >=, <, <=, ==, !=' <rules.json
	rule '{"resolve": 11}'
	bad '"resolve" must lie on the calm side' <rules.json
	rule '{"threshold_multiplier": 5}'
	bad 'one of "threshold" and "threshold_multiplier"' <rules.json
	rule '{"value": "v"}'
	bad 'a pointer is text that begins with /' <rules.json
	rule '{"title": "{nope}"}'
	bad '{field}' <rules.json
	rule '{"silenced_by": "r"}'
	bad '"silenced_by" must name a rule above' <rules.json
	jq '.rules += .rules' rules.json | jq 'del(.rules[].silenced_by)' >two
	bad 'there is a rule "r" above' <two
	jq '.rules |= .[:1] | .presets.p = {x: {}}' rules.json >three
	bad 'there is no rule "x"' <three
	rule '{"value": []}'
	bad '1 to 4 alternatives' <rules.json
	rule '{"value": [[]]}'
	bad 'pointers can be added up' <rules.json
	rule '{"value": [["/a", "/b/*"]]}'
	bad 'a pointer with * stands alone' <rules.json
	rule '{"remediation": "restart"}'
	bad '"remediation" is a list of at most' <rules.json
	rule '{"remediation": [1]}'
	bad 'a step is text' <rules.json
	rule '{"context": ["/a"]}'
	bad '"context" is an object of at most' <rules.json
	rule '{"threshold": null, "threshold_multiplier": 5}'
	bad '"threshold" must be a number' <rules.json
	rule '{"baseline": {"window": "1h", "warm_up": "10m", "floor": 1}}'
	bad '"baseline" needs a multiplier' <rules.json
	jq '.presets = []' rules.json | jq 'del(.rules[].baseline)' >four
	bad '"presets" must be an object' <four
	jq '.presets = {p: 1}' four >five
	bad 'a preset is an object of rules' <five
	run -78 rx-alert --check -f nowhere.json
}

@test "alert: operators, units, digits and titles do as they say" {
	rule '{"operator": "<", "duration": 0, "unit": " x", "digits": 3,
	    "title": "{host} {metric} {value}{for} {PRIORITY}"}'
	v 0=10 1=9.5 2=10 | rx-alert --replay -f rules.json >out
	[ "$(events out | tr '\n' ,)" = 'open 1,resolved 2,' ]
	[ "$(jq -r 'select(.status=="open").title' out)" = 'n V 9.500 x HIGH' ]
	rule '{"operator": "!=", "duration": 0}'
	v 0=10 1=9 2=10 | rx-alert --replay -f rules.json >out
	[ "$(events out | tr '\n' ,)" = 'open 1,resolved 2,' ]
}

@test "alert: options that make no sense are refused" {
	run -64 rx-alert file
	run -64 rx-alert --max-keys 0
	run -64 rx-alert --nope
}
