# SPDX-License-Identifier: MIT
# rx-match --sample, --over, --rate, --by: fewer records, and how many fewer
setup() { load helper; }

# stream N PER_SECOND: records of users u0..u9, in order
stream() {
	python3 - "$1" "$2" <<-'E'
	import sys
	n, per = int(sys.argv[1]), int(sys.argv[2])
	for i in range(n):
	    s, ms = divmod(i * 1000 // per, 1000)
	    print('{"timestamp":"2026-01-05T%02d:%02d:%02d.%03dZ","i":%d,"user":{"id":"u%d"},"level":"%s","log_line":"%s"}' % (
	        10 + s // 3600, s // 60 % 60, s % 60, ms, i, i % 10, "x", "CRITICAL: disk" if i % 50 == 7 else "all is well"))
	E
}

@test "sample: the same input gives the same sample, in its size and with weights that add up" {
	stream 20000 1000 >in
	rx-match --sample 0.1 <in >one
	cat in | rx-match --sample 0.1 >two
	cmp one two
	python3 - <<-'E'
	import json
	got = [json.loads(l) for l in open("one")]
	critical = [g for g in got if "CRITICAL" in g["log_line"]]
	rest = [g for g in got if "CRITICAL" not in g["log_line"]]
	assert len(critical) == 400 and all("weight" not in g for g in critical)
	assert all(g["weight"] == 10 for g in rest)
	assert 1800 < len(rest) < 2120, len(rest) # 1960, and 4 sigma
	assert sorted(g["i"] for g in got) == [g["i"] for g in got]
	E
}

@test "sample: a critical record is kept in whatever way it is told, and gets no severity for it" {
	printf '%s\n' '{"log_line":"kernel panic"}' '{"log_line":"x","severity":"critical"}' '{"log_line":"<2>x"}' >in
	run -0 rx-match --sample 0.000001 <in
	[ "$output" = "$(cat in)" ]
}

@test "sample: by coordinates, so a record that reads otherwise is chosen as before" {
	python3 - <<-'E'
	for name, t in (("a", "10:00:00"), ("b", "11:11:11")):
	    with open(name, "w") as f:
	        for i in range(2000):
	            f.write('{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":%d,"e":%d},"timestamp":"2026-01-05T%sZ","i":%d}\n' % (i * 9, i * 9 + 9, t, i))
	E
	rx-match --sample 0.5 <a | jq .i >one
	rx-match --sample 0.5 <b | jq .i >two
	cmp one two
	[ "$(wc -l <one)" -gt 850 ]
	[ "$(wc -l <one)" -lt 1150 ]
}

@test "sample: a weight multiplies, and two samples are not the same choice" {
	stream 20000 1000 | rx-match --sample 0.5 | rx-match --sample 0.5 | grep -v CRITICAL >out
	[ "$(jq -c .weight out | sort -u)" = 4 ]
	[ "$(wc -l <out)" -gt 4600 ]
	[ "$(wc -l <out)" -lt 5200 ]
}

@test "sample: a weight too large to grow stays as it was, and JSON stays JSON" {
	for w in 1e308 -1e308 1e999 1.7976931348623157e308; do
		seq 60 | sed "s/.*/{\"weight\":$w,\"n\":&}/" >in
		rx-match -q --sample 0.1 <in >out
		[ -s out ]
		[ "$(cut -d, -f1 out | uniq)" = "{\"weight\":$w" ]
	done
}

@test "sample: --over leaves quiet times alone and is on in loud ones" {
	{ stream 500 100; stream 20000 5000 | sed 's/T10:00/T10:30/'; stream 500 100 | sed 's/T10:00/T10:50/'; } >in
	rx-match --sample 0.1 --over 1000/s <in >out
	python3 - <<-'E'
	import json
	got = [json.loads(l) for l in open("out")]
	quiet = [g for g in got if "T10:30" not in g["timestamp"]]
	assert len(quiet) == 1000 and not any("weight" in g for g in quiet)
	loud = [g for g in got if "T10:30" in g["timestamp"]]
	assert 2500 < len(loud) < 3700, len(loud) # 400 critical, 1000 before it is on, a tenth
	E
	run -64 rx-match --over 5/s <in
	[[ $output == *'--over needs --sample'* ]]
	run -64 rx-match --sample 0 <in
	run -64 rx-match --sample 2 <in
}

@test "rate: the first N of each window pass, counted from 1970, told at the end" {
	stream 3000 1000 >in
	run -0 --separate-stderr rx-match --rate 10/s <in
	[ "$(jq -r .i <<<"$output" | paste -sd' ')" = "$(echo {0..9} {1000..1009} {2000..2009})" ]
	[[ $stderr == *'2970 records dropped by --rate'* ]]
}

@test "rate: --by counts each value apart, of a member, of a pointer, of several" {
	stream 1000 1000 >in
	run -0 rx-match -q --rate 2/s --by user <in
	[ "${#lines[@]}" -eq 20 ]
	run -0 rx-match -q --rate 2/s --by /user/id <in
	[ "$(jq -r .user.id <<<"$output" | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ]
	run -0 rx-match -q --rate 1/s --by level,/user/id <in
	[ "${#lines[@]}" -eq 10 ]
	run -0 rx-match -q --rate 1/s --by user --by nothing <in # the last one counts
	[ "${#lines[@]}" -eq 1 ]
	run -0 rx-match -q --rate 1/s --by nothing <in
	[ "${#lines[@]}" -eq 1 ]
	run -64 rx-match --by user <in
	[[ $output == *'--by needs --rate'* ]]
	run -64 rx-match --rate 0/s <in
	run -64 rx-match --rate 5 <in
	run -64 rx-match --rate 5/s --by a,,b <in
}

@test "rate: 1/60s thins samples of 3 s to one a minute, byte for byte" {
	rx-metrics --once >sample
	python3 - <<-'E'
	import datetime as d, re
	s = open("sample").read()
	t = d.datetime(2026, 1, 5, 10, 0, 1)
	with open("in", "w") as f:
	    for i in range(400):
	        f.write(re.sub(r'"timestamp":"[^"]*"', '"timestamp":"%sZ"' % (t + d.timedelta(seconds=3 * i)).isoformat(), s, 1))
	E
	run -0 rx-match -q --rate 1/60s <in
	[ "${#lines[@]}" -eq 20 ]
	[ "$(grep -cFxf in <<<"$output")" -eq 20 ]
	[ "$(jq -r .timestamp[14:16] <<<"$output" | sort -u | wc -l)" -eq 20 ]
}

@test "rate: a time that lies far behind, or of the future, stops nothing" {
	for i in 1 2 3 4; do
		printf '{"timestamp":"2199-01-01T00:00:00Z","n":%d}\n' $i
	done >in
	{ stream 3000 1000; cat in; stream 3000 1000; } >all
	rx-match -q --rate 10/s <all | jq -r '.i // empty' >out
	[ "$(wc -l <out)" -ge 60 ]
}

@test "rate: memory does not grow with the values, and what was forgotten is told" {
	python3 -c 'for i in range(300000): print("{\"timestamp\":\"2026-01-05T10:00:00Z\",\"u\":\"user %d\"}" % i)' >in
	run -0 --separate-stderr rx-match -c --rate 1/s --by u <in
	[ "$output" = 300000 ]
	[[ $stderr == *'values forgotten, being more than 65536'* ]]
}
