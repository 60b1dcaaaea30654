# SPDX-License-Identifier: MIT
# lib/record: what is JSON, what is a record, and what is neither
setup() {
	load helper
	record="$RX_UNIT/record"
	oracle="$RX_TOP/t/oracle/json_oracle.py"
}

why() {
	"$record" lines <<<"$1"
}

@test "record: our own texts are accepted and refused exactly" {
	need python3
	python3 "$oracle" vectors "$record"
}

@test "record: the published suite is accepted and refused exactly" {
	need python3
	need_shared data/json/test_parsing
	python3 "$oracle" suite "$record" "$RX_SHARED/data/json/test_parsing"
}

@test "record: mutated texts are judged as another reader judges them" {
	need python3
	python3 "$oracle" fuzz "$record" "${RX_SEED:-11}" "${RX_ROUNDS:-30000}"
}

@test "record: JSON that is no object is told apart from what is no JSON" {
	[ "$(why '[1]')" = '! not an object at 0' ]
	[ "$(why '  "a"')" = '! not an object at 2' ]
	[ "$(why '[1')" = '! ends too early at 2' ]
	[ "$(why '')" = '! ends too early at 0' ]
	[ "$(why ' ')" = '! ends too early at 1' ]
}

@test "record: a refusal tells the reason and the byte" {
	[ "$(why '{"a":01}')" = '! no comma at 6' ]
	[ "$(why '{"a":+1}')" = '! not a value at 5' ]
	[ "$(why '{"a":1.}')" = '! not a digit at 7' ]
	[ "$(why '{"a":1,}')" = '! not a member name at 7' ]
	[ "$(why '{"a" 1}')" = '! no colon after a name at 5' ]
	[ "$(why '{"a":"\x"}')" = '! not an escape at 7' ]
	[ "$(why '{"a":"\u00g0"}')" = '! not a hex digit at 10' ]
	[ "$(why '{"a":1} x')" = '! more after the value at 8' ]
	[ "$(why $'{"a":"\t"}')" = '! a control character in a string at 6' ]
	[ "$(why $'{"a":"\xc3\x28"}')" = '! not UTF-8 at 6' ]
}

@test "record: a NUL is refused wherever it stands" {
	run "$record" lines < <(printf '{"a":1\0}\n{"a":"\0"}\n{"a":1}\0\n')
	[ "${lines[0]}" = '! no comma at 6' ]
	[ "${lines[1]}" = '! a control character in a string at 6' ]
	[ "${lines[2]}" = '! more after the value at 7' ]
}

@test "record: it may be 64 deep, 10000 wide and 1 MiB long, and not more" {
	need python3
	python3 - >in <<-'E'
		print('{"a":' + '[' * 63 + ']' * 63 + '}')
		print('{"a":' + '[' * 64 + ']' * 64 + '}')
		print('{' + ','.join('"%d":0' % i for i in range(10000)) + '}')
		print('{' + ','.join('"%d":0' % i for i in range(10001)) + '}')
		print('{"a":"' + 'x' * (1048576 - 8) + '"}')
		print('{"a":"' + 'x' * (1048576 - 7) + '"}')
	E
	"$record" lines <in | cut -c1-40 >out
	mapfile -t got <out
	[[ ${got[0]} = 'a=array:[['* ]]
	[ "${got[1]}" = '! nested too deep at 68' ]
	[[ ${got[2]} = '0=number:0 1=number:0 '* ]]
	[[ ${got[3]} = '! more than 10000 members at '* ]]
	[[ ${got[4]} = 'a=string:xxx'* ]]
	[ "${got[5]}" = '! longer than a record may be at 1048576' ]
}
