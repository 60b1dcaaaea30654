# SPDX-License-Identifier: MIT
# rx-tail: what rx says is never read back (T-10)
setup() {
	load helper
	load tail
}

@test "own: messages of rx are left out in every form, counted, told once" {
	cat >a.log <<-'EOF'
	rx-ship: warning: unable to deliver: error
	Jan  5 10:00:00 web rx-ship[71]: warning: unable to deliver: error
	2026-01-05T10:00:00Z web rx-agent: error
	<11>1 2026-01-05T10:00:00Z web rx-spool 71 - - error
	{"timestamp":"2026-01-05T10:00:00Z","tool":"rx-match","level":"warning","message":"error"}
	EOF
	cat >b.log <<-'EOF'
	rx-shipping: error
	rx-ship
	rx: error
	Jan  5 10:00:00 web rx-box[71]: error
	Jan  5 10:00:00 web sshd[71]: rx-ship: error
	{"timestamp":"2026-01-05T10:00:00Z","tool":"other","message":"rx-ship: error"}
	{"timestamp":"2026-01-05T10:00:00Z"
	{
	EOF
	run -0 --separate-stderr rx-tail --once --stats s.prom a.log b.log
	[ "$(lines <<<"$output")" = "$(cat b.log)" ]
	[ "$stderr" = "rx-tail: warning: a.log: messages of rx itself are left out" ]
	grep -qx 'rx_tail_own_lines_total 5' s.prom
}

@test "own: the tools write what is known as theirs" {
	for tool in rx-tail rx-match rx-spool rx-ship rx-metrics rx-alert rx-serve; do
		"$tool" --no-such-option 2>>a.log || :
		"$tool" --log-format json --no-such-option 2>>a.log || :
	done
	grep -v '^usage' a.log >b.log
	[ "$(wc -l <b.log)" -eq 14 ]
	run -0 --separate-stderr rx-tail --once b.log
	[ -z "$output" ]
}

@test "own: a failing delivery does not feed itself" {
	: >app.log
	# The target fails for each record and says so into the log that is read.
	# shellcheck disable=SC2094 # that is the point
	rx-tail --from start app.log 2>err 3>&- |
		while read -r _; do
			echo x >>failures
			echo 'rx-ship: warning: unable to deliver: error' >>app.log
			echo "$(date +'%b %e %T') web rx-ship[7]: unable to deliver: error" >>app.log
		done 3>&- &
	echo 'real error' >>app.log
	soon has failures 1
	echo 'second error' >>app.log
	soon has failures 2
	soon has app.log 6
	echo 'third error' >>app.log
	soon has failures 3
	pkill -P $$ -x rx-tail || kill %1
	wait || :
	[ "$(wc -l <failures)" -eq 3 ]
}
