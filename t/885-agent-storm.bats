# SPDX-License-Identifier: MIT
# rx-agent: any of its processes killed at random, again and again
#
# RX_ROUNDS  kills [6]
# RX_SEED    of what is killed; it is printed

setup() {
	load helper
	export RX_BIN RX_STATE="$PWD/state" RX_LOGS="$PWD/log/*.log" RX_STORM="$PWD"
	unset RX_STATE_DIR
	mkdir log state
	echo 'error: the first line' >log/a.log
	most_ms=0 mains=0 name=none
}
teardown() {
	local p
	for p in $(members); do kill -KILL "$p" 2>/dev/null || :; done
}
# members: every process of the agent, by the environment that all of it has.
members() {
	grep -lszx "RX_STORM=$RX_STORM" /proc/[0-9]*/environ | cut -d/ -f3 | while read -r p; do
		! grep -qs 'rx-' "/proc/$p/cmdline" || echo "$p"
	done
}
nobody() { [ -z "$(members)" ]; }
start() {
	"$RX_TOP/agent/rx-agent" run >>err 2>&1 3>&- &
	main=$!
}
arrived() { grep -qs "error: canary $1\"" state/delivered.ndjson; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
# heals N: the line that is written now is delivered, in the time that counts.
heals() {
	local began took
	began=$(now_ms)
	echo "error: canary $1" >>log/a.log
	RX_PATIENCE=${RX_HEAL:-30} soon arrived "$1"
	took=$(($(now_ms) - began))
	[ "$took" -le "$most_ms" ] || { most_ms=$took slowest=${name:0:50}; }
}

@test "storm: who is killed comes again, whoever it is; nothing is lost, and the ledger balances" {
	[ "$(id -u)" -eq 0 ] || skip "only root sees who belongs to it"
	rounds=${RX_ROUNDS:-6}
	RANDOM=${RX_SEED:=$((EPOCHSECONDS % 32768))}
	echo "RX_SEED=$RX_SEED"
	start
	soon grep -q 'rx-tail: loop started' err # a new host begins at the end
	heals 0
	for ((n = 1; n <= rounds; n++)); do
		mapfile -t all < <(members)
		victim=${all[RANDOM % ${#all[@]}]}
		name=$(tr '\0' ' ' <"/proc/$victim/cmdline" 2>/dev/null) || name=gone
		kill -KILL "$victim" 2>/dev/null || :
		# The one that starts the others has a supervisor of its own, or a user.
		if [ "$victim" = "$main" ]; then
			wait "$main" || :
			mains=$((mains + 1))
			start
		fi
		[ -z "${RX_TELL:-}" ] || echo "# $n: $victim ${name:0:70}" >&3
		echo "$n: $victim ${name:0:60}" >>kills
		heals $n || {
			tail -n 5 kills err
			false
		}
	done
	echo "# $rounds kills, $mains of them of the first; healed within $most_ms ms, that of $slowest" >&3
	# The last canary may be the work of those whom a killed main left behind.
	works() { [ "$(cat state/agent.run/pid)" = "$main" ] && grep -q "[0-9]" state/agent.run/error.in.keeper; } 2>/dev/null
	RX_PATIENCE=30 soon works || { tail -n 20 kills err; false; }
	kill -TERM "$main"
	wait "$main"
	# Every line is there; a repetition has the id of the first.
	for ((n = 0; n <= rounds; n++)); do arrived $n; done
	run -0 "$RX_TOP/agent/rx-agent" status --ledger
	rx-spool stat --prometheus state/error.db >now
	grep -qx 'rx_spool_pending_records{lane="error"[^}]*} 0' now
	[ "$(sed -n 's/^rx_spool_stored_total{lane="error"} //p' now)" = $((rounds + 1)) ]
	soon nobody
}
