# SPDX-License-Identifier: MIT
# lib/diag, lib/cli: one voice, one command line
setup() { load helper; }

tool() { "$RX_UNIT/tool" "$@"; }

@test "diag: a message is who, how bad, what" {
	run -0 --separate-stderr tool say "something odd"
	[ "$output" = "" ]
	[ "$stderr" = "rx-tool: warning: something odd" ]
}

@test "diag: control characters and broken UTF-8 never reach a terminal" {
	run -0 --separate-stderr tool say $'esc\e[31m nl\n del\x7f c1\xc2\x9b bad\xff\xc0\xaf é ☃ 🔴'
	[ "$stderr" = 'rx-tool: warning: esc\x1b[31m nl\x0a del\x7f c1\xc2\x9b bad\xff\xc0\xaf é ☃ 🔴' ]
}

@test "diag: --log-format json is one object a message" {
	run -0 --separate-stderr tool --log-format json say 'a "quoted" \ thing'
	jq -e '.tool == "rx-tool" and .level == "warning" and .message == "a \"quoted\" \\ thing"
		and (.timestamp | test("^[0-9-]+T[0-9:.]+Z$"))' <<<"$stderr"
}

@test "diag: -q keeps warnings back, -v lets debug out" {
	run -0 --separate-stderr tool -q say hidden
	[ "$stderr" = "" ]
	run -0 --separate-stderr tool debug hidden
	[ "$stderr" = "" ]
	run -0 --separate-stderr tool -v debug shown
	[ "$stderr" = "rx-tool: shown" ]
}

@test "diag: one kind of message is said once a second, and counted" {
	run -0 --separate-stderr tool storm 10000
	[ "${#stderr_lines[@]}" -le 2 ]
	[ "${stderr_lines[0]}" = "rx-tool: warning: one of many" ]
}

@test "cli: --help shows usage, every option and an example" {
	run -0 --separate-stderr tool --help
	[ "$stderr" = "" ]
	[ "${lines[0]}" = "usage: rx-tool [-n N] [--name TEXT] WORD ..." ]
	for word in '-n N' '--name TEXT' '-h, --help' '-V, --version' '--drain DURATION' 'rx-tool say hello'; do
		[[ $output == *"$word"* ]]
	done
}

@test "cli: --help into a full disk is an error" {
	run -74 bash -c '"$0" --help >/dev/full' "$RX_UNIT/tool"
}

@test "cli: --version names the version and the libraries" {
	run -0 tool -V
	[[ ${lines[0]} == "rx-tool "[0-9]* ]]
	[ "${lines[1]}" = "pcre2 99" ]
}

@test "cli: a wrong option is told with the nearest right one" {
	run -64 --separate-stderr tool --nme x
	[ "${stderr_lines[1]}" = "rx-tool: fatal: no option --nme; is --name meant?" ]
	run -64 --separate-stderr tool --bogus
	[ "${stderr_lines[1]}" = "rx-tool: fatal: no option --bogus; see rx-tool --help" ]
	run -64 --separate-stderr tool --quiet=1
	[ "${stderr_lines[1]}" = "rx-tool: fatal: --quiet takes no argument" ]
	run -64 --separate-stderr tool -z
	[ "${stderr_lines[1]}" = "rx-tool: fatal: no option -z; see rx-tool --help" ]
	run -64 --separate-stderr tool -20
	[ "${stderr_lines[1]}" = "rx-tool: fatal: no option -2: say -n N" ]
	run -64 --separate-stderr tool --name
	[ "${stderr_lines[1]}" = "rx-tool: fatal: --name needs an argument" ]
}

@test "cli: a number out of range is told with the range" {
	run -64 --separate-stderr tool -n 10
	[ "$stderr" = "rx-tool: fatal: -n 10: out of range, 1 to 9" ]
	run -64 --separate-stderr tool -n x
	[ "$stderr" = "rx-tool: fatal: -n x: is not a whole number" ]
	run -64 --separate-stderr tool --wait 5
	[ "$stderr" = "rx-tool: fatal: --wait 5: is not a duration such as 500ms, 5s or 1h" ]
	run -64 --separate-stderr tool --wait 2m
	[ "$stderr" = "rx-tool: fatal: --wait 2m: out of range, 1000ms to 60000ms" ]
}
