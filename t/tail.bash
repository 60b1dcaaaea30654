# SPDX-License-Identifier: MIT
# What the tests of rx-tail share.
#
# lines FILE...      the log_line of each data record
# follow ARGS...     rx-tail in the background, records to ./out, pid in $tail
# lane ARGS...       the same on a marked lane into the played spool ./st
#                    (tail-spool.py): pids in $tail and $push
# lane_end [SIGNAL]  end both; fails when the protocol was breached
# stored             the committed log lines, in order
# settled            it has taken its positions
# complaints         what it said, but for that
# hold CALLS         strace stops it behind each of these calls, told in ./trace
# held REGEX         it goes on until it stands behind a call that looks so
# let_go             it runs free again

spool=$BATS_TEST_DIRNAME/tail-spool.py

lines() { jq -r 'select(._rx.k | not) | .log_line' "$@"; }

follow() {
	: >err
	rx-tail -v "$@" >>out 2>>err 3>&- &
	tail=$!
}

settled() { soon grep -qs 'rx-tail: following' err; }

# stop [SIGNAL]: end what follow started; its exit status.
stop() {
	kill -"${1:-TERM}" "$tail"
	wait "$tail"
}

# holds N: it has N files open, by its own status line.
holds() {
	kill -USR1 "$tail"
	[[ $(tail -n1 err) =~ ,\ $1\ open, ]]
}
complaints() { grep -vE 'rx-tail: (following|status)' err; }

hold() {
	strace -qq -s 64 -p "$tail" -o trace -e trace="$1" \
		-e inject="$1":signal=SIGSTOP 2>/dev/null 3>&- &
	tracer=$!
	soon grep -q '^TracerPid:.[1-9]' "/proc/$tail/status"
}

stands() { [[ $(tail -n1 trace) == *'stopped by SIGSTOP'* ]]; }

held() {
	local calls
	for _ in {1..50}; do
		soon stands || return
		calls=$(grep -c '' trace)
		if [[ $(grep -v '^---' trace | tail -n1) =~ $1 ]]; then return; fi
		kill -CONT "$tail"
		soon has trace $((calls + 1))
	done
	return 1
}

let_go() {
	kill -INT "$tracer" 2>/dev/null || : # its reader may have left
	wait "$tracer" || :
	kill -CONT "$tail"
}

lane() {
	"$spool" claim st >claim || return
	rm -f pipe && mkfifo pipe
	"$spool" push st <pipe 2>>breach 3>&- &
	push=$!
	: >err
	rx-tail -v --resume claim "$@" >pipe 2>>err 3>&- &
	tail=$!
}

lane_end() {
	kill -"${1:-TERM}" "$tail" 2>/dev/null
	wait "$tail" 2>/dev/null || :
	wait "$push" || { cat breach >&2; return 1; }
	[ ! -s breach ]
}

stored() { [ ! -e st.lines ] || jq -r . st.lines; }
stored_is() { [ "$(stored)" = "$1" ]; }
stored_n() { [ -e st.lines ] && [ "$(wc -l <st.lines)" -ge "$1" ]; }
out_n() { [ "$(lines out | wc -l)" -ge "$1" ]; }
committed() { [ -e st ] && jq -e '.new | not' st >/dev/null; }

# Nothing is left running when a test fails half way.
teardown() {
	for pid in ${tail:-} ${push:-} ${writer:-}; do
		kill -9 "$pid" 2>/dev/null || :
	done
	[ -z "${elsewhere:-}" ] || rm -rf "$elsewhere"
}
