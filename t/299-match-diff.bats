# SPDX-License-Identifier: MIT
# rx-match --diff: what new rules make of a history otherwise
setup() { load helper; }

files() {
	echo '{"rules":[{"name":"bad","when":"error"},{"name":"noise","when":"noise","then":"drop"},
	    {"name":"slow","when":"slow","set":{"a":1}},{"name":"gone","when":"cache"}]}' >old.json
	echo '{"rules":[{"name":"fatal","when":"disk error","severity":"critical"},{"name":"renamed","when":"error"},
	    {"name":"noise","when":"noise","then":"reject"},{"name":"late","when":"timeout"},
	    {"name":"slow","when":"slow","set":{"a":2}}]}' >new.json
	printf '{"log_line":"%s"}\n' 'an error' 'disk error' noise timeout slow cache other >in
}

@test "diff: of generated rules it tells what a model, and what two runs of their own, say differs" {
	cat >check.py <<-'E'
	import collections, json, random, subprocess, sys
	sys.path.insert(0, sys.argv[1])
	sys.dont_write_bytecode = True
	import rules_oracle as o
	pick, seen = random.Random(5), collections.Counter()
	def changed(f):
	    f = json.loads(json.dumps(f))
	    for _ in range(pick.randint(0, 3)):
	        r = pick.choice(f["rules"][:-1])
	        what = pick.randrange(5)
	        if what == 0:
	            r["name"] += "_new"
	        elif what == 1:
	            r["severity"] = pick.choice(["warn", "critical"])
	        elif what == 2:
	            r["set"] = {"tag": pick.choice(o.VALUES)}
	        elif what == 3:
	            r["then"] = pick.choice(["keep", "drop", "next"])
	            r.pop("stop", None)
	        else:
	            f["others"] = pick.choice(["keep", "drop"])
	    return f
	def run(*args):
	    done = subprocess.run(["rx-match", *args], input=text, capture_output=True, text=True)
	    return done.returncode, [json.loads(l) for l in done.stdout.splitlines()], done.stderr
	for n in range(80):
	    old = o.rules(pick)
	    new = changed(old)
	    json.dump(old, open("old.json", "w"))
	    json.dump(new, open("new.json", "w"))
	    lines = [o.spelled(pick, o.record(pick, i)) for i in range(40)]
	    text = "".join(l + "\n" for l in lines)
	    status, said, told = run("-f", "old.json", "--diff", "new.json")
	    by = {d["line"] - 1: d for d in said}
	    assert len(by) == len(said)
	    was, now = ({g["i"]: g for g in run("-q", "-f", f)[1]} for f in ("old.json", "new.json"))
	    for i, line in enumerate(lines):
	        # What the model keeps, and of what is kept twice what the runs wrote.
	        kept = [o.apply(f, line) is not None for f in (old, new)]
	        if kept[0] != kept[1]:
	            want = "added" if kept[1] else "removed"
	        elif not kept[0] or list(was[i].items()) == list(now[i].items()):
	            want = None
	        else:
	            want = "members" if was[i]["severity"] == now[i]["severity"] else "severity"
	        d = by.get(i)
	        assert (d and d["change"]) == want, (old, new, line, d, want)
	        seen[want] += 1
	        if d is None:
	            continue
	        assert d["text"] == json.loads(line).get("log_line", line)
	        for side, f, out in (("old", old, was), ("new", new, now)):
	            assert d[side]["fate"] == ("keep" if i in out else "drop")
	            assert d[side].get("severity") == (out[i]["severity"] if i in out else None)
	            assert "rule" not in d[side] or d[side]["rule"] in {r["name"] for r in f["rules"]}
	            assert d[side].get("record") == (out[i] if want == "members" else None)
	    assert status == bool(said), status
	    assert "40 records compared, %d differ: " % len(said) in told, told
	assert min(seen[k] for k in (None, "added", "removed", "severity", "members")) > 20, seen
	E
	timeout 120 python3 check.py "$RX_TOP/t/oracle"
}

