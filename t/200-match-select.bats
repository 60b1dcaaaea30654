# SPDX-License-Identifier: MIT
# rx-match: what is kept, what is dropped, and what the options mean
setup() { load helper; }

@test "match: keeps records with a built-in keyword, whole words in either case" {
	printf '{"log_line":"%s"}\n' 'job FAILED' 'all well' 'failover done' \
	    'two errors' 'ERR 5' 'an exception' 'SomeOtherException: x' \
	    'NonErrorish text' 'terrible default' >in
	run -0 --separate-stderr rx-match <in
	[ "${#lines[@]}" -eq 5 ]
	[ "${lines[0]}" = '{"log_line":"job FAILED","severity":"failure"}' ]
	[ "${lines[4]}" = '{"log_line":"SomeOtherException: x","severity":"error"}' ]
	[ -z "$stderr" ]
}

@test "match: each of the seven words of the documents is a keyword" {
	for word in emerg alert critical error fail panic fatal; do
		run -0 rx-match -k --format raw <<<"it is ${word^^} here"
		[ "$output" = "it is ${word^^} here" ]
		run -1 rx-match -k --format raw <<<"it is x${word}_ here"
	done
}

@test "match: exits 1 and writes nothing when nothing matches" {
	run -1 rx-match -k <<<'{"log_line":"all well"}'
	[ -z "$output" ]
	run -1 rx-match -k </dev/null
	[ -z "$output" ]
}

@test "match: several patterns and words keep what any of them matches" {
	printf '{"log_line":"%s"}\n' one two three Four five.x >in
	run -0 rx-match -e '^o' -e 'ee$' -kFOUR,five.x --format raw <in
	[ "$output" = "$(printf '%s\n' one three Four five.x)" ]
}

@test "match: -i is about -e, given words ignore case anyway" {
	printf '{"log_line":"%s"}\n' ONE one >in
	run -0 rx-match -e one --format raw <in
	[ "$output" = one ]
	run -0 rx-match -i -e one --format raw <in
	[ "${#lines[@]}" -eq 2 ]
	run -0 rx-match -kone --format raw <in
	[ "${#lines[@]}" -eq 2 ]
}

@test "match: a given word that ends in * matches longer words" {
	printf '{"log_line":"%s"}\n' time timeout untimely >in
	run -0 rx-match -k'time*' --format raw <in
	[ "$output" = "$(printf 'time\ntimeout')" ]
	run -0 rx-match -ktime --format raw <in
	[ "$output" = time ]
	run -64 rx-match -k'a,,b' <in
	run -64 rx-match -k'*' <in
}

@test "match: characters of a given word stand for themselves" {
	printf '%s\n' 'a+b' 'aab' 'c# (x) [y] {2}' 'É' >in
	run -0 rx-match -k'a+b,c#,É' --format raw in
	[ "$output" = "$(printf '%s\n' 'a+b' 'c# (x) [y] {2}' 'É')" ]
	run -0 rx-match -k'(x),zz' --format raw in
	[ "$output" = 'c# (x) [y] {2}' ]
}

@test "match: -v keeps the others, -c counts, -m stops" {
	printf '{"log_line":"%s"}\n' a1 b1 a2 b2 a3 >in
	run -0 rx-match -v -e a --format raw <in
	[ "$output" = "$(printf 'b1\nb2')" ]
	run -0 rx-match -c -e a <in
	[ "$output" = 3 ]
	run -0 rx-match -c -v -e a <in
	[ "$output" = 2 ]
	run -1 rx-match -c -e z <in
	[ "$output" = 0 ]
	run -0 rx-match -m 2 -e a --format raw <in
	[ "$output" = "$(printf 'a1\na2')" ]
	run -1 rx-match -m 0 -e a <in
}

@test "match: --member chooses where to look, a record without it is searched whole" {
	printf '%s\n' '{"a":"x","b":"y"}' '{"b":"x"}' '{"a":7}' \
	    '{"a":{"x":1}}' '{"a":"n","A":"x"}' >in
	run -0 rx-match --member a -e x <in
	[ "$output" = "$(printf '%s\n' '{"a":"x","b":"y","severity":"info"}' \
	    '{"b":"x","severity":"info"}' '{"a":{"x":1},"severity":"info"}')" ]
	run -0 rx-match --member a -e '^7$' --format raw <in
	[ "$output" = 7 ]
}

