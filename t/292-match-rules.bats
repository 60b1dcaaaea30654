# SPDX-License-Identifier: MIT
# rx-match -f: rules over members, what they add, and files that are wrong
setup() { load helper; load alloc; }

# rules JSON: a file of these rules; kept: what it keeps of stdin.
rules() { printf '%s\n' "$1" >rules.json; }
kept() { rx-match -q -f rules.json "$@"; }

@test "rules: the same records and members as a model in Python, with and without libhs" {
	PYTHONDONTWRITEBYTECODE=1 timeout 240 python3 "$RX_TOP/t/oracle/rules_oracle.py" 20260105 "${RX_RULES_FILES:-$((120 / $(every 4)))}"
}

@test "rules: a file that is wrong is refused with file, line, column and reason, before any input" {
	n=0
	while IFS='|' read -r text expected; do
		printf '%b' "$text" >r.json
		run -78 --separate-stderr rx-match --check -f r.json </dev/null
		[ "$stderr" = "rx-match: fatal: r.json:$expected" ] ||
			{ printf '%s\n%s\n' "$text" "$stderr"; false; }
		[ -z "$output" ]
		n=$((n + 1))
	done <<-'X'
	[]|1:1: must be an object
	{}|1:1: "rules" is missing
	{"rules":{}}|1:10: "rules" must be a list
	{"rules":[]}|1:10: 1 to 100000 rules
	{"rules":[7]}|1:11: must be an object
	{"rules":[{}]}|1:11: "name" is missing
	{"rules":[{"name":""}]}|1:19: "name" must be text
	{"rules":[{"name":7}]}|1:19: "name" must be text
	{"mode":"any","rules":[]}|1:9: "mode" must be one of first, all
	{"others":"x","rules":[]}|1:11: "others" must be one of drop, keep
	{"rules":[{"name":"a"}],\n"rule":1}|2:8: "rule" is no member here
	{"rules":[{"name":"a"},\n {"name":"b"},\n  {"name":"a"}]}|3:3: there is a rule "a" above
	{"rules":[{"name":"a","name":"b"}]}|1:28: duplicate object key near '"name"'
	{"rules":[{"name":"a","when":7}]}|1:30: a condition is a pattern or an object
	{"rules":[{"name":"a","when":[]}]}|1:30: a condition is a pattern or an object
	{"rules":[{"name":"a","when":{}}]}|1:30: no question is asked here
	{"rules":[{"name":"a","when":{"member":"/x"}}]}|1:30: no question is asked here
	{"rules":[{"name":"a","when":\n "(unclosed"}]}|2:2: missing closing parenthesis, at offset 9
	{"rules":[{"name":"a","when":"\\\\9"}]}|1:30: reference to non-existent subpattern, at offset 1
	{"rules":[{"name":"a","when":"(?{x})"}]}|1:30: unrecognized character after (? or (?-, at offset 2
	{"rules":[{"name":"a","when":"(*COMMIT)x"}]}|1:30: verbs are not allowed, at offset 0
	{"rules":[{"name":"a","when":"a\\\\Gb"}]}|1:30: \G has no meaning here, at offset 1
	{"rules":[{"name":"a","when":{"matches":7}}]}|1:41: a pattern must be text
	{"rules":[{"name":"a","when":{"matches":"[z-a]"}}]}|1:41: range out of order in character class, at offset 3
	{"rules":[{"name":"a","when":{"words":[]}}]}|1:39: "words" must be a list of words
	{"rules":[{"name":"a","when":{"words":"x"}}]}|1:39: "words" must be a list of words
	{"rules":[{"name":"a","when":{"words":["x",""]}}]}|1:44: not a word
	{"rules":[{"name":"a","when":{"words":["*"]}}]}|1:40: not a word
	{"rules":[{"name":"a","when":{"keywords":false}}]}|1:42: "keywords" can only be true
	{"rules":[{"name":"a","when":{"==":1}}]}|1:36: "==" needs "member"
	{"rules":[{"name":"a","when":{"exists":true}}]}|1:40: "exists" needs "member"
	{"rules":[{"name":"a","when":{"member":"x","==":1}}]}|1:40: "member" must be a JSON pointer such as /status
	{"rules":[{"name":"a","when":{"member":"/x~2","==":1}}]}|1:40: "member" must be a JSON pointer such as /status
	{"rules":[{"name":"a","when":{"member":"/x","==":[1]}}]}|1:50: "==" compares with text, a number, true, false or null
	{"rules":[{"name":"a","when":{"member":"/x",">":"1"}}]}|1:49: ">" compares with a number
	{"rules":[{"name":"a","when":{"member":"/x","<=":null}}]}|1:50: "<=" compares with a number
	{"rules":[{"name":"a","when":{"member":"/x","in":[]}}]}|1:50: "in" needs a list of values
	{"rules":[{"name":"a","when":{"member":"/x","in":"y"}}]}|1:50: "in" needs a list of values
	{"rules":[{"name":"a","when":{"member":"/x","in":[1,{}]}}]}|1:53: "in" compares with text, a number, true, false or null
	{"rules":[{"name":"a","when":{"member":"/x","exists":"yes"}}]}|1:54: "exists" must be true or false
	{"rules":[{"name":"a","when":{"severity_at_least":"bad"}}]}|1:51: "severity_at_least" must be one of info, warn, error, failure, critical
	{"rules":[{"name":"a","when":{"member":"/x","ignore_case":true,"==":"y"}}]}|1:30: "ignore_case" needs "matches"
	{"rules":[{"name":"a","when":{"member":"/x","like":"y"}}]}|1:52: "like" is no member here
	{"rules":[{"name":"a","when":{"any":[]}}]}|1:37: "any" must be a list of conditions
	{"rules":[{"name":"a","when":{"all":"x"}}]}|1:37: "all" must be a list of conditions
	{"rules":[{"name":"a","when":{"any":["x"],"member":"/x"}}]}|1:30: "any" stands alone in its object
	{"rules":[{"name":"a","when":{"not":7}}]}|1:37: a condition is a pattern or an object
	{"rules":[{"name":"a","severity":"bad"}]}|1:34: "severity" must be one of info, warn, error, failure, critical
	{"rules":[{"name":"a","then":"pass"}]}|1:30: "then" must be one of keep, drop, reject, next
	{"rules":[{"name":"a","stop":1}]}|1:30: "stop" must be true or false
	{"rules":[{"name":"a","then":"drop"}]}|1:10: no rule keeps anything: is "others": "keep" meant?
	{"rules":[{"name":"a","stop":true,"then":"next"}]}|1:11: "stop" contradicts "then": "next"
	{"rules":[{"name":"a","stop":true,"then":"drop"}]}|1:11: "drop" and "reject" need no "stop"
	{"rules":[{"name":"a","extract":true}]}|1:11: "extract" needs a pattern with a named group
	{"rules":[{"name":"a","when":{"not":"(?<x>y)"},"extract":true}]}|1:11: "extract" needs a pattern with a named group
	{"rules":[{"name":"a","when":"x","prefix":"p"}]}|1:11: "prefix" needs "extract" or "parse"
	{"rules":[{"name":"a","set":7}]}|1:29: "set" is an object of members
	{"rules":[{"name":"a","set":{"":7}}]}|1:33: a member that is set has a plain name
	{"rules":[{"name":"a","set":{"a\\nb":7}}]}|1:37: a member that is set has a plain name
	{"rules":[{"name":"a","set":{"log_line":7}}]}|1:41: "log_line" belongs to the record, no rule sets it
	{"rules":[{"name":"a","set":{"_rx":{}}}]}|1:36: "_rx" belongs to the record, no rule sets it
	{"rules":[{"name":"a","set":{"severity":"x"}}]}|1:41: the severity is set by "severity" beside "set"
	{"rules":[{"name":"a","when":{"all":["x",\n  {"any":["y",\n    {"not":{"member":"/x","!=":{}}}]}]}}]}|3:32: "!=" compares with text, a number, true, false or null
	{"rules":[{"name":"a"}]} x|1:26: end of file expected near 'x'
	{"rules":[{"name":"a"}]|1:23: '}' expected near end of file
	X
	[ "$n" -ge 60 ]
	# Where it is nested deeper than a record may be.
	deep=x
	for _ in {1..40}; do deep="{\"any\":[\"$n\",$deep]}"; done
	printf '{"rules":[{"name":"a","when":\n%s}]}\n' "${deep/x/\"x\"}" >r.json
	run -78 --separate-stderr rx-match --check -f r.json </dev/null
	[ "$stderr" = "rx-match: fatal: r.json:2:$((15 * (11 + ${#n}) + 9)): conditions nested too deep" ]
	printf '{"rules":[{"name":"a","set":{"b":1,\n "c":%s%s}}]}\n' "$(printf '[%.0s' {1..70})" "$(printf ']%.0s' {1..70})" >r.json
	run -78 --separate-stderr rx-match --check -f r.json </dev/null
	[ "$stderr" = 'rx-match: fatal: r.json:2:6: nested too deep for a record' ]
}

@test "rules: files that are absent, unreadable, empty, or huge are exit 78 with one message" {
	for text in '' ' ' '{"rules":[{"name":"a\u0000"}]}'; do
		rules "$text"
		run -78 --separate-stderr rx-match -f rules.json </dev/null
		[[ $stderr == 'rx-match: fatal: rules.json:'* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
	run -78 --separate-stderr rx-match -f none.json </dev/null
	[ "$stderr" = 'rx-match: fatal: unable to read none.json: No such file or directory' ]
	run -78 rx-match -f . </dev/null
	python3 -c 'import json; json.dump({"rules":[{"name":"a","when":"x"*10000000}]}, open("big.json","w"))'
	run -78 --separate-stderr rx-match -f big.json </dev/null
	[ "$stderr" = 'rx-match: fatal: big.json:1:34: longer than 65536 bytes' ]
	run -78 --separate-stderr rx-match -f <(printf '{"rules":[{"name":"a","when":%s"x"%s}]}' \
		"$(printf '{"not":%.0s' {1..17})" "$(printf '}%.0s' {1..17})") </dev/null
	run -64 rx-match -f a.json -f b.json
	rules '{"rules":[{"name":"a"}]}'
	run -64 --separate-stderr rx-match -v -f rules.json </dev/null
	[[ $stderr == *'-v: there is no pattern to invert'* ]]
}

@test "rules: the schema says of files what rx-match says of them" {
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3 jsonschema here"
	cat >check.py <<-'E'
	import json, subprocess, sys, jsonschema
	schema = json.load(open(sys.argv[1]))
	cls = jsonschema.validators.validator_for(schema)
	cls.check_schema(schema)
	valid = cls(schema).is_valid
	seen = {True: 0, False: 0}
	good, wrong = [], []
	def says(text):
	    json.dump(text, open("r.json", "w"))
	    got = subprocess.run(["rx-match", "--check", "-f", "r.json"], capture_output=True)
	    assert got.returncode in (0, 78)
	    assert valid(text) == (got.returncode == 0), (text, got.stderr)
	def ask(rule, **top):
	    text = {"rules": [dict({"name": "a"}, **rule)], "others": "keep", **top}
	    seen[valid(text)] += 1
	    if valid(text) and not top:  # none of them is wrong: all are asked about at once
	        good.append(dict(text["rules"][0], name="%s %d" % (text["rules"][0]["name"], len(good))))
	    else:
	        wrong.append(text)
	values = ["x", "", 7, 1.5, True, False, None, [], ["x"], ["x", 1, None], [""], {}, {"x": 1}, "/x", "x~", "info", "first"]
	for v in values:
	    for key in ("when", "set", "severity", "then", "stop", "other", "name", "parse", "sample"):
	        ask({key: v})
	    compared = ("==", "!=", ">", ">=", "<", "<=", "in", "exists")
	    for key in ("any", "all", "not", "matches", "words", "keywords", "severity_at_least", "other", *compared):
	        ask({"when": {"member": "/m", key: v}})
	        some = v in ("x", 7, None) or v == ["x"]  # where the place of the question counts, not the value
	        if some or key not in compared:
	            ask({"when": {key: v}})
	        if some:
	            ask({"when": {"all": ["x", {"not": {"member": "/m", key: v}}]}})
	    ask({"when": {"member": v, "==": 1}})
	    ask({"parse": "kv", "parse_from": v})
	    ask({"when": {"matches": "x", "ignore_case": v}})
	    ask({}, mode=v)
	    ask({}, others=v)
	    ask({}, surprise=v)
	for name in ("_rx", "timestamp", "log_line", "severity", "match_error", "mine", "a b", 'a"b', "a\\nb", "a\\\\b", "é"):
	    ask({"set": {name: 1}})
	says({"rules": good, "others": "keep"})
	for text in wrong[::int(sys.argv[2])]:
	    says(text)
	assert min(seen.values()) > 90 and len(good) > 90, (seen, len(good))
	E
	python3 check.py "$RX_TOP/agent/schemas/match-rules.json" "$(every 5)"
}

@test "rules: a text counts as a number only when it spells one in decimal" {
	echo '{"rules":[{"name":"a","when":{"member":"/n",">":5}}]}' >rules.json
	printf '{"n":%s}\n' 7 '"7"' '"7\u0030"' '"7e1"' '"0x1f"' '"inf"' '" 7"' '"7 "' '"nan"' '"+7"' true null '""' >in
	run -0 rx-match -q -f rules.json <in
	[ "$(jq -c .n <<<"$output" | paste -sd' ')" = '7 "7" "70" "7e1"' ]
}

@test "rules: a rule that rejects does not name the member that a schema refused before" {
	echo '{"properties":{"n":{"type":"integer"}}}' >n.json
	rules '{"rules":[{"name":"no x","when":"x","then":"reject"}],"others":"keep"}'
	printf '%s\n' '{"n":"7"}' '{"log_line":"x"}' |
		run -1 rx-match -q --schema n.json -f rules.json --reject rejects
	[ "$(jq -c .rejected rejects)" = '{"by":"schema","member":"/n","why":"is of the wrong type"}
{"by":"rules","why":"no x"}' ]
}

@test "rules: HUP reads the file again, a wrong one changes nothing and is told, busy or idle" {
	rules '{"rules":[{"name":"a","when":"one"}]}'
	mkfifo pipe
	rx-match -f rules.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"log_line":"one 1"}' >&4
	soon has out 1
	rules '{"rules":[{"name":"a","when":"("}]}'
	kill -HUP $pid
	soon grep -q 'rules.json:1:30: missing closing parenthesis, at offset 1; the rules stay as they were' err
	echo '{"log_line":"one 2"}' >&4
	soon has out 2
	printf '{"rules":[{"name":"b","when":"two"}]}\n' >new
	mv new rules.json
	kill -HUP $pid
	soon grep -q '1 rules read from rules.json' err
	printf '{"log_line":"%s"}\n' 'one 3' 'two 4' >&4
	soon has out 3
	rm rules.json
	kill -HUP $pid
	soon grep -q 'unable to read rules.json: No such file or directory; the rules stay' err
	echo '{"log_line":"two 5"}' >&4
	soon has out 4
	exec 4>&-
	wait $pid
	[ "$(jq -r .log_line out | tr '\n' ,)" = 'one 1,one 2,two 4,two 5,' ]
	rules '{"rules":[{"name":"a","when":"one"}]}'
	yes '{"log_line":"number one"}' | rx-match -f rules.json 2>err 3>&- >out &
	pid=$!
	soon has out 1000
	for n in 1 2 3 4 5; do
		kill -HUP $pid
		soon has err $n
	done
	kill -TERM $pid
	wait $pid
	[ "$(sort -u out)" = '{"log_line":"number one","severity":"info"}' ]
	[ "$(sort -u err)" = 'rx-match: 1 rules read from rules.json' ]
}

@test "rules: marks pass in their place whatever becomes of the data" {
	cat >in <<-'E'
	{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}
	{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},"log_line":"drop me"}
	{"_rx":{"k":"mark","n":"N","q":1,"full":false,"pos":[]}}
	{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":9,"e":19},"log_line":"reject me"}
	{"_rx":{"k":"mark","n":"N","q":2,"full":false,"pos":[]}}
	{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":19,"e":29},"log_line":"keep me"}
	E
	for others in keep drop; do
		rules '{"others":"'$others'","rules":[{"name":"d","when":"drop","then":"drop"},
		    {"name":"r","when":"reject","then":"reject"},{"name":"k","when":"keep","set":{"n":1}}]}'
		run -1 --separate-stderr rx-match -f rules.json <in
		[ "$output" = '{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}
{"_rx":{"k":"mark","n":"N","q":1,"full":false,"pos":[]}}
{"_rx":{"k":"mark","n":"N","q":2,"full":false,"pos":[]}}
{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":19,"e":29},"log_line":"keep me","n":1,"severity":"info"}' ]
		[[ $stderr == *'rules: r'* ]]
		[[ $stderr == *'1 records rejected'* ]]
	done
}

@test "rules: what a text gives never replaces what is there, and is counted" {
	rules '{"mode":"all","rules":[
	    {"name":"a","when":"id=(?<node_id>\\w+) (?<user>\\w+) (?<severity>\\w+) (?<extra>\\w+)","extract":true},
	    {"name":"b","when":"(?<extra>id)","extract":true},
	    {"name":"c","when":"(?<extra>id)","extract":true,"prefix":"b_"}]}'
	run -0 --separate-stderr rx-match -f rules.json <<<'{"user":"u","log_line":"id=evil v critical w"}'
	[ "$output" = '{"user":"u","log_line":"id=evil v critical w","extra":"w","b_extra":"id","severity":"critical"}' ]
	[[ $stderr == *'4 members left out'* ]]
}

@test "rules: they come behind -e and -k, see severities, and work on plain text" {
	rules '{"rules":[{"name":"a","when":{"severity_at_least":"error"}},{"name":"b","when":"disk (?<disk>\\w+)","extract":true}]}'
	printf '%s\n' 'INFO all is well' 'ERROR no route' 'INFO disk sda fails' 'WARN disk sdb' >app.log
	run -0 kept --format raw app.log
	[ "$output" = 'ERROR no route
INFO disk sda fails
WARN disk sdb' ]
	run -0 kept -k --format raw app.log
	[ "$output" = 'ERROR no route
INFO disk sda fails' ]
	run -0 kept -c app.log
	[ "$output" = 3 ]
	run -0 kept -e sda app.log
	[ "$(jq -r .disk <<<"$output")" = sda ]
	run -0 kept --text <app.log
	[ "${#lines[@]}" = 3 ]
}

@test "rules: a pattern at its bound keeps the record, marked, whatever the rules say" {
	rules '{"rules":[{"name":"bomb","when":"^(a+)+$","then":"drop"},{"name":"k","when":"zz"}]}'
	python3 -c 'print("{\"log_line\":\"%s!\"}" % ("a" * 5000)); print("{\"log_line\":\"aa\"}")' >in
	run -0 --separate-stderr rx-match -f rules.json <in
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r .match_error <<<"$output")" = limit ]
	[[ $stderr == *'1 records passed on which a pattern reached its bound'* ]]
	# All patterns of a record share one budget.
	python3 -c 'import json; json.dump({"rules":[{"name":"r%d" % i,"when":"^(a+)+$|x%d" % i} for i in range(300)]}, open("rules.json","w"))'
	( ulimit -t 3; rx-match -q -f rules.json <in >out )
}

@test "rules: a million records ask for no more memory than a thousand do" {
	count_allocations
	rules '{"mode":"all","others":"keep","rules":[{"name":"a","when":"disk (?<disk>\\w+)","extract":true,"prefix":"p_"},
	    {"name":"b","when":{"member":"/a/0","in":["é",1]},"set":{"x":[1,2]},"severity":"warn"},
	    {"name":"c","when":{"member":"/p_disk","matches":"s"},"then":"next"},{"name":"d","when":{"member":"/n","<":5},"then":"drop"}]}'
	for n in 2000 200000; do
		python3 -c 'for i in range('$n'): print("{\"n\":%d,\"a\":[\"\\u00e9\"],\"log_line\":\"disk s%d \\\\ ok\"}" % (i, i))' >in.$n
	done
	few=$(asked rx-match -q -f rules.json <in.2000)
	many=$(asked rx-match -q -f rules.json <in.200000)
	[ "$few" -gt 0 ]
	[ "$many" -le $((few + 8)) ] || { echo "$few, $many"; false; }
}
