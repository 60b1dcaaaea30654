# SPDX-License-Identifier: MIT
# rx-match --explain: why a record is kept or not
setup() { load helper; }

@test "explain: what it says of generated rules is what they do, and what a model says of each" {
	cat >check.py <<-'E'
	import json, random, subprocess, sys
	sys.path.insert(0, sys.argv[1])
	sys.dont_write_bytecode = True
	import rules_oracle as o
	pick, parts = random.Random(7), 0
	def walk(c, said, a):
	    """The first level: the condition as a whole, and its parts if it is a list."""
	    global parts
	    assert said["matched"] == o.true(c, a), (c, said, a.now)
	    parts += 1
	    if isinstance(c, dict) and said["question"] in ("any", "all", "not") and said["question"] in c:
	        inner = c[said["question"]]
	        for k, s in zip(inner if isinstance(inner, list) else [inner], said["parts"], strict=True):
	            walk(k, s, a)
	for n in range(40):
	    f = o.rules(pick)
	    json.dump(f, open("r.json", "w"))
	    lines = [json.dumps(o.record(pick, i)) for i in range(30)]
	    text = "".join(l + "\n" for l in lines)
	    run = lambda *args: subprocess.run(["rx-match", "-q", "-f", "r.json", *args], input=text, capture_output=True, text=True).stdout
	    said = [json.loads(l) for l in run("--explain").splitlines()]
	    kept = {json.loads(l)["i"] for l in run().splitlines()}
	    assert [s["line"] for s in said] == list(range(1, 31))
	    assert {s["line"] - 1 for s in said if s["kept"]} == kept
	    for line, s in zip(lines, said):
	        a = o.Asked(line)
	        for r, rule in zip(f["rules"], s["rules"]):
	            assert rule["name"] == r["name"]
	            if "when" in r:
	                walk(r["when"], rule["when"], a)
	                assert rule["matched"] == rule["when"]["matched"]
	            else:
	                assert rule["matched"]
	            if rule["matched"]:
	                if r.get("extract"):
	                    o.extract(r["when"], a, r.get("prefix", ""))
	                a.now.update(r.get("set", {}))
	assert parts > 5000, parts
	E
	python3 check.py "$RX_TOP/t/oracle"
}

@test "explain: of patterns and keywords it says which and where, of the severity what it is from" {
	cat >in <<-'E'
	{"log_line":"an \u00e9 job failed"}
	{"log_line":"all is well","severity":"warn"}
	{"log_line":"ERROR disk 7"}
	{"log_line":"x"}
	E
	run -0 rx-match -k -e 'disk \d' --explain <in
	[ "$(jq -c '[.line, .kept, .pattern.matched, .pattern.which, .pattern.start, .pattern.text, .severity.class, .severity.from]' <<<"$output")" = \
'[1,true,true,"-k",10,"failed","failure","keyword"]
[2,false,false,null,null,null,"warn","member"]
[3,true,true,"-k",0,"ERROR","error","level"]
[4,false,false,null,null,null,"info","default"]' ]
	run -0 rx-match -v -e disk --severity-at-least warn --explain <in
	[ "$(jq -c '[.kept, .pattern.inverted]' <<<"$output" | tr '\n' ' ')" = '[true,true] [true,true] [false,true] [false,true] ' ]
	printf 'a\nfail\n' >text.log
	run -0 rx-match -k --explain text.log
	[ "$(jq -c '[.file, .line, .kept]' <<<"$output" | tr '\n' ' ')" = '["text.log",1,false] ["text.log",2,true] ' ]
	run -0 rx-match -e '^(a+)+$' --explain <<<'{"log_line":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}'
	[ "$(jq -c '[.pattern.limit, .kept]' <<<"$output")" = '[true,true]' ]
}

@test "explain: values, absent members, rejections, and steps that take a record out" {
	echo '{"rules":[{"name":"n","when":{"member":"/status",">=":500}},
	    {"name":"r","when":{"member":"/x","exists":true},"then":"reject"},
	    {"name":"w","when":{"severity_at_least":"error"},"severity":"critical"}]}' >r.json
	printf '%s\n' '{"status":404}' '{"x":1}' '{"log_line":"fatal","status":"501"}' '{"log_line":"an error"}' >in
	run rx-match -q -f r.json --explain <in
	[ "$(jq -c '[.kept, .out, .rules[0].when.value, .rules[0].when.absent, .written_as]' <<<"$output")" = \
'[false,{"step":"rules"},404,null,null]
[false,{"step":"rules","why":"r"},null,true,null]
[true,null,"501",null,"critical"]
[true,null,null,true,"critical"]' ]
	[ "$(jq -c '.rules[2].when.value' <<<"${lines[3]}")" = '"error"' ]
	# No marks among the lines.
	echo '{"_rx":{"k":"mark","n":"N","q":1,"full":false,"pos":[]}}' >marked
	cat in >>marked
	run rx-match -q -f r.json --explain <marked
	[ "$(jq -r .line <<<"$output" | tr '\n' ' ')" = '2 3 4 5 ' ]
}

@test "explain: which of -k and -e it was, also of a list that becomes many patterns" {
	words=$(seq -s, -f 'w%g' 1 70)
	run -0 rx-match -e zz -k=a,b -k="$words" --explain <<<'{"log_line":"w69 zz"}'
	[ "$(jq -r .pattern.which <<<"$output")" = "$words" ]
	run -0 rx-match -e zz -k=a,b -k="$words" --explain <<<'{"log_line":"zz"}'
	[ "$(jq -r .pattern.which <<<"$output")" = zz ]
}
