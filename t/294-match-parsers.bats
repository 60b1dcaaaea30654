# SPDX-License-Identifier: MIT
# rx-match --parse, and parse in rules: members out of known formats
setup() { load helper; load alloc; }

oracle() { PYTHONDONTWRITEBYTECODE=1 python3 "$RX_TOP/t/oracle/parse_oracle.py" "$@"; }

@test "parse: what generated logfmt, pairs, JSON and access lines were made of comes back" {
	oracle made 20260105 400
}

@test "parse: the table of syslog messages of others" {
	need_shared data/syslog/messages.tsv
	oracle syslog "$RX_SHARED/data/syslog/messages.tsv"
}

@test "parse: syslog heads and pairs of real logs, against regular expressions" {
	need_shared data/logs/Linux.log
	oracle logs "$RX_SHARED/data/logs/Linux.log" "$RX_SHARED/data/logs/OpenSSH.log"
}

@test "parse: syslog of both forms, with what its priority says" {
	run -0 rx-match --parse syslog <<-'E'
	{"log_line":"<34>1 2026-01-05T10:00:00.003Z host su 7 ID47 [a@1 k=\"v\\\"\\]\" l=\"\"][b] \ufefffailed"}
	{"log_line":"<165>Jan  5 10:00:00 host cron[12]: run"}
	{"log_line":"<192>Jan  5 10:00:00 host cron[12]: run"}
	{"log_line":"<34>1 now host su 7 ID47 - x"}
	E
	[ "${lines[0]}" = '{"log_line":"<34>1 2026-01-05T10:00:00.003Z host su 7 ID47 [a@1 k=\"v\\\"\\]\" l=\"\"][b] \ufefffailed","priority":34,"facility":"auth","level":"crit","time":"2026-01-05T10:00:00.003Z","host":"host","app":"su","pid":"7","msgid":"ID47","data":{"a@1":{"k":"v\"]","l":""},"b":{}},"message":"failed"}' ]
	[ "$(jq -c 'del(.log_line, .time)' <<<"${lines[1]}")" = '{"priority":165,"facility":"local4","level":"notice","host":"host","app":"cron","pid":"12","message":"run"}' ]
	[ "${lines[2]}" = '{"log_line":"<192>Jan  5 10:00:00 host cron[12]: run"}' ]
	[ "${lines[3]}" = '{"log_line":"<34>1 now host su 7 ID47 - x"}' ]
}

@test "parse: several formats each add what they find, and nothing is overwritten" {
	run -0 --separate-stderr rx-match --parse syslog,kv <<-'E'
	{"host":"mine","log_line":"Jan  5 10:00:00 web app[1]: user=u host=x node_id=evil timestamp=1 a=1 a=2"}
	E
	[ "$(jq -c 'del(.log_line, .time)' <<<"$output")" = '{"host":"mine","app":"app","pid":"1","message":"user=u host=x node_id=evil timestamp=1 a=1 a=2","user":"u","a":"1"}' ]
	[[ $stderr == *'5 members left out'* ]]
}

@test "parse: other lines pass byte for byte, plain text is parsed as such" {
	printf '%s\n' '{"log_line":"nothing"}' '{ "x" : 1.0 }' >in
	run -0 rx-match -q --parse access,json,kv,logfmt,syslog <in
	[ "$output" = "$(cat in)" ]
	printf 'a=1 \xff=2 b=\xff\n' >text
	run -0 rx-match -q --parse kv --severity-at-least info text
	[ "$(jq -c '[.a, .b]' <<<"$output")" = '["1","�"]' ]
	run -64 rx-match --parse xml
	[[ $output == *'--parse xml: access, json, kv, logfmt or syslog' ]]
}

@test "parse: hostile texts give bounded, valid records" {
	python3 - >in <<-'E'
	import json
	for t in [" ".join("k%d=v" % i for i in range(3000)), "=" * 100000, "a=" * 50000, "{" * 200000, '{"a":' * 60 + "1" + "}" * 60,
	          '{"a":' * 70 + "1" + "}" * 70, "<34>1 - h a p m " + "[" * 90000, "<34>1 - h a p m [x y=\"" + "\\" * 90001,
	          "<34>1 - h a p m [x " + "y=\"z\" " * 9000 + "]", "x" * 300 + "=1", '"=1 \\=2 \u0001=3', '{"a\\"b":1,"\\u0061":2,"":3}',
	          '1.2.3.4 - - [' + "[" * 90000, '1.2.3.4 - - [05/Jan/2026:10:00:00 +0000] "' + "\\" * 90001, "", "=", "<", "<1>", "<1>1 ", "{", '{"a":1}{']:
	    print(json.dumps({"log_line": t}))
	E
	for names in access json kv logfmt syslog access,json,kv,logfmt,syslog; do
		rx-match -q --parse $names <in >out
		python3 - <<-'E'
		import json
		had, out = ([json.loads(l) for l in open(f)] for f in ("in", "out"))
		assert len(had) == len(out)
		for a, b in zip(had, out):
		    assert b["log_line"] == a["log_line"] and len(b) <= 129, len(b)
		E
	done
}

