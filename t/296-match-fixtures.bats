# SPDX-License-Identifier: MIT
# rx-match --test and --coverage, and the rules that come with rx
setup() { load helper; }

@test "test: the rules that come with rx make of their fixtures what is expected, and each is of use" {
	rules=$RX_TOP/agent/rules/match
	run -0 rx-match -f "$rules.json" --test "$rules.test"
	[ "$output" = '2 fixtures, 0 wrong' ]
	cat "$rules".test/*.in | rx-match -f "$rules.json" --coverage >used
	jq -e -s 'map(.matched) | min >= 1' used
	[ "$(jq -r .rule used)" = "$(jq -r '.rules[].name' "$rules.json")" ]
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3 jsonschema here"
	python3 -c 'import json, sys, jsonschema; jsonschema.validate(*(json.load(open(f)) for f in sys.argv[1:]))' \
		"$rules.json" "$RX_TOP/agent/schemas/match-rules.json"
}

@test "test: what differs is shown line by line, and the exit status is 1" {
	mkdir d
	printf '%s\n' one two 'a b' three >d/a.in
	printf '%s\n' one 'a b' 3 >d/a.out
	printf 'x\n' >d/b.in
	printf 'x\n' >d/b.out
	: >d/c.in
	: >d/c.out
	run -1 rx-match -e . --format raw --test d
	[ "$output" = 'd/a.in differs:
+two
-3
+three
3 fixtures, 1 wrong' ]
	# A fixture on which the tool fails is wrong too.
	echo '{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}' >d/b.in
	run -1 --separate-stderr rx-match -e . --format raw --test d
	[[ $output == *'d/b.in failed:'* ]]
	[[ $stderr == *'has no place for marks'* ]]
}

@test "test: what looks like a pattern in the name of the directory is none" {
	mkdir 'd[1]*' 'd1'
	echo x | tee 'd[1]*/a.in' >'d[1]*/a.out'
	run -0 rx-match -e . --format raw --test 'd[1]*'
	[ "$output" = '1 fixtures, 0 wrong' ]
}

@test "test: no fixture, no output, a wrong file of rules" {
	mkdir empty d
	run -78 rx-match --test empty
	[[ $output == *'empty: there is no fixture NAME.in' ]]
	: >d/a.in
	run -78 rx-match --test d
	[[ $output == *'unable to read d/a.out: No such file or directory' ]]
	: >d/a.out
	run -1 --separate-stderr rx-match -f none.json --test d
	[[ $stderr == *'unable to read none.json'* ]]
}

@test "coverage: names every rule and how many records it matched, marks aside" {
	echo '{"mode":"all","rules":[{"name":"a","when":"x"},{"name":"b\"","when":"y"},{"name":"c","when":"z","then":"drop"}]}' >r.json
	printf '{"log_line":"%s"}\n' x xy y x >in
	run -0 --separate-stderr rx-match -f r.json --coverage <in
	[ "$output" = '{"rule":"a","matched":3}
{"rule":"b\"","matched":2}
{"rule":"c","matched":0}' ]
	[[ $stderr == *'1 of 3 rules matched nothing'* ]]
	echo '{"_rx":{"k":"mark","n":"N","q":1,"full":false,"pos":[]}}' >marked
	cat in >>marked
	run -0 rx-match -q -f r.json --coverage <marked
	[ "${#lines[@]}" = 3 ]
	run -64 rx-match --coverage
}
