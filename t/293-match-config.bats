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
	{"rx-match":|
	E
	run -78 --separate-stderr rx-match --config none </dev/null
	[[ $stderr == *none* ]]
	echo '{"rx-match":{"max-count":"x"}}' >rx.json
	run -64 rx-match --config rx.json </dev/null
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
	soon grep -q 'the patterns were read again' err
	say 2
	soon has out 5
	config '"regexp":"(","max-count":99,"log-format":"text"'
	kill -HUP $pid
	soon grep -q 'warning: -e (: missing closing parenthesis.*; the patterns stay as they were' err
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
	python3 - "$RX_TOP/agent/schemas/match-config.json" <<-'E'
	import json, re, subprocess, sys, jsonschema
	schema = json.load(open(sys.argv[1]))
	cls = jsonschema.validators.validator_for(schema)
	cls.check_schema(schema)
	valid = cls(schema).is_valid
	known = schema["properties"]["rx-match"]["properties"]
	table = subprocess.run(["rx-match", "--help"], capture_output=True, text=True).stdout
	assert set(re.findall(r"^ .*?--([a-z-]+)", table, re.M)) == set(known) | {"config", "sections"}
	# Whether these are good is not for their form to say: files, lists, patterns, or options that need another.
	meaning = "by classify diff list help version over parse rate redact redact-member regexp reject rules sample schema stats test via via-accept via-timeout old coverage invert-match member keywords".split()
	values = ["x", "", 7, 0, -1, True, False, None, [], {}, [True], ["x"], [False], [7, "7"], "7", "-7", "1.5", "5s", "1h30m", "30m1h", "5 s", "5", "1.5h",
	          "auto", ["auto", "never"], "raw", "clamp", "info", "text", "json", "classic"]
	seen = {True: 0, False: 0}
	for name in list(known) + ["config", "sections", "none", "keyword"]:
	    for value in values:
	        conf = {"rx-match": {name: value}, "rx-tail": [1]}
	        json.dump(conf, open("rx.json", "w"))
	        got = subprocess.run(["rx-match", "--check", "--config", "rx.json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
	        if "out of range" in got.stderr:
	            continue
	        if name in meaning:
	            good = not (got.returncode == 78 and "rx.json:1:" in got.stderr)
	            assert valid(conf) <= good, (conf, got.stderr)
	            if name not in ("old", "via-timeout"):
	                assert valid(conf) == good, (conf, got.stderr)
	        else:
	            assert valid(conf) == (got.returncode == 0), (conf, got.returncode, got.stderr)
	        seen[valid(conf)] += 1
	for wrong in ([], {"rx-match": []}, {"rx-match": "x"}):
	    assert not valid(wrong)
	assert valid({}) and min(seen.values()) > 300, seen
	E
}