@test "diff: a line for each record whose fate, severity or members differ, and a summary" {
	files
	run -1 --separate-stderr rx-match -f old.json --diff new.json <in
	[ "$output" = '{"line":2,"change":"severity","old":{"fate":"keep","rule":"bad","severity":"error"},"new":{"fate":"keep","rule":"fatal","severity":"critical"},"text":"disk error"}
{"line":3,"change":"fate","old":{"fate":"drop","rule":"noise"},"new":{"fate":"reject","rule":"noise"},"text":"noise"}
{"line":4,"change":"added","old":{"fate":"drop"},"new":{"fate":"keep","rule":"late","severity":"info"},"text":"timeout"}
{"line":5,"change":"members","old":{"fate":"keep","rule":"slow","severity":"info","record":{"log_line":"slow","a":1,"severity":"info"}},"new":{"fate":"keep","rule":"slow","severity":"info","record":{"log_line":"slow","a":2,"severity":"info"}},"text":"slow"}
{"line":6,"change":"removed","old":{"fate":"keep","rule":"gone","severity":"info"},"new":{"fate":"drop"},"text":"cache"}' ]
	[ "$stderr" = 'rx-match: 7 records compared, 5 differ: 1 added, 1 removed, 1 of another fate, 1 of another severity, 1 with other members' ]
	# The other way round it is the same records.
	run -1 rx-match -q -f new.json --diff old.json <in
	[ "$(jq -r .change <<<"$output" | paste -sd' ')" = 'severity fate removed members added' ]
}

@test "diff: exit 0 and no line when nothing differs, whatever is kept; 1 of refused input" {
	files
	run -0 --separate-stderr rx-match -f old.json --diff old.json <in
	[ -z "$output" ]
	[[ $stderr == *'7 records compared, 0 differ: '* ]]
	sed 's/"name":"/&x/g' old.json >named.json
	run -0 rx-match -q -f old.json --diff named.json <in
	[ -z "$output" ]
	run -0 rx-match -q -f old.json --diff new.json </dev/null
	echo '{"log_line":' >>in
	run -1 rx-match -q -f old.json --diff old.json <in
}

@test "diff: both see members of --parse, what a rule adds stays on its side, marks are no records" {
	echo '{"mode":"all","rules":[{"name":"a","when":{"member":"/n","==":"1"},"set":{"seen":true},"then":"next"},
	    {"name":"b","when":{"member":"/n","exists":true}}]}' >old.json
	echo '{"rules":[{"name":"c","when":{"member":"/seen","exists":true}},
	    {"name":"d","when":{"member":"/n","==":"2"}}]}' >new.json
	echo '{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}' >in
	printf '{"log_line":"n=%s"}\n' 1 2 3 >>in
	run -1 rx-match -q --parse kv -f old.json --diff new.json <in
	[ "$(jq -c '[.line,.change,.old.rule,.new.rule]' <<<"$output")" = '[2,"removed","b",null]
[4,"removed","b",null]' ]
}

@test "diff: a pattern at its bound keeps the record on its side, and is named" {
	echo '{"rules":[{"name":"a","when":"none of it"}]}' >old.json
	echo '{"rules":[{"name":"bomb","when":"^(a+)+$"}]}' >new.json
	echo '{"log_line":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}' >in
	run -1 --separate-stderr rx-match -f old.json --diff new.json <in
	[ "$(jq -c '[.change,.old.fate,.old.limit,.new.fate,.new.limit,.new.rule]' <<<"$output")" = '["added","drop",null,"keep",true,null]' ]
	[[ $stderr == *'1 records passed on which a pattern reached its bound'* ]]
}

@test "diff: of files it names file and line; -c counts, -l names, -m ends, a pattern selects" {
	files
	jq -r .log_line in >a.log
	echo other >b.log
	run -1 rx-match -q -f old.json --diff new.json b.log a.log
	[ "$(jq -c '[.file,.line]' <<<"$output" | paste -sd' ')" = '["a.log",2] ["a.log",3] ["a.log",4] ["a.log",5] ["a.log",6]' ]
	run -1 rx-match -q -f old.json --diff new.json -c b.log a.log
	[ "$output" = 'b.log:0
a.log:5' ]
	run -1 rx-match -q -f old.json --diff new.json -l b.log a.log
	[ "$output" = a.log ]
	run -1 rx-match -q -f old.json --diff new.json -m2 <in
	[ "${#lines[@]}" -eq 2 ]
	run -1 rx-match -q -e time -f old.json --diff new.json <in
	[ "$(jq -r .text <<<"$output")" = timeout ]
	echo '{"rx-match":{"rules":"old.json","diff":"new.json"}}' >rx.json
	run -1 rx-match -q --config rx.json -c <in
	[ "$output" = 5 ]
}

@test "diff: what cannot go together is a usage error, a file that is wrong is exit 78" {
	files
	run -64 --separate-stderr rx-match --diff new.json <in
	[ "$stderr" = 'rx-match: fatal: --diff needs -f' ]
	run -64 --separate-stderr rx-match -f old.json --diff new.json --dedupe 1m <in
	[ "$stderr" = 'rx-match: fatal: --diff compares rules: --dedupe comes behind them' ]
	for other in --explain --coverage '--diff old.json'; do
		run -64 rx-match -f old.json --diff new.json $other <in
	done
	echo '{"rules":[{"nam":"x"}]}' >wrong.json
	run -78 --separate-stderr rx-match -f old.json --diff wrong.json --check
	[ "$stderr" = 'rx-match: fatal: wrong.json:1:18: "nam" is no member here' ]
	run -78 rx-match -f old.json --diff none.json <in
	run -0 rx-match -f old.json --diff new.json --check
}
