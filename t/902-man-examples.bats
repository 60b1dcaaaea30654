# SPDX-License-Identifier: MIT
# The EXAMPLES of every manual page, run as a reader would type them
setup() {
	load helper
	PATH="$PATH:$RX_TOP/agent"
	unset RX_NODE_ID RX_STATE_DIR
	export RX_STATE_DIR="$PWD/state" HOME="$PWD"
}

@test "man: every example of every page prints what the page says" {
	need jq
	need sqlite3
	failed=0
	for page in "$RX_TOP"/man/*; do
		mkdir "${page##*/}.run"
		(cd "${page##*/}.run" && python3 "$RX_TOP/t/examples.py" "$page") ||
			failed=1
	done
	[ "$failed" -eq 0 ]
}

@test "man: the runner of examples sees a wrong output and a page without any" {
	printf '.Sh EXAMPLES\n.Bd -literal\n$ echo one\none\n.Ed\n' >right
	printf '.Sh EXAMPLES\n.Bd -literal\n$ echo one\ntwo\n.Ed\n' >wrong
	printf '.Sh EXAMPLES\n.Bd -literal\nnothing to run\n.Ed\n' >none
	run -0 python3 "$RX_TOP/t/examples.py" right
	run -1 python3 "$RX_TOP/t/examples.py" wrong
	run -2 python3 "$RX_TOP/t/examples.py" none
}
