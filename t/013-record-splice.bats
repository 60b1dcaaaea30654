# SPDX-License-Identifier: MIT
# lib/record: members set in a line whose other bytes stay
setup() {
	load helper
	record="$RX_UNIT/record"
}

set_in() {
	local line=$1
	shift
	"$record" splice "$@" <<<"$line"
}

@test "splice: a new member goes to the end, before the closing brace" {
	[ "$(set_in '{"a":1}' 'b="x"')" = '{"a":1,"b":"x"}' ]
	[ "$(set_in '{}' b=1 c=2)" = '{"b":1,"c":2}' ]
	[ "$(set_in ' { } ' b=1)" = ' { "b":1} ' ]
}

@test "splice: a member that is there gets its value in its place" {
	[ "$(set_in '{"a":1,"b":"old","c":[1]}' 'b={"x":0}')" = '{"a":1,"b":{"x":0},"c":[1]}' ]
	[ "$(set_in '{"a":"x"}' 'a=null')" = '{"a":null}' ]
	[ "$(set_in '{"c":1,"b":2,"a":3}' a=4 b=5 c=6 d=7)" = '{"c":6,"b":5,"a":4,"d":7}' ]
}

@test "splice: all other bytes stay as they came" {
	[ "$(set_in '{ "z" : 1.0E+2 ,"a": "\u0061\/" , "z":-0 }  ' q=1)" = '{ "z" : 1.0E+2 ,"a": "\u0061\/" , "z":-0 ,"q":1}  ' ]
}

@test "splice: of members that share a name the one that counts is set" {
	[ "$(set_in '{"a":1,"\u0061":2}' a=3)" = '{"a":1,"\u0061":3}' ]
}

@test "splice: another reader of JSON sees exactly the change" {
	need python3
	python3 "$RX_TOP/t/oracle/json_oracle.py" splice "$record" 13 5000
}
