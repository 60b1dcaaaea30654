# SPDX-License-Identifier: MIT
# conf: tables, ranges, and errors that say where
setup() { load helper; }

conf() { # FILE on stdin
	cat >c.json
	run "$RX_UNIT/confcheck" c.json
}

@test "conf: values of every kind arrive, absent ones keep their default" {
	conf <<<'{"text":"t","yes":true,"number":1.5,"count":5,"duration":"1m","choice":"green"}'
	[ "$status" = 0 ]
	[ "$output" = 't 1 1.5 5 60000000000 1' ]
	conf <<<'{"text":"t","duration":1.5}'
	[ "$output" = 't 0 0.5 3 1500000000 0' ]
}

@test "conf: what is wrong is told with line and column of the value" {
	while IFS='|' read -r text expected; do
		printf '%b' "$text" >c.json
		run -1 "$RX_UNIT/confcheck" c.json
		[ "$output" = "c.json:$expected" ] ||
			{ printf '%s\n%s\n' "$text" "$output"; false; }
	done <<-'X'
	{"text":""}|1:9: "text" must be text
	{"text":1}|1:9: "text" must be text
	{}|1:1: "text" is missing
	[]|1:1: must be an object
	{\n "text":"t",\n  "yes": 1}|3:10: "yes" must be true or false
	{"text":"t",\n\n"number":2}|3:10: "number" must be from -1 to 1.5
	{"text":"t","number":-1.01}|1:22: "number" must be from -1 to 1.5
	{"text":"t","number":"1"}|1:22: "number" must be a number
	{"text":"t","count":1}|1:21: "count" must be from 2 to 5
	{"text":"t","count":3.0}|1:21: "count" must be an integer
	{"text":"t","duration":61}|1:24: "duration" must be from 1 to 60
	{"text":"t","duration":"1x"}|1:24: "duration" is not a duration such as 500ms, 5s or 1h
	{"text":"t","duration":true}|1:24: "duration" must be seconds or a duration
	{"text":"t","choice":"blue"}|1:22: "choice" must be one of red, green
	{"text":"t","colour":1}|1:22: "colour" is no member here
	{"text":"t","te\\u0078t":1}|1:23: duplicate object key near '"te\u0078t"'
	\n\t {"text":"t",\n"number":2}\n\n|3:10: "number" must be from -1 to 1.5
	 []\n|1:2: must be an object
	{"text":"t",}|1:13: string or '}' expected near '}'
	{\n"a":\0377}|2:5: unable to decode byte 0xff
	\0377|1:1: unable to decode byte 0xff
	X
}

@test "conf: inside lists, and behind escaped names, the place is right too" {
	conf <<<'{"text":"t","list":["a",
  {"b":[]}, 7]}'
	[ "${lines[1]}" = 'c.json:2:3: no text' ]
	[ "${lines[2]}" = 'c.json:2:13: no text' ]
	conf <<<'{"te\u0078t":"",
"yes":1}'
	[[ $output == 'c.json:1:14: "text" must be text' ]]
	# Deeper than a record may be, and behind it.
	deep=$(printf '[%.0s' {1..90}) end=$(printf ']%.0s' {1..90})
	conf <<<"{\"list\":[ $deep\"a]\\\"\" ,{\"b]\":\"\"}$end ,
7], \"text\" : \"\"}"
	[ "$output" = 'c.json:2:14: "text" must be text' ]
	conf <<<"{\"text\":\"t\",\"list\":[$deep$end,
 7 ]}"
	[ "${lines[1]}" = 'c.json:1:21: no text' ]
	[ "${lines[2]}" = 'c.json:2:2: no text' ]
}

@test "conf: a file that is not there, or no text, is told" {
	run -1 "$RX_UNIT/confcheck" none.json
	[ "$output" = 'unable to read none.json: No such file or directory' ]
	conf < <(printf '{"text":"\xff"}')
	[ "$status" = 1 ]
	conf < <(printf '{"text":"t",\n"number":0.5\0}')
	[ "$status" = 1 ]
	[ "$output" = 'c.json:2:13: a NUL is no JSON' ]
	conf < <(printf '{"text":"a\\u0000b"}')
	[ "$status" = 1 ]
	[[ $output == c.json:1:* ]]
}
