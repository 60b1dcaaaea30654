# SPDX-License-Identifier: MIT
# rx-alert: breach, duration, cooldown, ticket, resolve   (not tested: the last
# bits of the baseline's arithmetic)
setup() { load helper; load alert; }

fired() { rx-alert --replay -f rules.json >out && events out | tr '\n' ,; }

@test "alert: the duration is met at its last second, not before, and a dip restarts it" {
	rule
	[ "$(v 0=10 10=10 20=10 29=10 | fired)" = '' ]
	[ "$(v 0=10 10=10 20=10 30=10 | fired)" = 'open 30,' ]
	[ "$(v 0=10 10=10 20=9.99 30=10 40=10 50=10 59=10 | fired)" = '' ]
	[ "$(v 0=10 10=10 20=9.99 30=10 40=10 50=10 60=10 | fired)" = 'open 60,' ]
}

@test "alert: > excludes its threshold, >= includes it" {
	rule '{"duration": 0}'
	[ "$(v 0=10 | fired)" = 'open 0,' ]
	rule '{"duration": 0, "operator": ">"}'
	[ "$(v 0=10 | fired)" = '' ]
	[ "$(v 0=10.0001 | fired)" = 'open 0,' ]
}

@test "alert: within the cooldown there is no second ticket, at its end there is one" {
	rule '{"duration": 0}'
	[ "$(v 0=10 100=0 200=10 299=10 | fired)" = 'open 0,resolved 100,' ]
	[ "$(v 0=10 100=0 200=10 300=10 | fired)" = 'open 0,resolved 100,open 300,' ]
}

@test "alert: a breach that lasts is told again after each cooldown, under the same id" {
	rule '{"duration": 0, "cooldown": 60}'
	[ "$(v 0=10 30=10 60=10 90=10 120=10 150=0 | fired)" = \
		'open 0,open 60,open 120,resolved 150,' ]
	[ "$(jq -r .id out | cut -d. -f1 | sort -u | wc -l)" = 1 ]
	[ "$(jq -r .id out | cut -d. -f2 | tail -n 3 | tr '\n' ,)" = '2,3,resolved,' ]
}

@test "alert: it resolves below the resolve threshold, once" {
	rule '{"duration": 0, "resolve": 5}'
	[ "$(v 0=10 10=7 20=5 30=4.9 40=4 50=7 | fired)" = 'open 0,resolved 30,' ]
}

@test "alert: critical silences high, and high speaks when critical is over" {
	cpu 3 92x250 80x100 >in
	run -0 rx-alert --replay <in
	[ "$(jq -r '"\(.alert_type) \(.status)"' <<<"$output" | tr '\n' ,)" = \
		'cpu_critical open,cpu_critical resolved,cpu_high open,' ]
}

@test "alert: each mount has its own timers and its ticket carries it" {
	cat >in <<-'X'
	{"timestamp":"2026-01-05T10:00:00Z","node_id":"n","metrics":{"disk":{"disk_usage":{"/":{"usage_percent":95},"/var":{"usage_percent":10},"/a b\u0022":{"usage_percent":85},"/gone":{"stale":true}}}}}
	{"timestamp":"2026-01-05T10:00:03Z","node_id":"n","metrics":{"disk":{"disk_usage":{"/":{"usage_percent":95},"/var":{"usage_percent":91},"/a b\u0022":{"usage_percent":85}}}}}
	X
	run -0 rx-alert --replay <in
	jq -r '"\(.alert_type) \(.subject) \(.timestamp[17:19])"' <<<"$output" >got
	cat >expected <<-'X'
	disk_critical / 00
	disk_high /a b" 00
	disk_critical /var 03
	X
	diff expected got
	[ "$(jq -r .id <<<"$output" | sort -u | wc -l)" = 3 ]
	[[ $(head -n 1 <<<"$output" | jq -r .title) == *'Disk usage of / at 95.0% on n' ]]
}

# disks AT=OBJECT...: records with these mounts at these seconds.
disks() {
	jq -nc '$ARGS.positional[] | split("=") |
	    {timestamp: (1767607200 + (.[0] | tonumber) | todate), node_id: "n",
	     metrics: (.[1] | if . == "" then {cpu: {}} else
		{disk: {disk_usage: fromjson}} end)}' --args -- "$@"
}

