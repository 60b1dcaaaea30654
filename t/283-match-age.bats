# SPDX-License-Identifier: MIT
# rx-match --max-age, --max-future, --old: records of the wrong time
setup() { load helper; }

# at SECONDS...: a record for each, of that many seconds from now
at() {
	for ago; do
		printf '{"timestamp":"%s","n":%s}\n' "$(date -u -d "$ago seconds" +%Y-%m-%dT%H:%M:%SZ)" "$ago"
	done
}
values() { jq -c .n | paste -sd' '; }

@test "age: off by default: a record of 1971 and one of 2200 pass as they are" {
	printf '%s\n' '{"timestamp":"1971-01-01T00:00:00Z"}' '{"timestamp":"2200-01-01T00:00:00Z"}' >in
	run -0 rx-match --redact card <in
	[ "$output" = "$(cat in)" ]
}

@test "age: what is older is dropped and counted, what has no time passes and is counted" {
	at -10 -4000 -3500 -7200 >in
	printf '%s\n' '{"n":"none"}' '{"timestamp":7,"n":"number"}' '{"timestamp":"yesterday","n":"word"}' >>in
	run -0 --separate-stderr rx-match --max-age 1h <in
	[ "$(values <<<"$output")" = '-10 -3500 "none" "number" "word"' ]
	[[ $stderr == *'2 records too old: dropped'* ]]
	[[ $stderr == *'3 records without a time: kept'* ]]
}

@test "age: --verbose shows the age and the limit of each that is skipped" {
	at -7200 -1 -9000 >in
	run -0 --separate-stderr rx-match --max-age 90m --verbose <in
	[ "$(grep -c 'max_age_hours 1.500: drop' <<<"$stderr")" -eq 2 ]
	grep -q 'stdin: log_age_hours 2.00[0-9], max' <<<"$stderr"
	grep -q 'log_age_hours 2.50[0-9], max' <<<"$stderr"
	run -0 --separate-stderr rx-match --max-age 90m <in
	! grep -q hours <<<"$stderr" || false
}

@test "age: --explain says the age, the limit and what was done, of each that is past a limit" {
	at -7200 -1 3600 >in
	for old in drop keep clamp; do
		run -0 rx-match -q --max-age 90m --max-future 30m --old "$old" --explain <in
		[ "$(jq -c '[.kept, .out.step, .out.why]' <<<"${lines[0]}")" = \
			"$([ "$old" = drop ] && echo '[false,"max-age","timestamp_too_old"]' || echo '[true,null,null]')" ]
		jq -e '.age.log_age_hours | . >= 2 and . < 2.1' <<<"${lines[0]}"
		jq -e --arg old "$old" '.age.max_age_hours == 1.5 and .age.then == $old' <<<"${lines[0]}"
		jq -e '.kept and .age == null and .out == null' <<<"${lines[1]}"
		jq -e '.kept and .age.log_age_hours <= -0.9 and .age.max_future_hours == 0.5 and .age.then == "clamp"' <<<"${lines[2]}"
	done
}

@test "age: keep passes them untouched" {
	at -10 -4000 >in
	run -0 --separate-stderr rx-match --max-age 1h --old keep <in
	[ "$output" = "$(cat in)" ]
	[[ $stderr == *'1 records too old: kept'* ]]
}

@test "age: clamp sets the oldest time that is accepted and keeps the one it was" {
	at -10 -4000 >in
	echo '{"timestamp":"2026-01-05T10:00:00+02:00","timestamp_original":"first","n":3}' >>in
	run -0 --separate-stderr rx-match --max-age 1h --old clamp <in
	[[ $stderr == *'2 records too old: clamped'* ]]
	python3 - in <<-E
	import json, datetime as d
	was = [json.loads(l) for l in open("in")]
	got = [json.loads(l) for l in '''$output'''.splitlines()]
	now = d.datetime.now(d.timezone.utc)
	assert got[0] == was[0]
	for g in got[1:]:
	    t = d.datetime.fromisoformat(g["timestamp"].replace("Z", "+00:00"))
	    assert d.timedelta(seconds=3590) < now - t <= d.timedelta(seconds=3605), g
	assert got[1]["timestamp_original"] == was[1]["timestamp"]
	assert got[2]["timestamp_original"] == "first"
	E
}

@test "age: a time of the future is set to now and --max-future, whatever --old says" {
	at 60 900 >in
	for old in '' '--max-age 1h --old drop' '--max-age 1h --old keep'; do
		run -0 --separate-stderr rx-match --max-future 5m $old <in
		[[ $stderr == *'1 records of the future: clamped'* ]]
		[ "$(head -n1 <<<"$output")" = "$(head -n1 in)" ]
		python3 - <<-E
		import json, datetime as d
		g = json.loads('''$output'''.splitlines()[1])
		t = d.datetime.fromisoformat(g["timestamp"].replace("Z", "+00:00"))
		ahead = t - d.datetime.now(d.timezone.utc)
		assert d.timedelta(seconds=290) < ahead <= d.timedelta(seconds=300), ahead
		assert g["timestamp_original"] == json.loads(open("in").readlines()[1])["timestamp"]
		E
	done
}

@test "age: a mark passes when its records are dropped; lines of text have the time they state" {
	begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
	{ echo "$begin"; at -7200; } >in
	run -0 rx-match -q --max-age 1h <in
	[ "$output" = "$begin" ]
	{ echo '2020-01-01T00:00:00Z old'; echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) new"; } >a.log
	run -0 rx-match -q --max-age 1h --format raw a.log
	[[ $output == *' new' ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "age: options that make no sense are refused" {
	run -64 rx-match --old drop </dev/null
	[[ $output == *'--old needs --max-age'* ]]
	run -64 rx-match --max-age 1h --old skip </dev/null
	run -64 rx-match --max-age soon </dev/null
	run -64 rx-match --max-future -1s </dev/null
}
