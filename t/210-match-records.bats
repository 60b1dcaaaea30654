# SPDX-License-Identifier: MIT
# rx-match: a stream of records: bytes, escapes, bad lines, marks
setup() { load helper; }

begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
mark='{"_rx":{"k":"mark","n":"NONCE","q":1,"full":false,"pos":[]}}'

@test "match: all bytes of a record but its severity pass as they came" {
	cat >in <<-'E'
	{ "z" : 1e999 , "log_line":"error \u00e9\/", "n":[ 1,{}], "z": -0 }
	{"severity":"info","log_line":"fail","a":1.0}
	  {"log_line":"panic"}  
	{"log_line":"plain error","severity":{"was":"an object"},"x":""}
	E
	cat >want <<-'E'
	{ "z" : 1e999 , "log_line":"error \u00e9\/", "n":[ 1,{}], "z": -0 ,"severity":"error"}
	{"severity":"failure","log_line":"fail","a":1.0}
	  {"log_line":"panic","severity":"critical"}  
	{"log_line":"plain error","severity":"error","x":""}
	E
	run -0 rx-match -k <in
	rx-match -k <in >out
	diff want out
}

@test "match: an escaped keyword matches" {
	printf '%s\n' '{"log_line":"an \u0065rror"}' '{"log_line":"\u0046AI\u004c"}' \
	    '{"log_line":"\\u0065rror"}' >in
	run -0 rx-match -k -c <in
	[ "$output" = 2 ]
}

@test "match: an escaped newline is a boundary, and its n is no letter of the word" {
	printf '%s\n' '{"log_line":"one\nerror"}' '{"log_line":"one\terror\r"}' \
	    '{"log_line":"one\\nerror"}' >in
	run -0 rx-match -e '\berror\b' <in
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *'one\nerror'* ]]
	run -0 rx-match -e 'nerror' -c <in
	[ "$output" = 1 ]
}

@test "match: ^ \$ and \\s stay within the member" {
	printf '%s\n' '{"log_line":"ends in a"}' '{"log_line":"b begins"}' >in
	run -1 rx-match -e 'a\s' <in
	run -1 rx-match -e 'a"' <in
	run -0 rx-match -e 'a$' --format raw <in
	[ "$output" = 'ends in a' ]
	run -0 rx-match -e '^b' --format raw <in
	[ "$output" = 'b begins' ]
	run -1 rx-match -e 'a[^x]*b' <in
}

@test "match: a literal that hides in a longer one does not hide it" {
	printf '{"log_line":"%s"}\n' failed failing xfail failure >in
	run -0 rx-match -e 'fail$' -e 'failed' -e 'failure' --format raw <in
	[ "$output" = "$(printf '%s\n' failed xfail failure)" ]
}

@test "match: case folds beyond ASCII, the prefilter knows" {
	printf '{"log_line":"%s"}\n' 'diſk' 'disK' 'di\u017fk' 'dis\u212a' disc >in
	run -0 rx-match -i -e disk -c <in
	[ "$output" = 4 ]
	run -0 rx-match -i -e 'É' -c <<<'{"log_line":"\u00e9"}'
	[ "$output" = 1 ]
}

@test "match: of members that share a name the last is searched" {
	printf '%s\n' '{"log_line":"error","log_line":"ok"}' \
	    '{"log_line":"ok","log\u005fline":"error"}' >in
	run -0 rx-match -k <in
	[ "${#lines[@]}" -eq 1 ]
	[[ ${lines[0]} == *'u005f'* ]]
}

@test "match: control records pass byte for byte and in order, whatever is dropped" {
	printf '%s\n' "$begin" '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":0,"e":5},"log_line":"ok"}' \
	    "$mark" '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":5,"e":9},"log_line":"fail"}' "$mark" >in
	for how in -k '-k -v' '-e zzz' '-m 0 -k' '--severity-at-least critical' \
	    '-e error(?=x)\w' '--format classic -k'; do
		run -0 rx-match $how <in
		[ "$(grep -F '"k":"' <<<"$output")" = "$(grep -F '"k":"' in)" ]
	done
	run -0 rx-match -k <in
	[ "$output" = "$(printf '%s\n' "$begin" "$mark" \
	    '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":5,"e":9},"log_line":"fail","severity":"failure"}' "$mark")" ]
}

@test "match: a marked stream ends in 0 although nothing matched" {
	run -0 rx-match -k < <(echo "$begin")
	[ "$output" = "$begin" ]
	run -1 rx-match -k <<<'{"log_line":"ok"}'
}

@test "match: -c and raw have no place for marks and say so" {
	run -64 rx-match -c < <(echo "$begin")
	run -64 rx-match --format raw < <(echo "$begin")
}

@test "match: what only resembles a control record is data" {
	printf '%s\n' "$begin" '{ "_rx":{"k":"mark"},"log_line":"ok"}' \
	    '{"log_line":"{\"_rx\":{\"k\":\""}' >in
	run -0 rx-match -k <in
	[ "$output" = "$begin" ]
}

