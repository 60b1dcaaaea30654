# SPDX-License-Identifier: MIT
# rx-metrics and rx-alert: what they write is what the schemas say
setup() {
	load helper
	load alert
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3 jsonschema here"
}

# valid SCHEMA FILE: every line of FILE; the schema itself is checked too.
valid() {
	python3 - "$RX_TOP/agent/schemas/$1.json" "$2" <<-'X'
	import json, sys, jsonschema
	schema = json.load(open(sys.argv[1]))
	cls = jsonschema.validators.validator_for(schema)
	cls.check_schema(schema)
	text = open(sys.argv[2]).read()
	docs = [json.loads(text)] if text.startswith("{\n") else \
	    [json.loads(line) for line in text.splitlines()]
	assert docs
	for doc in docs:
	    cls(schema).validate(doc)
	    # It says no, too: nothing unknown, nothing missing.
	    assert not cls(schema).is_valid(dict(doc, surprise=[]))
	    assert not cls(schema).is_valid({})
	X
}

@test "schema: samples, nested and flat, of this host and of a broken one" {
	load metrics
	fake_proc proc
	fake_sys sys
	mkdir stats
	rx-metrics --once --proc proc --sys sys --stats stats/metrics.prom >limited
	rx-metrics --once --self stats >>limited
	jq -se '.[0].metrics.cgroup.pids_limit == 100 and .[1].metrics.self.metrics' limited
	valid telemetry limited
	rm proc/meminfo proc/stat proc/net/snmp
	{ rx-metrics --once; rx-metrics --once --top 0; rx-metrics --once --proc proc
		rx-metrics --once --only cpu; } >nested
	{ rx-metrics --once --flat; rx-metrics --once --flat --proc proc; } >flat
	valid telemetry nested
	valid telemetry-flat flat
}

@test "schema: heartbeat, profile, tickets, rules" {
	rx-metrics --once --heartbeat 30s >beat
	valid heartbeat beat
	rx-metrics --info >info
	valid system-info info
	{ cpu 3 92x800 10x10
		echo '{"timestamp":"2026-01-06T00:00:00Z","node_id":"m","metrics":{"disk":{"disk_usage":{"/":{"usage_percent":99}}}}}'
	} | rx-alert --replay >alerts
	[ "$(wc -l <alerts)" -ge 3 ]
	valid alert alerts
	rx-alert --print-rules >rules
	valid alert-rules rules
	valid alert-rules "$RX_TOP/agent/rules/self.json"
	rx-alert --window 5s --print-rules >rules
	valid alert-rules rules
	yes '{"timestamp":"2026-01-06T00:00:00Z","user_id":"u","signal_type":7,"node_id":"n"}' |
		head -n 200 | rx-alert --replay --window 5s >anomalies
	[ "$(wc -l <anomalies)" -eq 2 ]
	valid anomaly anomalies
}
