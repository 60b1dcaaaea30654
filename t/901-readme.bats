# README: its first example is real

setup() { load helper; }

@test "readme: the first example prints what it says" {
	need jq
	# The first fenced block: "$ " starts a command, the rest is output.
	sed -n '/^```console$/,/^```$/{ /^```/!p; }' "$RX_TOP/README.md" >block
	[ -s block ]
	# What cat is said to print is the input.
	sed -n '/^\$ cat app.log$/,/^\$ rx/{ /^\$/!p; }' block >app.log
	sed -n 's/^\$ //p' block >commands
	sed '/^\$ /d' block >expected
	run -0 sh commands
	[ "$output" = "$(cat expected)" ]
}

@test "readme: names every tool there is" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		grep -qF "\`${tool##*/}\`" "$RX_TOP/README.md" ||
			{ echo "${tool##*/}" && false; }
	done
}
