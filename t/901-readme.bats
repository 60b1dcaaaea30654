# SPDX-License-Identifier: MIT
# README: its first example is real

setup() { load helper; }

@test "readme: every command it shows prints what it says" {
	need jq
	# In a console block "$ " starts a command, the rest is output.  Anything
	# else that is fenced says that it is text.
	run -1 grep -nxE '```(sh|bash)' "$RX_TOP/README.md"
	awk '/^```/ { if (!open && $0 == "```") exit 1; open = !open }' "$RX_TOP/README.md"
	sed -n '/^```console$/,/^```$/{ /^```/!p; }' "$RX_TOP/README.md" >block
	[ "$(grep -c '^\$ ' block)" -ge 4 ]
	# What cat is said to print is the input.
	sed -n '/^\$ cat app.log$/,/^\$ rx/{ /^\$/!p; }' block >app.log
	sed -n 's/^\$ //p' block >commands
	sed '/^\$ /d' block >expected
	run -0 --separate-stderr sh commands
	[ "$output" = "$(cat expected)" ]
}

@test "readme: names every tool there is" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		grep -qF "\`${tool##*/}\`" "$RX_TOP/README.md" ||
			{ echo "${tool##*/}" && false; }
	done
}
