# SPDX-License-Identifier: MIT
# rx-match --schema, --reject: records that do not fit, where, and why
setup() { load helper; }

event='{"type":"object","required":["user_id","signal_type"],"additionalProperties":false,"properties":{
"user_id":{"type":"string","minLength":1,"maxLength":8,"pattern":"^[a-z]+$"},
"signal_type":{"enum":["click","error",3,null]},
"at":{"type":"string","format":"date-time"},
"count":{"type":"integer","minimum":0,"exclusiveMaximum":10},
"tags":{"type":"array","maxItems":2,"items":{"type":"string"}},
"in":{"type":"object","properties":{"x/y~":{"type":["number","null"]}}}}}'

# reasons: the records of stdin that do not fit, as member and reason
reasons() { rx-match -q --schema s.json | jq -r '.schema_error | select(.) | "\(.member) \(.why)"'; }

@test "schema: each keyword says where and why" {
	echo "$event" >s.json
	cat >in <<-'E'
	{"user_id":"ann","signal_type":"click","at":"2026-01-05T10:00:00.5+02:00","count":9,"tags":["a","b"],"in":{"x/y~":null,"z":1}}
	{"user_id":"ann"}
	{"user_id":7,"signal_type":3.0}
	{"user_id":"","signal_type":null}
	{"user_id":"abcdefghi","signal_type":3}
	{"user_id":"Ann","signal_type":3}
	{"user_id":"ann","signal_type":"Click"}
	{"user_id":"ann","signal_type":3,"at":"yesterday"}
	{"user_id":"ann","signal_type":3,"count":1.5}
	{"user_id":"ann","signal_type":3,"count":-1}
	{"user_id":"ann","signal_type":3,"count":10}
	{"user_id":"ann","signal_type":3,"tags":["a","b","c"]}
	{"user_id":"ann","signal_type":3,"tags":["a",2]}
	{"user_id":"ann","signal_type":3,"in":{"x/y~":"1"}}
	{"user_id":"ann","signal_type":3,"extra":1}
	E
	run -0 reasons <in
	cat >want <<-'E'
	/signal_type is missing
	/user_id is of the wrong type
	/user_id is shorter than 1
	/user_id is longer than 8
	/user_id does not match the pattern
	/signal_type is none of enum
	/at is no date-time
	/count is of the wrong type
	/count is less than 0
	/count is not less than 10
	/tags has more than 2 items
	/tags/1 is of the wrong type
	/in/x~1y~0 is of the wrong type
	/extra is no member that is known
	E
	diff want - <<<"$output"
}

@test "schema: without --reject nothing leaves the stream, with it all that does is in the file" {
	echo "$event" >s.json
	printf '%s\n' '{"user_id":"ann","signal_type":3}' '{"user_id":"ann"}' '{"user_id":"bob","signal_type":"x"}' 'no record' >in
	run -1 --separate-stderr rx-match --schema s.json <<<"$(head -n3 in; echo '{"a":'; cat in)"
	run -0 --separate-stderr rx-match --schema s.json < <(head -n3 in)
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[0]}" = "$(head -n1 in)" ]
	[ "${lines[1]}" = '{"user_id":"ann","schema_error":{"member":"/signal_type","why":"is missing"}}' ]
	[[ $stderr == *'2 records do not fit --schema'* ]]
	run -1 --separate-stderr rx-match --schema s.json --reject bad <in
	[ "$output" = "$(head -n1 in)" ]
	[[ $stderr == *'2 records rejected'* ]]
	[[ $stderr == *'warning: stdin: schema: /signal_type: is missing'* ]]
	cat >want <<-'E'
	{"user_id":"ann","rejected":{"by":"schema","member":"/signal_type","why":"is missing"}}
	{"user_id":"bob","signal_type":"x","rejected":{"by":"schema","member":"/signal_type","why":"is none of enum"}}
	E
	diff want <(head -n2 bad)
	jq -e '.log_line == "no record" and .rejected.by == "record"' <(tail -n1 bad)
	[ "$(wc -l <bad)" -eq 3 ]
	run -1 rx-match -q --schema s.json --reject bad <in
	[ "$(wc -l <bad)" -eq 6 ]
	[ "$(stat -c %a bad)" = 640 ]
}

