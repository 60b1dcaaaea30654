# SPDX-License-Identifier: MIT
# lib/mark: where a record came from, and what emit puts in that place
setup() {
	load helper
	mark="$RX_UNIT/mark"
}

coord() {
	"$mark" coord <<<"$1"
}

@test "coordinates: the message id is src, offset in hex and the sub-number" {
	[ "$(coord '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":512,"e":577},"a":1}')" = 'k3f9q2m4x7d0a1bc:200 577' ]
	[ "$(coord '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":0,"e":1,"n":18}}')" = 'k3f9q2m4x7d0a1bc:0.18 1' ]
	[ "$(coord '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":9007199254740990,"e":9007199254740991,"n":9007199254740991}}')" = 'k3f9q2m4x7d0a1bc:1ffffffffffffe.9007199254740991 9007199254740991' ]
}

@test "coordinates: fragments, other members and blanks do not disturb" {
	[ "$(coord '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":1,"e":2,"f":3,"fl":true,"nl":false}}')" = 'k3f9q2m4x7d0a1bc:1 2 f3' ]
	[ "$(coord ' { "_rx" : { "e" : 2, "z":[{}], "o" : 1 , "s":"k3f9q2m4x7d0a1bc" } }')" = 'k3f9q2m4x7d0a1bc:1 2' ]
}

@test "coordinates: what is not whole, or not below 2^53, is refused" {
	for rx in '{"s":"k3f9q2m4x7d0a1bc","o":1}' \
	    '{"s":"k3f9q2m4x7d0a1b","o":1,"e":2}' \
	    '{"s":"K3f9q2m4x7d0a1bc","o":1,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":2,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":"1","e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":1.0,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":1e0,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":-1,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":01,"e":2}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":1,"e":9007199254740992}' \
	    '{"s":"k3f9q2m4x7d0a1bc","o":1,"e":99999999999999999999999}' \
	    '{"id":"x","tag":1,"ep":1,"at":0}' 5 null '[]' '{}'; do
		[ "$(coord '{"_rx":'"$rx"'}')" = refused ]
	done
}

@test "coordinates: another reader of JSON finds the same ones" {
	need python3
	python3 "$RX_TOP/t/oracle/json_oracle.py" coord "$mark" 16 20000
}

@test "coordinates: they count only as the first member" {
	run "$mark" rx <<-'E'
		{"_rx":{"a":{"}":1}},"b":[2]}
		{"_rx":{} }
		{"b":1,"_rx":{"a":1}}
		{"_rxx":{"a":1}}
		{"_rx":"a"}
		{"_rx":{"a":1}
		{"_rx":{"a":1
	E
	[ "${lines[0]}" = '{"a":{"}":1}}|,"b":[2]}' ]
	[ "${lines[1]}" = '{}|}' ]
	for i in 2 3 4 5 6; do
		[ "${lines[i]}" = '|' ]
	done
}

@test "delivery: emit's member is read and written byte for byte" {
	line='{"_rx":{"id":"k3f9q2m4x7d0a1bc:200","tag":123,"ep":4,"at":0},"timestamp":"2026-01-05T10:00:00Z"}'
	[ "$("$mark" emit <<<"$line")" = "$line" ]
	[ "$("$mark" emit <<<'{"_rx":{"id":"x","tag":1,"ep":4}}')" = refused ]
}
