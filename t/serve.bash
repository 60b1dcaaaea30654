# SPDX-License-Identifier: MIT
# For the tests of rx-serve: one in the background on free ports.

# serving ARG...: rx-serve with ports in $http, $ws, $telemetry (if it has one),
# its pid in $server.
serving() {
	: >err # what one before it said is not taken for its own
	rx-serve --control-port 0 --ws-port 0 --telemetry-ws-port 0 "$@" 2>err 3>&- &
	server=$!
	soon grep -qE 'https?://127.0.0.1' err
	http=$(sed -n 's,.*https*://127.0.0.1:\([0-9]*\)/ .*,\1,p' err)
	telemetry=$(sed -n 's,.*wss*://127.0.0.1:\([0-9]*\)/telemetry$,\1,p' err)
	ws=$(sed -n 's,.*wss*://127.0.0.1:\([0-9]*\)/livelogs$,\1,p' err)
}

# end_serving: TERM, and its exit status.
end_serving() {
	kill -TERM "$server"
	wait "$server"
}

teardown() {
	[ -z "${server:-}" ] || {
		kill -KILL "$server"
		wait "$server"
	} 2>/dev/null || :
}

wsc() { python3 "$RX_TOP/t/wsclient.py" "$@"; }

# watching FILE ARG...: wsclient.py in the background, its messages in FILE,
# what it says at the end in FILE.why, its pid in $watcher.
watching() {
	local file=$1
	shift
	python3 "$RX_TOP/t/wsclient.py" "$@" >"$file" 2>"$file.why" 3>&- &
	watcher=$!
}
