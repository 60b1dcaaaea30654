# SPDX-License-Identifier: MIT
# rx-match: options from a configuration file
setup() { load helper; }

@test "config: its options are those of the command line, before it" {
	cat >rx.json <<-'E'
	{"rx-tail": {"unknown here": [1, 2]},
	 "rx-match": {"keywords": "fail,two", "regexp": ["^a", "b$"], "format": "raw", "max-count": 3, "invert-match": true}}
	E
	printf '%s\n' one two fail apple verb three four five >in
	run -0 rx-match --config rx.json in
	[ "$output" = "$(printf '%s\n' one three four)" ]
	run -0 rx-match -m1 --config=rx.json --text <in
	[ "$output" = one ]
	run -0 rx-match --config rx.json -e '^o' in
	[ "$output" = "$(printf '%s\n' three four five)" ]
	run -0 rx-match --conf rx.json in -m 2
	[ "${#lines[@]}" -eq 2 ]
	run -0 rx-match --config rx.json --check
}

@test "config: an optional argument may be true, and a file without a section says nothing" {
	echo '{"rx-match":{"keywords":true,"format":"raw"}}' >rx.json
	run -0 rx-match --config rx.json <<<'it failed'
	[ "$output" = 'it failed' ]
	echo '{}' >rx.json
	run -0 rx-match --config rx.json --format raw <<<'it failed'
	[ "$output" = 'it failed' ]
}

@test "config: an argument of another option is no file" {
	echo 'rx --config x' >in
	run -0 rx-match --format raw -e --config in
	[ "$output" = 'rx --config x' ]
	run -0 rx-match --format raw -e x -- in
	[ "$output" = 'rx --config x' ]
}

