# SPDX-License-Identifier: MIT
# rx-match: plain text in
setup() { load helper; }

@test "text: a line becomes a record with its own time, path and severity" {
	printf '%s\n' '2026-01-05T10:00:00.25Z ERROR "x"	y' >app.log
	run -0 rx-match app.log
	[ "$output" = '{"timestamp":"2026-01-05T10:00:00.25Z","log_path":"app.log","log_line":"2026-01-05T10:00:00.25Z ERROR \"x\"\ty","severity":"error"}' ]
}

@test "text: a line that states no time has the time it was read" {
	before=$(date +%s)
	run -0 rx-match -e x <<<x
	then=$(date -d "$(jq -r .timestamp <<<"$output")" +%s)
	[ "$then" -ge "$before" ] && [ "$then" -le "$(date +%s)" ]
	[ "$(jq -r .log_path <<<"$output")" = - ]
}

@test "text: standard input is records when it begins with {, unless told" {
	run -1 rx-match -e '"b"' < <(echo '{"log_line":"a b"}')
	run -0 rx-match --text -e '"b"' --format raw < <(echo '{"a":"b"}')
	[ "$output" = '{"a":"b"}' ]
	echo '{"log_line":"x"}' >f
	run -0 rx-match -e log_line --format raw f
	[ "$output" = '{"log_line":"x"}' ]
}

@test "text: raw gives the lines byte for byte" {
	printf 'error \377\376\n\0error\0\r\nok\nerror at the end' >in
	rx-match -k --format raw in >out
	printf 'error \377\376\n\0error\0\r\nerror at the end\n' | cmp - out
}

@test "text: records are valid JSON whatever was fed" {
	python3 -c '
import random
random.seed(7)
open("in","wb").write(b"\n".join(b"error " + bytes(random.choices([c for c in range(256) if c != 10], k=80)) for _ in range(2000)) + b"\n")'
	rx-match -k in >out 2>err
	python3 - <<-'E'
	import json
	got = [json.loads(line) for line in open("out", "rb")]
	want = open("in", "rb").read().split(b"\n")[:-1]
	assert len(got) == len(want) == 2000
	for g, w in zip(got, want):
	    if b"\xff" not in w and all(c < 128 for c in w):
	        assert g["log_line"].encode() == w
	    assert g["log_line"].startswith("error ")
	E
	grep -q 'bytes replaced that are not UTF-8' err
}

@test "text: several files, counts by file, one that is missing is named and exit is 1" {
	printf 'error\nok\n' >a
	printf 'ok\n' >b
	run -0 rx-match -c a b
	[ "$output" = "$(printf 'a:1\nb:0')" ]
	run -0 rx-match -m 1 --format raw -e . a b
	[ "$output" = "$(printf 'a:error\nb:ok')" ]
	run -1 --separate-stderr rx-match --format raw --no-filename a missing . b
	[ "$output" = error ]
	[ "${stderr_lines[0]}" = 'rx-match: warning: unable to open missing: No such file or directory' ]
	[[ ${stderr_lines[1]} == *'unable to read .: Is a directory' ]]
	run -0 rx-match --format raw b - <<<'an error'
	[ "$output" = '(standard input):an error' ]
}

@test "text: who gives a pattern as grep has it is told how" {
	echo 'an error' >a.log
	run -1 --separate-stderr rx-match -q --format raw error a.log
	[ "$output" = 'a.log:an error' ]
	[ "$stderr" = '' ]
	run -1 --separate-stderr rx-match --format raw error a.log
	[ "${stderr_lines[1]}" = "rx-match: warning: a pattern is given by -e: -e 'error'" ]
	run -1 --separate-stderr rx-match --format raw -e error error a.log
	[ "${#stderr_lines[@]}" -eq 1 ]
	run -1 --separate-stderr rx-match --format raw gone.log a.log
	[ "${#stderr_lines[@]}" -eq 1 ]
	run -64 --separate-stderr rx-match -E error a.log
	[[ $stderr == *'no option -E: each -e is a regular expression of PCRE2' ]]
}

@test "text: when no file can be read that is trouble, not a lack of matches" {
	mkdir dir
	run -74 --separate-stderr rx-match -k missing dir
	[ "${stderr_lines[0]}" = 'rx-match: warning: unable to open missing: No such file or directory' ]
	[ "${stderr_lines[1]}" = 'rx-match: warning: unable to read dir: Is a directory' ]
	run -74 rx-match -q -l -k missing
	[ -z "$output" ]
	echo ok >a
	run -1 rx-match -k missing a
	nobody=()
	if [ "$(id -u)" = 0 ]; then
		nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		chmod o+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
		"${nobody[@]}" test -x "$RX_BIN/rx-match" -a -r "$PWD/a" ||
			skip "another user cannot get here"
	fi
	chmod 0 a
	run -77 --separate-stderr "${nobody[@]}" rx-match -k a
	[ "$stderr" = 'rx-match: warning: unable to open a: Permission denied' ]
}

@test "text: classic gives the six members" {
	run -0 rx-match --format classic <<<'2026-01-05T10:00:00Z fail'
	[ "$output" = '{"timestamp":"2026-01-05T10:00:00Z","system_ip":"","log_path":"-","application":"","log_line":"2026-01-05T10:00:00Z fail","severity":"failure"}' ]
}

@test "text: an overlong line is dropped and counted" {
	{ head -c 10M /dev/zero | tr '\0' e; printf '\nerror\n'; } >in
	run -1 --separate-stderr rx-match --format raw in
	[ "$output" = error ]
	[[ $stderr == *'1 lines dropped that are too long'* ]]
}

@test "text: a line that outgrows a record when escaped is dropped and counted" {
	{ printf 'error '; head -c 300000 /dev/zero; printf '\nerror\n'; } >in
	run -1 --separate-stderr rx-match in
	[ "${#lines[@]}" -eq 1 ]
	[[ $stderr == *'1 lines dropped that are too long'* ]]
}
