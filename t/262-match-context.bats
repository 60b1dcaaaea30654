# SPDX-License-Identifier: MIT
# rx-match: -A, -B and -C on records: what is written is told apart and in order
setup() { load helper; }

begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
mark='{"_rx":{"k":"mark","n":"NONCE","q":1,"full":false,"pos":[]}}'

@test "context: records around a kept one have the member context, and their own severity" {
	printf '{"log_line":"%s"}\n' one 'WARN two' 'a fail' three four >in
	run -0 rx-match -k -B1 -A1 <in
	[ "$output" = '{"log_line":"WARN two","context":true,"severity":"warn"}
{"log_line":"a fail","severity":"failure"}
{"log_line":"three","context":true,"severity":"info"}' ]
	run -0 rx-match -k -C1 --format view <in
	[ "$output" = 'warn     WARN two
failure  a fail
info     three' ]
	run -0 rx-match -k -A1 --format classic <in
	[ "$(jq -rc '[length, .log_line]' <<<"$output")" = '[6,"a fail"]
[6,"three"]' ]
	run -0 rx-match -c -k -C9 <in
	[ "$output" = 1 ]
}

@test "context: a line of text has it too, and what is kept has not" {
	printf '%s\n' one 'a fail' three >in
	run -0 rx-match -k -C1 in
	[ "$(jq -rc '[.log_line, .context]' <<<"$output")" = '["one",true]
["a fail",null]
["three",true]' ]
}

@test "context: on generated streams each record is written once and in order, marks in their places" {
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(262)
	for trial in range(60):
	    marked = trial % 2
	    before, after = random.randrange(6), random.randrange(6)
	    lines, hit = [], []
	    n = random.choice((30, 300, 9000))
	    for i in range(n):
	        mark = marked and (i == 0 or random.random() < 0.05)
	        match = not mark and random.random() < random.choice((0.02, 0.3))
	        hit.append("mark" if mark else match)
	        kind = "begin" if i == 0 else "mark"
	        lines.append('{"_rx":{"k":"%s","n":"N","q":%d}}' % (kind, i) if mark else
	                     '{"n":%d,"log_line":"%s%s"}' % (i, "fa\\u0069l" if match else random.choice(("x", "fa\\\\il", "failx")), " y" * random.randrange(40)))
	    want, last, due = [], -1, 0
	    floor = 0
	    for i, h in enumerate(hit):
	        if h == "mark":
	            want.append((i, "mark")); floor = i + 1
	        elif h:
	            want += [(k, "context") for k in range(max(floor, last + 1, i - before), i)]
	            want.append((i, "kept")); last, due = i, after
	        elif due:
	            want.append((i, "context")); due -= 1; last = i
	    options = ["-A%d" % after, "-B%d" % before]
	    p = subprocess.run(["rx-match", "-e", r"fail\b", *options], input="\n".join(lines).encode() + b"\n", capture_output=True)
	    got = []
	    for l in p.stdout.splitlines():
	        r = json.loads(l)
	        got.append((r["_rx"]["q"], "mark") if "_rx" in r else (r["n"], "context" if r.get("context") else "kept"))
	        if "_rx" in r:
	            assert l.decode() == lines[r["_rx"]["q"]]
	    assert got == want, (trial, options, [x for x in zip(got, want) if x[0] != x[1]][:3])
	E
}

@test "context: what follows the last of -m is written, and the input is read no further" {
	yes '{"log_line":"x fail"}' | { run -0 timeout 5 rx-match -k -m1 -A2; printf '%s\n' "$output" >out; }
	[ "$(jq -c .context out | xargs)" = 'null true true' ]
}

@test "context: lines that are no records are none" {
	printf '%s\n' '{"log_line":"x"}' oops '{"log_line":"fail"}' '[]' '{"log_line":"y"}' >in
	run -1 --separate-stderr rx-match -k -C2 <in
	[ "$(jq -r .log_line <<<"$output" | xargs)" = 'x fail y' ]
	[[ $stderr == *'2 lines dropped that are no records'* ]]
}

@test "context: what --redact hides is hidden there too, and each record stays its own" {
	printf '{"log_line":"%s"}\n' 'mail a@b.cd' 'fail c@d.ef' 'mail g@h.ij' >in
	run -0 rx-match -q -k -C1 --redact email <in
	[ "$(jq -r .log_line <<<"$output")" = 'mail [redacted:email]
fail [redacted:email]
mail [redacted:email]' ]
	run -0 rx-match -q -k -C1 --redact email --text --format raw <in
	[ "${lines[1]}" = '{"log_line":"fail [redacted:email]"}' ]
	[ "${#lines[@]}" -eq 3 ]
}