@test "config: what is wrong is exit 78, with line and column, before any input" {
	while IFS='|' read -r text told; do
		printf '%b' "$text" >rx.json
		run -78 --separate-stderr rx-match --config rx.json <<<'{"log_line":"error"}'
		[ -z "$output" ]
		[[ $stderr == "rx-match: fatal: rx.json:"$told* ]] || { echo "$text: $stderr"; false; }
		run -78 rx-match --config rx.json --check
	done <<-'E'
	{"rx-match":\n{"max-agee":"1h"}}|2:13: rx-match has no option --max-agee
	{"rx-match":{"text":"yes"}}|1:21: "text" is true or not there
	{"rx-match":{"text":false}}|1:21: "text" is true or not there
	{"rx-match":{"member":true}}|1:23: "member" is a text or a number
	{"rx-match":{"member":{}}}|1:23: "member" is a text or a number
	{"rx-match":{"redact":["ip",null]}}|1:29: "redact" is a text or a number
	{"rx-match":{"config":"x"}}|1:23: rx-match has no option --config
	{"rx-match":[]}|1:13: an object of options
	[]|1:1: an object of tools
	{"rx-match":{"text":true,"text":true}}|1:
	{"rx-match":{"max-count":"x"}}|1:26: -m x: is not a whole number
	{"rx-match":{\n"member":"/x~2"}}|2:10: --member /x~2: no JSON pointer
	{"rx-match":{"rate":"1/s",\n"by":"a,,b"}}|2:6: --by a,,b: no name and no pointer
	{"rx-match":{"redact":["ip",\n "x=("]}}|2:2: --redact x=(: missing closing parenthesis
	{"rx-match":{"dedupe":"8d"}}|1:23: --dedupe 8d: out of range, 1ms to 604800000ms
	{"rx-match":{"color":"x"}}|1:22: --color x: auto, always or never
	{"rx-match":{"regexp":["a",\n"("]}}|2:1: -e (: missing closing parenthesis
	{"rx-match":{"keywords":"*"}}|1:25: -k *: 
	{"rx-match":|
	E
	# What does not go together has no one place; nor has the command line.
	echo '{"rx-match":{"over":"1/s"}}' >rx.json
	run -64 --separate-stderr rx-match --config rx.json </dev/null
	[ "$stderr" = 'rx-match: fatal: --over needs --sample' ]
	echo '{"rx-match":{"sample":0.5}}' >rx.json
	run -64 --separate-stderr rx-match --config rx.json --sample 2 </dev/null
	[ "${stderr_lines[-1]}" = 'rx-match: fatal: --sample 2: is not a share from 0 to 1 such as 0.1' ]
	run -78 --separate-stderr rx-match --config none </dev/null
	[[ $stderr == *none* ]]
}

@test "config: HUP takes over its patterns, tells of other options, and a wrong file changes nothing" {
	config() { printf '{"rx-match":{%s}}\n' "$1" >new && mv new rx.json; }
	# A common option last, and a cluster first: what is of the file, and what is not.
	config '"regexp":"one","max-count":99,"log-format":"text"'
	mkfifo pipe
	rx-match --config rx.json -ne always --format raw --no-filename --text <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	say() { printf '%s %s\n' one "$1" two "$1" Three "$1" always "$1" >&4; }
	say 1
	soon has out 2
	config '"regexp":["two","three"],"ignore-case":true,"max-count":99,"log-format":"text"'
	kill -HUP $pid
	soon grep -q 'the options were read again' err
	say 2
	soon has out 5
	config '"regexp":"(","max-count":99,"log-format":"text"'
	kill -HUP $pid
	soon grep -q 'warning: rx.json:1:23: -e (: missing closing parenthesis.*; the options stay as they were' err
	config '"regexpp":"one"'
	kill -HUP $pid
	soon grep -q 'rx.json:1:[0-9]*: rx-match has no option --regexpp; the options stay as they were' err
	say 3
	soon has out 8
	run ! grep -q 'next start' err
	config '"keywords":"one","max-count":1'
	kill -HUP $pid
	soon grep -q 'rx.json: --max-count differs from before, which counts from the next start' err
	say 4
	soon has out 10
	exec 4>&-
	wait $pid
	[ "$(sed 's/^[0-9]*://' out | paste -sd,)" = 'one 1,always 1,two 2,Three 2,always 2,two 3,Three 3,always 3,one 4,always 4' ]
}

@test "config: HUP changes steps, severity and member too, as a whole or not at all" {
	config() { printf '{"rx-match":{%s}}\n' "$1" >new && mv new rx.json; }
	# again CONFIG TOLD: HUP, until that is told once more than before
	again() {
		config "$1"
		local n
		n=$(grep -c "$2" err) || true
		kill -HUP $pid
		soon grown "$2" "$n"
	}
	grown() { [ "$(grep -c "$1" err)" -gt "$2" ]; }
	config '"rate":"1/3650d"'
	mkfifo pipe
	rx-match --verbose --config rx.json --redact-member log_line --redact none=none <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	n=0
	say() { printf '{"timestamp":"2026-01-05T10:00:%02dZ","log_line":"%s","text":"%s"}\n' $((++n)) "$@" >&4; }
	say 'error ann@a.org' x
	soon has out 1
	say 'dropped by the rate' x
	again '"redact":["email","ip"]' 'the options were read again'
	say 'error bob@b.org 192.0.2.9' x
	soon has out 2
	# All goes back when one is wrong: a value, a pattern, what does not go together, what is no option.
	again '"max-age":"1h","redact":"x=("' 'rx.json:1:38: --redact x=(: missing closing parenthesis.*; the options stay as they were'
	again '"rate":"1/s","redact":"ip","regexp":"("' 'rx.json:1:50: -e (: .*; the options stay as they were'
	again '"member":"text","over":"1/s"' 'rx.json: --over needs --sample; the options stay as they were'
	again '"member":"text","severity-at-least":"bad"' 'rx.json:1:50: --severity-at-least bad: no such severity; the options stay'
	again '"member":"text","severity-at-last":"warn"' 'rx.json:1:49: rx-match has no option --severity-at-last; the options stay'
	again '"member":"/x~2"' 'rx.json:1:23: --member /x~2: no JSON pointer; the options stay as they were'
	say 'error cid@c.org' x
	soon has out 3
	again '"member":"text","severity-at-least":"warn"' 'the options were read again'
	say 'error dan@d.org' 'fine'
	say 'fine' 'failed 192.0.2.9'
	soon has out 4
	again '"max-age":"1h","old":"clamp"' 'the options were read again'
	say 'fine' x
	soon has out 5
	again '"parse":"kv","sample":0.5,"over":"1000/s"' 'the options were read again'
	say 'a=b' x
	soon has out 6
	# What is held when its option goes is told then, not at the end.
	again '"dedupe":"1h"' 'the options were read again'
	say again x
	say again x
	say again x
	say another x
	soon has out 8
	again '"keywords":true,"stats":"file"' 'the options were read again'
	grep -q 'rx.json: --stats differs from before, which counts from the next start' err
	soon has out 9
	say fine x
	say 'fatal none' x
	soon has out 10
	exec 4>&-
	wait $pid
	jq -c '[.log_line, .text, .severity, .repeated, .a, .timestamp_original]' out >told
	diff - told <<-'E'
	["error ann@a.org","x",null,null,null,null]
	["error [redacted:email] [redacted:ip]","x",null,null,null,null]
	["error [redacted:email]","x",null,null,null,null]
	["fine","failed 192.0.2.9","failure",null,null,null]
	["fine","x",null,null,null,"2026-01-05T10:00:07Z"]
	["a=b","x",null,null,"b",null]
	["again","x",null,null,null,null]
	["another","x",null,null,null,null]
	["message repeated 2 times: [ again ]","x",null,2,null,null]
	["fatal [redacted:none]","x","critical",null,null,null]
	E
	grep -q '1 records dropped by --rate' err
	grep -q '2 hidden: email' err
}

@test "config: HUP that brings --parse beside rules that cannot be read asks all of them" {
	echo '{"rules":[{"name":"n","when":{"member":"/a","==":"b"},"set":{"ruled":true}}]}' >rules.json
	echo '{"rx-match":{}}' >rx.json
	mkfifo pipe
	rx-match --config rx.json -f rules.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"log_line":"x","a":"b"}' >&4
	soon has out 1
	echo '{"rx-match":{"parse":"kv"}}' >rx.json
	echo '{"rules":[{}]}' >rules.json
	kill -HUP $pid
	soon grep -q 'rules.json:1:11: "name" is missing; the rules stay as they were' err
	# The value stands in the text escaped: no literal of the rule finds it there.
	echo '{"log_line":"a=\u0062"}' >&4
	soon has out 2
	exec 4>&-
	wait $pid
	[ "$(tail -n1 out)" = '{"log_line":"a=\u0062","a":"b","ruled":true,"severity":"info"}' ]
}

@test "config: HUP reads a file of words again, also of a marked stream and beside rules" {
	echo one >words
	echo '{"rules":[{"name":"n","set":{"ruled":true}}]}' >rules.json
	mkfifo pipe
	rx-match -k@words -f rules.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	printf '%s\n' '{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}' '{"log_line":"one"}' '{"log_line":"two"}' >&4
	soon has out 2
	echo '*' >words
	kill -HUP $pid
	soon grep -q 'words:1: no word; the patterns stay as they were' err
	printf '{"log_line":"%s"}\n' one two >&4
	soon has out 3
	echo two >words
	kill -HUP $pid
	soon grep -q 'the patterns were read again' err
	printf '{"log_line":"%s"}\n' one two >&4
	printf '%s\n' '{"_rx":{"k":"mark","n":"N","q":1,"full":true,"pos":[]}}' >&4
	exec 4>&-
	wait $pid
	[ "$(jq -r '.log_line // ._rx.k' out | paste -sd' ')" = 'begin one one two mark' ]
}

@test "config: its schema knows the options of --help, and says of files what rx-match says of them" {
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3 jsonschema here"
	touch file
	python3 - "$RX_TOP/agent/schemas/match-config.json" "$(every 5)" <<-'E'
	import json, re, subprocess, sys, jsonschema
	schema = json.load(open(sys.argv[1]))
	cls = jsonschema.validators.validator_for(schema)
	cls.check_schema(schema)
	valid = cls(schema).is_valid
	known = schema["properties"]["rx-match"]["properties"]
	table = subprocess.run(["rx-match", "--help=all"], capture_output=True, text=True).stdout
	assert set(re.findall(r"^ .*?--([a-z-]+)", table, re.M)) == set(known) | {"config", "sections"}
	# Whether these are good is not for their form to say: files, lists, patterns, or options that need another.
	meaning = "by classify diff list help version over parse rate redact redact-member regexp reject rules sample schema stats test via via-accept via-timeout old coverage invert-match member keywords".split()
	values = ["x", "", 7, 0, -1, True, False, None, [], {}, [True], ["x"], [False], [7, "7"], "7", "-7", "1.5", "5s", "1h30m", "30m1h", "5 s", "5", "1.5h",
	          "auto", ["auto", "never"], "raw", "clamp", "info", "text", "json", "classic"]
	# For one that takes no argument, or any, only the kind of the value counts.
	kinds = ["x", "", 7, -1, True, False, None, [], {}, [True], ["x"], [False], [7, "7"], "7"]
	plain = [name for name in known if known[name].get("$ref") in ("#/$defs/flag", "#/$defs/text")]
	assert 20 < len(plain) < 40, plain
	seen = {True: 0, False: 0}
	cases = [(name, value) for name in list(known) + ["config", "sections", "none", "keyword"]
	         for value in (kinds if name in plain or name not in known else values)]
	every = int(sys.argv[2])
	for name, value in cases[::every]:
	    conf = {"rx-match": {name: value}, "rx-tail": [1]}
	    json.dump(conf, open("rx.json", "w"))
	    got = subprocess.run(["rx-match", "--check", "--config", "rx.json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
	    if "out of range" in got.stderr:
	        continue
	    if name in meaning:
	        good = not re.search(r'rx.json:1:[0-9]+: (".*" is (a text or a number|true or not there)|.* has no option --|an object)', got.stderr)
	        assert valid(conf) <= good, (conf, got.stderr)
	        if name not in ("old", "via-timeout"):
	            assert valid(conf) == good, (conf, got.stderr)
	    else:
	        assert valid(conf) == (got.returncode == 0), (conf, got.returncode, got.stderr)
	    seen[valid(conf)] += 1
	for wrong in ([], {"rx-match": []}, {"rx-match": "x"}):
	    assert not valid(wrong)
	assert valid({}) and min(seen.values()) > 200 // every, seen
	E
}