@test "schema: coordinates are no member of the record; secrets are not in the file" {
	echo '{"additionalProperties":false,"properties":{"a":{"maxLength":3}}}' >s.json
	echo '{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},"a":"x"}' >in
	run -0 rx-match --schema s.json --reject bad <in
	[ "$output" = "$(cat in)" ]
	echo '{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},"a":"password=hunter2"}' >in
	run -1 rx-match --schema s.json --reject bad --redact all <in
	! grep hunter bad <<<"$output" || false
	jq -e '._rx.e == 9 and .a == "password=[redacted:password]"' bad
}

@test "schema: what is refused is in the file before the mark that covers it, and --old reject goes there too" {
	echo '{"required":["a"]}' >s.json
	begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
	mark='{"_rx":{"k":"mark","n":"NONCE","q":1,"full":false,"pos":[]}}'
	mkfifo pipe
	rx-match -q --schema s.json --max-age 1h --old reject --reject bad <pipe >out 3>&- &
	exec 4>pipe
	printf '%s\n' "$begin" '{"b":1}' '{"a":1,"timestamp":"2020-01-01T00:00:00Z"}' "$mark" >&4
	soon has out 2
	[ "$(jq -c '[.rejected.by, .rejected.member, .rejected.why]' bad | paste -sd' ')" = \
		'["schema","/a","is missing"] ["max-age","/timestamp","timestamp_too_old"]' ]
	exec 4>&-
	code=0; wait $! || code=$?
	[ "$code" -eq 1 ]
	run -64 rx-match --max-age 1h --old reject </dev/null
	[[ $output == *'--old reject needs --reject FILE'* ]]
	if can_trace; then
		printf '%s\n' "$begin" '{"b":1}' "$mark" >in
		strace -o trace -e trace=write,fdatasync rx-match -q --schema s.json --reject bad <in >out || :
		[ "$(grep -n fdatasync trace | head -n1 | cut -d: -f1)" -lt "$(grep -n 'write(1' trace | head -n1 | cut -d: -f1)" ]
	fi
}

@test "schema: a record of members that come twice is no square of work" {
	echo '{"properties":{"o":{"additionalProperties":{"type":"string"}}}}' >s.json
	python3 - >in <<-'E'
	import itertools, string
	names = ["".join(n) for n in itertools.islice(itertools.product(string.ascii_letters + string.digits, repeat=3), 45000)]
	for few in 50, 45000:
	    print('{"o":{' + ",".join('"%s":1' % n for n in names[:few]) + "," + ",".join('"%s":"s"' % n for n in names[:few][::-1]) + "}}")
	E
	(ulimit -t 20; rx-match -q --schema s.json <in >out)
	[ "$(jq -c .schema_error out | paste -sd' ')" = 'null {"member":"/o/abc","why":"is of the wrong type"}' ]
}