@test "alert: a mount that is gone is resolved with a reason; one that is stale, or not told of, is not" {
	full='{"/":{"usage_percent":10},"/mnt":{"usage_percent":95}}'
	less='{"/":{"usage_percent":10}}'
	stale='{"/":{"usage_percent":10},"/mnt":{"stale":true}}'
	disks 0="$full" 3="$less" 6="$less" 9="$less" 12="$less" 15="$less" 18="$less" 21="$full" >in
	run -0 rx-alert --replay <in
	jq -r '"\(.alert_type) \(.status) \(.timestamp[17:19]) \(.metric_value) \(.reason)"' <<<"$output" >got
	[ "$(cat got)" = 'disk_critical open 00 95 null
disk_critical resolved 15 null gone' ]
	[[ $(tail -n 1 <<<"$output" | jq -r .title) == *'Disk usage of /mnt, which is gone, on n after'* ]]
	# Its cooldown of two hours holds, also when it comes back: no ticket at 21.
	disks 0="$full" 3="$stale" 6="$stale" 9="$stale" 12="$stale" 15="$stale" 18="$stale" >in
	[ "$(rx-alert --replay <in | jq -r .status)" = open ]
	disks 0="$full" 3= 6= 9= 12= 15= 18= 21= 24="$full" >in
	[ "$(rx-alert --replay <in | jq -r .status)" = open ]
	# After a restart too, of whatever there was before.
	disks 0="$full" | rx-alert --replay --state s >/dev/null
	disks 3="$less" 6="$less" 9="$less" 12="$less" 15="$less" 18="$less" |
		rx-alert --replay --state s >out
	[ "$(jq -r '"\(.status) \(.reason) \(.id | split(".")[1])"' out)" = 'resolved gone resolved' ]
}

@test "alert: hosts in one stream do not share timers" {
	rule '{"duration": 10}'
	{ v 0=10 5=10; v 10=10 | sed 's/"n"/"other"/'; v 10=10; } | fired
	[ "$(jq -r .node_id out)" = n ]
}

@test "alert: the baseline warms up before it is judged, and a spike does not become it" {
	rule '{"duration": 10, "cooldown": 3600, "operator": ">"}'
	jq '.rules[0] |= (del(.threshold) + {threshold_multiplier: 5,
	    baseline: {window: 600, warm_up: 60, floor: 1}})' rules.json >r &&
		mv r rules.json
	samples() { local i; for ((i = $1; i <= $2; i += 5)); do printf '%s=%s ' "$i" "$3"; done; }
	# shellcheck disable=SC2046
	[ "$(v $(samples 0 50 2) $(samples 55 70 100) | fired)" = '' ]
	# shellcheck disable=SC2046
	[ "$(v $(samples 0 100 2) $(samples 105 300 11) | fired)" = 'open 115,' ]
	jq -e '.threshold == 10' out
	# shellcheck disable=SC2046
	[ "$(v $(samples 0 100 2) $(samples 105 300 10) | fired)" = '' ]
	# shellcheck disable=SC2046
	[ "$(v $(samples 0 100 0) $(samples 105 300 5) | fired)" = '' ]
	# shellcheck disable=SC2046
	[ "$(v $(samples 0 100 0) $(samples 105 300 5.1) | fired)" = 'open 115,' ]
}

@test "alert: 4,000 random scripts fire exactly as a plain model does" {
	python3 "$RX_TOP/t/alert-model.py" make 4000 7 rules.json >in
	rx-alert --replay -f rules.json --max-keys 200 <in |
		jq -r '"\(.node_id) \(.alert_type) \(.status) \(.timestamp) \(.first_breach)"' >got
	python3 "$RX_TOP/t/alert-model.py" judge rules.json <in >expected
	[ "$(wc -l <expected)" -gt 2000 ]
	diff expected got
}

@test "alert: never two tickets in a cooldown, none before its duration, a resolve after each" {
	rule '{"threshold": 80, "resolve": 70, "duration": 30, "cooldown": 120}'
	jq '.rules += [.rules[0] | .name = "high" | .threshold = 60 | .resolve = 50
	    | .duration = 0 | .cooldown = 60 | .silenced_by = "r"]' rules.json >new.json
	python3 "$RX_TOP/t/alert-properties.py" make 9 >in
	rx-alert --replay -f new.json --max-keys 1000 <in >out
	python3 "$RX_TOP/t/alert-properties.py" check new.json in out
	# The check can fail: half the cooldown, a shorter duration, no resolve.
	jq '.rules[].cooldown *= 2' new.json >wrong.json
	run -1 python3 "$RX_TOP/t/alert-properties.py" check wrong.json in out
	jq '.rules[].duration += 30' new.json >wrong.json
	run -1 python3 "$RX_TOP/t/alert-properties.py" check wrong.json in out
	grep -v '"resolved"' out >unresolved
	run -1 python3 "$RX_TOP/t/alert-properties.py" check new.json in unresolved
}
