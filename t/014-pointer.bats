# SPDX-License-Identifier: MIT
# pointer: values inside records, by the rules of RFC 6901
setup() { load helper; }

@test "pointer: the examples of RFC 6901 section 5" {
	cat >in <<-'X'
	{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}
	X
	run -0 "$RX_UNIT/pointer" /foo /foo/0 / '/a~1b' '/c%d' '/e^f' '/g|h' '/i\j' '/k"l' '/ ' '/m~0n' <in
	[ "$output" = '["bar","baz"]
bar
0
1
2
3
4
5
6
7
8' ]
	run -0 "$RX_UNIT/pointer" '' <in
	[ "$(jq -c . <<<"$output")" = "$(jq -c . in)" ]
}

@test "pointer: the last of members that share a name, names with escapes, and no more than is there" {
	run -0 "$RX_UNIT/pointer" /a/b /a/c /a/0 /d/1 /d/2 /d/b /d/01x /d/ /e/f <<<'{"a":{"b":1},"\u0061":{"b":2,"\u0062":3},"d":[7,[8]],"e":"f"}'
	[ "$output" = '3
-
-
[8]
-
-
-
-
-' ]
	run -0 "$RX_UNIT/pointer" a '/a~2' '/a~' <<<'{"a":1,"a~2":1}'
	[ "${lines[0]}" = 'no pointer' ]
	[ "${lines[1]}" = 'no pointer' ]
	[ "${lines[2]}" = 'no pointer' ]
}