@test "schema: alternatives in one another, and schemas that refer to others, are bounded" {
	python3 - <<-'E'
	import json
	def save(name, defs, **top):
	    json.dump({"$defs": defs, **top}, open(name, "w"))
	ref = lambda i: {"$ref": "#/$defs/d%d" % i}
	leaf = {"properties": {"a": {"type": "integer"}}}
	# Each line doubles the work: 2^60 checks, and 2^60 that are turned round.
	for name, group, n in ("any", "anyOf", 60), ("one", "oneOf", 60), ("all", "allOf", 60), ("fit", "anyOf", 12):
	    save(name, {"d0": leaf, **{"d%d" % i: {group: [ref(i - 1), ref(i - 1)]} for i in range(1, n)}}, **ref(n - 1))
	save("not", {"d0": leaf, **{"d%d" % i: {"anyOf": [ref(i - 1), ref(i - 1)]} for i in range(1, 60)}}, **{"not": ref(59)})
	# Far in one another: by reference, forward and back, and for one value in each of 60 objects.
	for name, order in ("chain", 1), ("back", -1):
	    save(name, {"d%d" % i: ref(i + 1) if i < 4999 else {} for i in range(5000)[::order]}, **ref(0))
	save("high", {"d%d" % i: {"allOf": [ref(i + 1)]} if i < 14 else {"properties": {"a": ref(0)}} for i in range(15)}, **ref(0))
	save("higher", {"d%d" % i: {"allOf": [ref(i + 1)]} if i < 19 else {"properties": {"a": ref(0)}} for i in range(20)}, **ref(0))
	text = "{}"
	for _ in range(130):
	    text = '{"allOf":[%s]}' % text
	open("highest", "w").write(text)
	json.dump({"anyOf": [True] * 10001}, open("many", "w"))
	deep = {"a": 1}
	for _ in range(60):
	    deep = {"a": deep}
	open("deep.in", "w").write(json.dumps(deep) + "\n")
	open("text.in", "w").write(json.dumps({"a": "x" * 1000000}) + "\n")
	open("in", "w").write('{"a":"x"}\n' * 5)
	E
	for s in any one all not; do
		run -0 --separate-stderr timeout 20 rx-match -q --schema $s <in
		[ "$(jq -r '.schema_error | "\(.member)\(.why)"' <<<"$output" | sort | uniq -c | xargs)" = \
			"$([ $s = all ] && echo '5 /ais of the wrong type' || echo '5 is too much work for this schema')" ]
	done
	run -0 timeout 20 rx-match -q --schema any <text.in
	[[ $output == *'too much work for this schema"}}' ]]
	# What is not too much is checked: 2048 ways, and an object as deep as may be.
	run -0 rx-match -q --schema fit <<<'{"a":"x"}'
	[[ $output == *'"fits none of anyOf"}}' ]]
	run -0 rx-match -q --schema fit <<<'{"a":1}'
	[ "$output" = '{"a":1}' ]
	run -0 rx-match -q --schema high <deep.in
	[ "$output" = "$(<deep.in)" ]
	for s in chain back; do
		run -78 --separate-stderr timeout 20 rx-match --schema $s <in
		[[ $stderr == *' schemas nested, or referring to others, too deep' ]]
	done
	run -0 --separate-stderr rx-match -q --schema higher <deep.in
	[[ $output == *'too much work for this schema"}}' ]]
	run -78 --separate-stderr rx-match --schema highest <in
	[[ $stderr == *'highest:1:1: #: too many schemas in one another for one value' ]]
	run -78 --separate-stderr rx-match --schema many <in
	[[ $stderr == *': too many schemas' ]]
}

@test "schema: a full disk or a place that cannot be written stops the stream" {
	echo '{"required":["a"]}' >s.json
	run -74 rx-match --schema s.json --reject /dev/full <<<'{"b":1}'
	[[ $output == *'unable to write /dev/full'* ]]
	run -74 rx-match --schema s.json --reject no/such/file <<<'{"b":1}'
	run -0 rx-match --schema s.json --reject new --check
	[ ! -e new ]
}

# broken SCHEMA LINE:COLUMN WHAT
broken() {
	printf '%b' "$1" >s.json
	run -78 rx-match --schema s.json <<<'{"a":1}'
	[[ $output == *"s.json:$2: "*"$3"* ]] || { echo "$1: $output"; false; }
}

@test "schema: what cannot be used is told at the start, with line and pointer" {
	broken '{\n "properties":{\n  "a/b":{"dependentRequired":{}}}}' 3:30 '#/properties/a~1b/dependentRequired: this keyword is not supported'
	broken '{"patternProperties":{}}' 1:22 'not supported'
	broken '{"type":"text"}' 1:9 '#/type: no type of JSON'
	broken '{"items":{"type":["string","text"]}}' 1:28 '#/items/type/1: no type of JSON'
	broken '{"format":"email"}' 1:1 'format: only'
	broken '{"pattern":"("}' 1:1 'missing closing parenthesis'
	broken '{"enum":[{"a":1}]}' 1:10 '#/enum/0: only texts'
	broken '{"minLength":-1}' 1:14 'minLength'
	broken '{"minimum":"1"}' 1:12 'must be a number'
	broken '{"items":7}' 1:10 '#/items: must be a schema'
	broken '{"$ref":"other.json"}' 1:9 '#/$ref: only #'
	broken '{"$ref":"#/$defs/a"}' 1:9 'nothing is there'
	broken '{"$ref":"#"}' 1:1 'leads to itself'
	broken '{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}}}' 1:1 'leads to itself'
	broken '{"type":"object","type":"array"}' 1:23 'duplicate'
	broken '{"required":"a"}' 1:13 'must be a list'
	broken '{"required":["a",1]}' 1:18 'must be a name'
	broken '{"const":1,"enum":[1]}' 1:10 'enum is there too'
	broken '{"enum":[]}' 1:9 'must be a list'
	broken '{"properties":[]}' 1:15 '#/properties: must be an object'
	broken '{"anyOf":[]}' 1:10 'must be a list of schemas'
	broken '{"$defs":[]}' 1:10 'must be an object'
	broken '[]' 1:1 'must be a schema'
	broken '' 1:1 ''
	run -78 rx-match --schema none.json </dev/null
	run -64 rx-match --schema a --schema b </dev/null
}

