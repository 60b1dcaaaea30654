# SPDX-License-Identifier: MIT
# lib/jstr: bytes to JSON string text and back
setup() {
	load helper
	jstr="$RX_UNIT/jstr"
}

@test "jstr: quotes, backslashes and control characters are escaped, DEL is not" {
	run "$jstr" escape < <(printf 'a"b\\c\b\f\n\r\t\000\037\177/')
	[ "$output" = '"a\"b\\c\b\f\n\r\t\u0000\u001f'$'\x7f''/"' ]
}

@test "jstr: UTF-8 passes, every other byte becomes one U+FFFD" {
	run "$jstr" escape < <(printf 'ä€𝄞')
	[ "$output" = '"ä€𝄞"' ]
	run "$jstr" escape < <(printf 'x\xff\xc3y\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80')
	[ "$output" = '"x��y���������"' ]
}

@test "jstr: what is UTF-8 and what is not" {
	run "$jstr" utf8 < <(printf '\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"\\\001')
	[ "$output" = yes ]
	for bad in '\x80' '\xc1\xbf' '\xe0\x9f\xbf' '\xed\xa0\x80' \
	    '\xf0\x8f\xbf\xbf' '\xf4\x90\x80\x80' '\xf5\x80\x80\x80' '\xe2\x82'; do
		run "$jstr" utf8 < <(printf "abcdefgh$bad")
		[ "$output" = no ]
	done
}

@test "jstr: the plain part ends at the first byte that needs work" {
	for n in 0 1 7 8 9 15 16 17; do
		text=$(printf '%*s' "$n" '')
		for stop in '"' '\\' '\001' '\377'; do
			run "$jstr" plain < <(printf '%s'"$stop"'%s' "$text" "$text")
			[ "$output" = "$n" ]
		done
	done
	run "$jstr" plain < <(printf 'plain ä')
	[ "$output" = 8 ]
}

@test "jstr: escapes are undone, half a surrogate pair is U+FFFD" {
	run "$jstr" unescape < <(printf '%s' '\"\\\/\b\u0041\u00e4\u20ac\uD834\udd1e')
	[ "$output" = '"\/'$'\b''Aä€𝄞' ]
	run "$jstr" unescape < <(printf '%s' '\ud834x\udd1e\ud834\u0041')
	[ "$output" = '�x��A' ]
	run "$jstr" unescape < <(printf '%s' '\ud834\ue000\ud834\udbff')
	[ "$output" = $'\ufffd\ue000\ufffd\ufffd' ]
}

@test "jstr: what is no string text is refused" {
	for bad in '\' '\x' '\u12' '\u12g4' '"' 'a\'; do
		run "$jstr" unescape < <(printf '%s' "$bad")
		[ "$output" = refused ]
	done
}

@test "jstr: random bytes come out as another reader of JSON expects" {
	need python3
	python3 "$RX_TOP/t/oracle/json_oracle.py" jstr "$jstr" 7 10000
}