@test "parse: objects of ten thousand members are no square of work" {
	python3 - >in <<-'E'
	import itertools, json, string
	names = itertools.islice(itertools.product(string.ascii_letters + string.digits, repeat=3), 9900)
	line = json.dumps({"log_line": "{" + ",".join('"\\"%s":1' % "".join(n) for n in names) + "}"})
	print("\n".join([line] * 100))
	E
	(ulimit -t 12; rx-match -q --parse json <in >out)
	cmp in out
}

@test "parse: in rules, of the text or a member, with a prefix; rules behind see what was found" {
	cat >rules.json <<-'E'
	{ "mode": "all", "rules": [
	  { "name": "head", "parse": "syslog", "then": "next" },
	  { "name": "pairs", "when": { "member": "/app", "==": "web" },
	    "parse": ["logfmt", "json"], "parse_from": "/message", "prefix": "w_", "then": "next" },
	  { "name": "slow", "when": { "member": "/w_ms", ">": 100 }, "severity": "warn" } ] }
	E
	run -0 rx-match -q -f rules.json <<-'E'
	{"log_line":"<14>Jan  5 10:00:00 h web: ms=250 path=/x"}
	{"log_line":"<14>Jan  5 10:00:00 h web: {\"ms\":101,\"a\":[1]}"}
	{"log_line":"<14>Jan  5 10:00:00 h web: ms=99"}
	{"log_line":"<14>Jan  5 10:00:00 h db: ms=250"}
	E
	[ "$(jq -c '[.w_ms, .w_path, .w_a, .severity]' <<<"$output")" = '["250","/x",null,"warn"]
[101,null,[1],"warn"]' ]
	for wrong in '"parse":"xml"' '"parse":[]' '"parse":["kv","kv"]' '"parse_from":"/x"' '"parse":"kv","parse_from":"x"' \
	    '"sample":0' '"sample":2' '"sample":0.5,"then":"next"' '"prefix":"x"'; do
		printf '{"rules":[{"name":"a",%s}]}' "$wrong" >rules.json
		run -78 rx-match --check -f rules.json
		[[ $output == *'rules.json:1:'* ]]
	done
}

@test "parse: a rule finds members in a long member with escapes, and patterns catch in it" {
	cat >rules.json <<-'E'
	{ "mode": "all", "rules": [
	  { "name": "pairs", "parse": "kv", "parse_from": "/a/0" },
	  { "name": "caught", "when": { "member": "/a/0", "matches": "last=(?<last>\\w+)" }, "extract": true, "prefix": "p_" } ] }
	E
	for n in 50 143 5000 400000; do
		python3 -c 'import json, sys; print(json.dumps({"a": ["first=1 \t" + "x" * int(sys.argv[1]) + " last=z"]}))' $n >in
		for i in 1 2 3; do cat in; done >three
		rx-match -q -f rules.json <three >out
		[ "$(jq -c '[.first, .last, .p_last]' out | uniq -c | sed 's/^ *//')" = '3 ["1","z","z"]' ]
	done
}

@test "parse: a rule can keep a share, never dropping critical records, and says for how many each stands" {
	echo '{"rules":[{"name":"a","when":"ok|panic","sample":0.1}]}' >rules.json
	python3 -c 'for i in range(5000): print("{\"log_line\":\"%s %d\"}" % ("panic" if i % 50 == 0 else "ok", i))' >in
	rx-match -q -f rules.json <in >out
	[ "$(grep -c panic out)" -eq 100 ]
	n=$(grep -c ok out)
	[ "$n" -gt 400 ] && [ "$n" -lt 600 ]
	[ "$(jq -c .weight out | sort | uniq -c | awk '{print $2}' | tr '\n' ' ')" = '10 null ' ]
	rx-match -q -f rules.json <in | cmp - out
}

@test "parse: a hundred thousand records ask for no more memory than two thousand do" {
	count_allocations
	python3 - <<-'E'
	kinds = ['<34>1 2026-01-05T10:00:00Z h a %d m [x y=\\"z\\"] msg', 'level=info n=%d msg=\\"a\\\\\\"b\\"', '{\\"n\\":%d,\\"a\\":[1,{\\"b\\":2}]}',
	         '1.2.3.4 - u [05/Jan/2026:10:00:00 +0000] \\"GET /%d HTTP/1.1\\" 200 5']
	for n in (2000, 100000):
	    open("in.%d" % n, "w").writelines('{"log_line":"%s"}\n' % (kinds[i % 4] % i) for i in range(n))
	E
	few=$(asked rx-match -q --parse access,json,kv,logfmt,syslog <in.2000)
	many=$(asked rx-match -q --parse access,json,kv,logfmt,syslog <in.100000)
	[ "$few" -gt 0 ]
	[ "$many" -le $((few + 8)) ] || { echo "$few, $many"; false; }
}