@test "schema: a schema of itself, nested deep, and members that come twice" {
	echo '{"type":"object","properties":{"next":{"$ref":"#"},"n":{"type":"integer"}},"additionalProperties":false}' >s.json
	python3 - <<-'E' >in
	print('{"next":' * 60 + '{"n":1}' + "}" * 60)
	print('{"next":' * 60 + '{"n":"x"}' + "}" * 60)
	print('{"n":"x","n":1}')
	print('{"n":1,"n":"x"}')
	print('{"n":1,"\\u006e":"x"}')
	E
	run -0 reasons <in
	[ "${lines[0]}" = "$(printf '/next%.0s' {1..60})/n is of the wrong type" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "schema: the same verdict as another validator on generated schemas and records" {
	need_python jsonschema
	python3 -W ignore - "$(every 5)" <<-'E'
	import json, random, subprocess, sys, jsonschema
	random.seed(23)
	every = int(sys.argv[1])
	names = ["a", "b", "é", "a b", "c/d"]
	texts = ["", "a", "ab", "abc", "é", "éé", "a\n", "\"", "x" * 20, "10.0.0.1", "::1", "😀"]
	numbers = [0, 1, -1, 1.0, 1.5, 10, -0.5, 1e3, 100000000000000000000, 2**53 + 1]
	def value(d):
	    k = random.randrange(9 if d else 6)
	    if k < 2: return random.choice(texts)
	    if k < 4: return random.choice(numbers)
	    if k == 4: return random.choice([True, False])
	    if k == 5: return None
	    if k < 8: return {n: value(d - 1) for n in random.sample(names, random.randrange(4))}
	    return [value(d - 1) for _ in range(random.randrange(4))]
	def scalar():
	    while True:
	        v = value(0)
	        if not isinstance(v, (dict, list)) and v != 10**20: return v
	def schema(d):
	    s = {}
	    if random.random() < .06: return random.choice([True, True, False])
	    for _ in range(random.randrange(3 if d else 2)):
	        k = random.choice(["type", "types", "enum", "const", "num", "len", "pattern", "props", "props", "props", "req", "addl", "items", "nitems", "nprops", "group", "not", "ref", "format"])
	        if k == "type": s["type"] = random.choice(["string", "number", "integer", "object", "object", "array", "boolean", "null"])
	        if k == "types": s["type"] = random.sample(["string", "number", "integer", "object", "array", "boolean", "null"], 3)
	        if k == "enum" and "const" not in s: s["enum"] = [scalar() for _ in range(3)]
	        if k == "const" and "enum" not in s: s["const"] = scalar()
	        if k == "num": s[random.choice(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])] = random.choice([0, 1, 1.5, 10, -3])
	        if k == "len": s[random.choice(["minLength", "maxLength"])] = random.randrange(4)
	        if k == "pattern": s["pattern"] = random.choice(["^a", "b$", "a.c", "^.?$", "é", "[0-9]+"])
	        if k == "format": s["format"] = random.choice(["ipv4", "ipv6"])
	        if k == "req": s["required"] = random.sample(names, random.randrange(1, 3))
	        if k == "nitems": s[random.choice(["minItems", "maxItems"])] = random.randrange(3)
	        if k == "nprops": s[random.choice(["minProperties", "maxProperties"])] = random.randrange(4)
	        if d:
	            if k == "props": s["properties"] = {n: schema(d - 1) for n in random.sample(names, 2)}
	            if k == "addl": s["additionalProperties"] = schema(d - 1)
	            if k == "items": s["items"] = schema(d - 1)
	            if k == "group": s[random.choice(["anyOf", "allOf", "oneOf"])] = [schema(d - 1) for _ in range(2)]
	            if k == "not": s["not"] = schema(d - 1)
	            if k == "ref": s["$ref"] = "#/$defs/one"
	    return s
	verdicts = {True: 0, False: 0}
	for i in range(400 // every):
	    s = schema(3)
	    if isinstance(s, bool): s = {}
	    s["$defs"] = {"one": schema(0)}
	    json.dump(s, open("s.json", "w"), ensure_ascii=random.random() < .5)
	    docs = [{n: value(2) for n in random.sample(names, random.randrange(5))} for _ in range(40)]
	    text = "".join(json.dumps(d, ensure_ascii=random.random() < .5) + "\n" for d in docs)
	    p = subprocess.run(["rx-match", "-q", "--schema", "s.json"], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
	    assert p.returncode == 0, (s, p.stderr)
	    v = jsonschema.Draft202012Validator(s, format_checker=jsonschema.FormatChecker(["ipv4", "ipv6"]))
	    for d, l in zip(docs, p.stdout.splitlines()):
	        got = json.loads(l)
	        good = "schema_error" not in got
	        verdicts[good] += 1
	        assert good == v.is_valid(d), (s, d, got.get("schema_error"), v.is_valid(d))
	assert min(verdicts.values()) > 3000 // every, verdicts
	E
}

@test "schema: date-time is that of RFC 3339" {
	echo '{"properties":{"t":{"format":"date-time"}}}' >s.json
	for good in 2026-01-05T10:00:00Z 2026-01-05t10:00:00.123456789z 2026-02-28T23:59:60+05:30 2024-02-29T00:00:00-00:00; do
		echo "{\"t\":\"$good\"}"
	done >good
	for bad in 2026-01-05 '2026-01-05T10:00' 2026-02-30T10:00:00Z 2026-01-05T24:00:00Z 2026-01-05T10:00:00 '' 1767607200 2026-1-5T10:00:00Z; do
		echo "{\"t\":\"$bad\"}"
	done >bad
	run -0 rx-match -q --schema s.json <good
	[ "$output" = "$(cat good)" ]
	run -0 reasons <bad
	[ "${#lines[@]}" -eq "$(wc -l <bad)" ]
}

@test "schema: the schemas of records that come with rx can be used as they are" {
	for s in alert heartbeat system-info telemetry telemetry-flat; do
		rx-match --schema "$RX_TOP/agent/schemas/$s.json" --check || { echo "$s"; false; }
	done
	rx-metrics --once >one
	run -0 rx-match --schema "$RX_TOP/agent/schemas/telemetry.json" --reject bad <one
	[ "$output" = "$(cat one)" ]
	[ ! -s bad ]
	run -0 reasons < <(jq -c '.surprise=1' one) && cp "$RX_TOP/agent/schemas/telemetry.json" s.json
	run -0 reasons < <(jq -c '.surprise=1' one)
	[ "$output" = '/surprise is no member that is known' ]
}

@test "schema: a pattern that reaches its bound is no pass" {
	echo '{"properties":{"a":{"pattern":"^(?:(a+)+)+$"}}}' >s.json
	python3 -c 'print("{\"a\":\"" + "a" * 40000 + "!\"}")' >in
	run -0 reasons <in
	[ "$output" = '/a the pattern reached its bound' ]
}

@test "schema: HUP reads the file again, a wrong one changes nothing and is told" {
	echo '{"required":["a"]}' >s.json
	mkfifo pipe
	rx-match --schema s.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"b":1}' >&4
	soon has out 1
	echo '{"requires":["b"]}' >s.json
	kill -HUP $pid
	soon grep -q 's.json:1:13: .*; the schema stays as it was' err
	echo '{"b":2}' >&4
	soon has out 2
	echo '{"required":["b"]}' >s.json
	kill -HUP $pid
	soon grep -q 'the schema was read from s.json' err
	printf '%s\n' '{"b":3}' '{"a":4}' >&4
	soon has out 4
	exec 4>&-
	wait $pid
	[ "$(jq -r '.schema_error.member // "fits"' out | paste -sd' ')" = '/a /a fits /b' ]
}