@test "match: --member takes a JSON pointer into what is nested" {
	printf '%s\n' '{"a":{"b":[{"c":"an error"}]},"severity":"warn"}' '{"a":{"b":[]},"x":"error"}' \
	    '{"a":{"b":[{"c":"ok"}]},"x":"error"}' '{"a":{"b":[{"c":"\u0065rror\n"}]}}' '{"a":7,"z":"an error"}' \
	    '{"a":{"b":[{"c":{"d":"error"}}]}}' >in
	run -0 rx-match -k --member /a/b/0/c <in
	[ "$(sed 's/"severity.*//' <<<"$output")" = "$(sed -n '1p;2p;4p;5p;6p' in | sed 's/"severity.*//; s/}$/,/')" ]
	run -0 rx-match -k --member /a/b/0/c --format raw <in
	[ "${lines[0]}" = 'an error' ]
	[ "${lines[1]}" = '{"a":{"b":[]},"x":"error"}' ]
	[ "${lines[2]}" = error ]
	printf '%s\n' '{"a/b":"error"}' '{"m~n":"error"}' '{"a/b":"ok","x":"error"}' >in
	run -0 rx-match -c -k --member /a~1b <in
	[ "$output" = 2 ]
	run -0 rx-match -c -k --member /m~0n <in
	[ "$output" = 3 ]
	run -0 rx-match -c -k --member a/b <in
	[ "$output" = 2 ]
	run -64 --separate-stderr rx-match --member /a~2 <in
	[[ $stderr == *'--member /a~2: no JSON pointer' ]]
}

@test "match: a keyword in another member does not count" {
	echo '{"log_path":"/var/log/error.log","log_line":"ok"}' >in
	run -1 rx-match -k <in
	[ -z "$output" ]
}

@test "match: --severity-at-least alone lets the severity decide" {
	printf '%s\n' 'INFO 0 errors' 'WARN slow' 'ERROR x' 'job failed' \
	    'FATAL x' 'plain' >in
	run -0 rx-match --severity-at-least warn --format raw in
	[ "$output" = "$(printf '%s\n' 'WARN slow' 'ERROR x' 'job failed' 'FATAL x')" ]
	run -0 rx-match --severity-at-least failure --format raw in
	[ "$output" = "$(printf '%s\n' 'job failed' 'FATAL x')" ]
	run -0 rx-match -k --severity-at-least error --format raw in
	[ "$output" = "$(printf '%s\n' 'ERROR x' 'job failed' 'FATAL x')" ]
	run -0 rx-match -k --severity-at-least info --format raw in
	[ "${lines[0]}" = 'INFO 0 errors' ]
	run -64 rx-match --severity-at-least bad in
}

@test "match: the classic message has exactly six members in their order" {
	printf '%s\n' '{"log_line":"an error","node_id":"n","timestamp":"2026-01-05T10:00:00Z","log_path":"/l","application":"a\"b","system_ip":"10.0.0.1","label":"l"}' \
	    '{"x":1,"log_line":"fail"}' >in
	run -0 rx-match -k --format classic <in
	[ "${lines[0]}" = '{"timestamp":"2026-01-05T10:00:00Z","system_ip":"10.0.0.1","log_path":"/l","application":"a\"b","log_line":"an error","severity":"error"}' ]
	[ "${lines[1]}" = '{"timestamp":"","system_ip":"","log_path":"","application":"","log_line":"fail","severity":"failure"}' ]
	echo '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":512,"e":577},"log_line":"fail"}' >in
	run -0 rx-match -k --format classic <in
	[ "$output" = '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":512,"e":577},"timestamp":"","system_ip":"","log_path":"","application":"","log_line":"fail","severity":"failure"}' ]
}

@test "match: --list shows the keywords and the map that the manual shows" {
	run -0 rx-match --list
	[[ $output == *"failure   fail, fails, failed, failing, failure, failures"* ]]
	mandoc -Tascii "$RX_TOP/man/rx-match.1" | col -b | tr -s ' \n' ' ' >page
	for word in $(rx-match --list | sed -n 's/^  [a-z]* *//; t a; d; :a; s/(.*//; p' |
	    grep -o '[A-Za-z]\{2,\}' | sort -u); do
		grep -qwi -- "$word" page || { echo "not in the manual: $word"; false; }
	done
}

@test "match: wrong options and patterns are usage errors, told before any input" {
	run -64 --separate-stderr rx-match -e '(' </dev/null
	[[ $stderr == *'-e (: missing closing parenthesis, at offset 1'* ]]
	run -64 rx-match -e 'a{2}{0}' # rex_lits.c counts on it
	run -64 rx-match --format xml
	run -64 rx-match --color blue
	run -64 rx-match --nonsense
	run -64 rx-match -m x
	run -64 rx-match -e "$(head -c 70000 /dev/zero | tr '\0' a)"
	run -0 rx-match -k --check
	run -64 rx-match -e '[' --check
}

@test "match: verbs, \\G and \\C in a pattern are refused" {
	for regex in '(*LIMIT_MATCH=1)a' '(*NO_JIT)a' '(*UTF)a' 'a(*COMMIT)b' \
	    '(*:mark)a' 'x\Gy' 'a\Cb' '(*ACCEPT)'; do
		run -64 rx-match -e "$regex" </dev/null
	done
	run -0 rx-match -e '[(*A]' --format raw <<<'*'
	run -0 rx-match -e '\(\*A' --format raw <<<'(*A'
	run -0 rx-match -e '\Q(*A\E' --format raw <<<'(*A'
	run -0 rx-match -e '\\G' --format raw <<<'\G'
}

@test "match: --version names the libraries" {
	run -0 rx-match --version
	[[ ${lines[1]} == pcre2* ]]
}
