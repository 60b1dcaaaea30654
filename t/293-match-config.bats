# rx-match: options from a configuration file
setup() { load helper; }

@test "config: its options are those of the command line, before it" {
	cat >rx.json <<-'E'
	{"rx-tail": {"unknown here": [1, 2]},
	 "rx-match": {"keywords": "fail,two", "regexp": ["^a", "b$"], "format": "raw", "max-count": 3, "invert-match": true}}
	E
	printf '%s\n' one two fail apple verb three four five >in
	run -0 rx-match --config rx.json in
	[ "$output" = "$(printf '%s\n' one three four)" ]
	run -0 rx-match -m1 --config=rx.json --text <in
	[ "$output" = one ]
	run -0 rx-match --config rx.json -e '^o' in
	[ "$output" = "$(printf '%s\n' three four five)" ]
	run -0 rx-match --conf rx.json in -m 2
	[ "${#lines[@]}" -eq 2 ]
	run -0 rx-match --config rx.json --check
}

@test "config: an optional argument may be true, and a file without a section says nothing" {
	echo '{"rx-match":{"keywords":true,"format":"raw"}}' >rx.json
	run -0 rx-match --config rx.json <<<'it failed'
	[ "$output" = 'it failed' ]
	echo '{}' >rx.json
	run -0 rx-match --config rx.json --format raw <<<'it failed'
	[ "$output" = 'it failed' ]
}

@test "config: an argument of another option is no file" {
	echo 'rx --config x' >in
	run -0 rx-match --format raw -e --config in
	[ "$output" = 'rx --config x' ]
	run -0 rx-match --format raw -e x -- in
	[ "$output" = 'rx --config x' ]
}

@test "config: what is wrong is exit 78, with line and column, before any input" {
	while IFS='|' read -r text told; do
		printf '%b' "$text" >rx.json
		run -78 --separate-stderr rx-match --config rx.json <<<'{"log_line":"error"}'
		[ -z "$output" ]
		[[ $stderr == "rx-match: fatal: rx.json:"$told* ]] || { echo "$text: $stderr"; false; }
		run -78 rx-match --config rx.json --check
	done <<-'E'
	{"rx-match":\n{"max-agee":"1h"}}|2:13: rx-match has no option --max-agee
	{"rx-match":{"text":"yes"}}|1:21: "text" is true or not there
	{"rx-match":{"text":false}}|1:21: "text" is true or not there
	{"rx-match":{"member":true}}|1:23: "member" is a text or a number
	{"rx-match":{"member":{}}}|1:23: "member" is a text or a number
	{"rx-match":{"redact":["ip",null]}}|1:29: "redact" is a text or a number
	{"rx-match":{"config":"x"}}|1:23: rx-match has no option --config
	{"rx-match":[]}|1:13: an object of options
	[]|1:1: an object of tools
	{"rx-match":{"text":true,"text":true}}|1:
	{"rx-match":|
	E
	run -78 --separate-stderr rx-match --config none </dev/null
	[[ $stderr == *none* ]]
	echo '{"rx-match":{"max-count":"x"}}' >rx.json
	run -64 rx-match --config rx.json </dev/null
}
