# SPDX-License-Identifier: MIT
# rx-alert: the ticket, byte for byte
setup() { load helper; load alert; }

@test "ticket: the golden title, and the members of R-103 first and in order" {
	cpu 3 10x10 92.3x101 >in
	run -0 rx-alert --replay <in
	[ "$(jq -r .title <<<"$output")" = \
		'🔴 CRITICAL: CPU usage at 92.3% for 5.0 minutes on web-server-01' ]
	[ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = 'title description priority status application system_ip alert_type metric_value id timestamp node_id first_breach threshold' ]
}

@test "ticket: every byte of one with context and remediation, and of its resolve" {
	cat >rules.json <<-'X'
	{"rules":[{"name":"mem","metric":"Memory \"usage\"","unit":"%",
	"value":["/m/p","/flat"],"threshold":95,"resolve":92,"duration":0,
	"cooldown":"30m","priority":"high",
	"context":{"Largest":"/m/top/0/name","Load":"/m/load","Absent":"/m/x"},
	"remediation":["Look","Restart \\ it"]}]}
	X
	cat >in <<-'X'
	{"timestamp":"2026-01-05T10:00:00.5Z","node_id":"n\u00e9","hostname":"h","m":{"p":96.25,"load":1.50,"top":[{"name":"a\"\nb"}]}}
	{"timestamp":"2026-01-05T10:10:00Z","node_id":"n\u00e9","flat":1}
	X
	cat >expected <<-'X'
	{"title":"🟠 HIGH: Memory \"usage\" at 96.2% on h","description":"Memory \"usage\" is at 96.2% on h.\n\nThreshold: >= 95.0%\nDuration: 0.0 minutes, required: 0.0 minutes\nHost: h, node né, address 10.9.8.7\n\nMetrics:\n- Memory \"usage\": 96.2%\n- Largest: a\"\nb\n- Load: 1.50\n\nRemediation:\n1. Look\n2. Restart \\ it","priority":"high","status":"open","application":"System Monitor","system_ip":"10.9.8.7","alert_type":"mem","metric_value":96.25,"id":"ID","timestamp":"2026-01-05T10:00:00.5Z","node_id":"né","first_breach":"2026-01-05T10:00:00.500Z","threshold":95}
	{"title":"✅ RESOLVED: Memory \"usage\" at 1.0% on né after 10.0 minutes","description":"Memory \"usage\" is back at 1.0% on né.\n\nThreshold: >= 95.0%\nDuration: 10.0 minutes, required: 0.0 minutes\nHost: né, address 10.9.8.7\n\nMetrics:\n- Memory \"usage\": 1.0%","priority":"high","status":"resolved","application":"System Monitor","system_ip":"10.9.8.7","alert_type":"mem","metric_value":1,"id":"ID.resolved","timestamp":"2026-01-05T10:10:00Z","node_id":"né","first_breach":"2026-01-05T10:00:00.500Z","threshold":95}
	X
	run -0 rx-alert --replay -f rules.json --ip 10.9.8.7 <in
	id=$(printf 'n\303\251\0mem\0\0001767607200500000000' | sha256sum | cut -c1-32)
	sed "s/\"ID/\"$id/" expected | diff - <(printf '%s\n' "$output")
}

@test "ticket: a replay gives the same bytes each time, whoever runs it" {
	cpu 3 92x500 10x10 76x300 >in
	rx-alert --replay <in >one
	RX_NODE_ID=web-1 rx-alert --replay <in >two
	[ -s one ]
	cmp one two
}

@test "ticket: of a live sample of this host it names the host and its address" {
	cpu 3 92x110 | jq -c 'del(.hostname, .system_ip) | .node_id = "test-node"' >in
	rx-alert <in >out
	[[ $(jq -r .title out) == *" on $(uname -n)" ]]
	[ "$(jq -r .system_ip out)" != null ]
	rx-alert --replay <in >out
	[[ $(jq -r .title out) == *" on test-node" ]]
	[ "$(jq -r .system_ip out)" = null ]
}