@test "match: lines that are no records are dropped, the first is named, exit 1" {
	printf '%s\n' '{"log_line":"error 1"}' oops '{"log_line":"error 2"' \
	    '[]' '' '{"log_line":"error 3"} {}' '{"log_line":"error 4"}' >in
	run -1 --separate-stderr rx-match -k <in
	[ "$output" = "$(printf '%s\n' '{"log_line":"error 1","severity":"error"}' \
	    '{"log_line":"error 4","severity":"error"}')" ]
	[[ ${stderr_lines[0]} == 'rx-match: warning: stdin: line 2: '* ]]
	[ "${stderr_lines[1]}" = 'rx-match: warning: 5 lines dropped that are no records' ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "match: a line that is no record shows whatever the pattern is" {
	printf '%s\n' '{"log_line":"ok"}' oops >in
	for how in -k '-e zzzz' '-v -e zzzz' '-e .'; do
		run -1 --separate-stderr rx-match $how <in
		[[ $stderr == *'line 2'* ]]
	done
}

@test "match: a torn last record is dropped in silence, a whole one is not" {
	printf '{"log_line":"error 1"}\n{"log_line":"error 2' >in
	run -0 --separate-stderr rx-match -k <in
	[ "$output" = '{"log_line":"error 1","severity":"error"}' ]
	[ -z "$stderr" ]
	printf '%s\n{"_rx":{"k":"mark","n":"N' "$begin" >in
	run -0 --separate-stderr rx-match -k <in
	[ "$output" = "$begin" ]
	[ -z "$stderr" ]
	printf '{"log_line":"error 1"}' >in
	run -0 rx-match -k <in
	[ "$output" = '{"log_line":"error 1","severity":"error"}' ]
}

@test "match: cut anywhere, a stream gives its whole records and marks" {
	printf '%s\n' "$begin" '{"log_line":"error é"}' "$mark" '{"log_line":"fail"}' "$mark" >in
	rx-match -k <in >all
	# An independent reader says how many lines are whole in each cut.
	python3 - >cuts <<-'E'
	import json
	data = open("in", "rb").read()
	for n in range(0, len(data), 7):
	    whole = 0
	    for line in data[:n].split(b"\n"):
	        try: whole += isinstance(json.loads(line), dict)
	        except ValueError: pass
	    print(n, whole)
	E
	[ "$(wc -l <cuts)" -gt 25 ]
	while read -r n whole; do
		head -c "$n" in >part
		rx-match -k <part >out 2>err || [ "$n" -lt 60 ]
		[ ! -s err ]
		head -n "$whole" all | cmp - out
	done <cuts
}

@test "match: a record of 1 MiB passes, one byte more is dropped and counted" {
	python3 - <<-'E'
	pad = lambda n: b'{"log_line":"error ' + b'x' * (n - 21) + b'"}'
	m = 1 << 20
	open("in", "wb").write(b"\n".join([pad(m), pad(m + 1), pad(m - 30), b'{"log_line":"error"}', b""]))
	E
	run -1 --separate-stderr rx-match -k <in
	rx-match -k <in >out 2>err || :
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(awk '{ print length }' out | head -n 1)" -eq $((1 << 20)) ]
	grep -q '1 lines dropped that are too long' err
	grep -q '1 records passed without severity' err
}

@test "match: a line of 10 MiB is dropped and counted, the next is its own" {
	{
		printf '{"log_line":"error '
		head -c 10M /dev/zero | tr '\0' x
		printf '"}\n{"log_line":"error"}\n'
	} >in
	run -1 --separate-stderr rx-match -k <in
	[ "$output" = '{"log_line":"error","severity":"error"}' ]
	[[ $stderr == *'1 lines dropped that are too long'* ]]
}

@test "match: NUL and broken UTF-8 in a record are refused" {
	printf '{"log_line":"error \377"}\n{"log_line":"error \0"}\n{"log_line":"error"}\n' >in
	run -1 --separate-stderr rx-match -k <in
	[ "$output" = '{"log_line":"error","severity":"error"}' ]
	[[ $stderr == *'2 lines dropped that are no records'* ]]
}

@test "X-21: hostile JSON is taken and refused as the corpus says" {
	need_shared data/json/test_parsing
	python3 - <<-'E'
	import glob, os, subprocess
	top = os.environ["RX_SHARED"] + "/data/json/test_parsing/"
	for path in sorted(glob.glob(top + "*.json")):
	    data, name = open(path, "rb").read(), os.path.basename(path)
	    if b"\n" in data.strip() or b"\r" in data:
	        continue
	    line = b'{"log_line":"error","v":' + data.strip(b"\n") + b"}\n"
	    p = subprocess.run(["rx-match", "-k"], input=line, capture_output=True)
	    assert p.returncode in (0, 1), (name, p)
	    if name.startswith("y_"):
	        assert p.stdout == line[:-2] + b',"severity":"error"}\n', (name, p)
	    elif name.startswith("n_") and data.strip() and p.returncode == 0:
	        import json
	        try: json.loads(line)  # what is no value alone may be one here
	        except ValueError: raise AssertionError((name, p))
	E
}
