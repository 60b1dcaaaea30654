# SPDX-License-Identifier: MIT
# rx-agent and its queue: a damaged one is mended once; the ledger balances.
setup() {
	load helper
	need sqlite3
	mkdir logs
	export RX_STATE="$PWD/state" RX_LOGS="$PWD/logs/*.log"
	out=state/delivered.ndjson
	db=state/error.db
}
teardown() {
	if [ -n "${agent:-}" ]; then
		kill -TERM "$agent" 2>/dev/null || :
		RX_PATIENCE=20 soon unlocked
	fi
}
unlocked() { flock -n state/agent.lock true; }

start() {
	setsid "$RX_TOP/agent/rx-agent" run error 2>>err 3>&- &
	agent=$!
}
stop() {
	kill "$agent"
	wait "$agent"
	agent=
}
probe() {
	echo "error: probe" >>logs/probe.log
	grep -qs probe "$out"
}
numbers() { jq -r .log_line "$out" | sed -n 's/^error \([0-9]*\)$/\1/p'; }
all_of() { [ "$(numbers | sort -un | wc -l)" -ge "$1" ]; }
damage() { dd if=/dev/zero of=$db bs=8192 count=1 conv=notrunc status=none; }

@test "agent: a queue found damaged at the start is salvaged, and all goes on" {
	start
	RX_PATIENCE=30 soon probe
	seq -f 'error %g' 1 50 >>logs/app.log
	RX_PATIENCE=30 soon all_of 50
	stop
	damage
	: >err
	seq -f 'error %g' 51 100 >>logs/app.log
	start
	RX_PATIENCE=60 soon all_of 100
	stop
	# The positions were kept: nothing is read or delivered twice.
	[ "$(numbers)" = "$(seq 1 100)" ]
	grep -q "the queue may be damaged: all stops, to look at it" err
	grep -q "rx-spool: $PWD/$db is replaced: " err
	[ "$(find state -name 'error.db.damaged-*' | wc -l)" = 1 ]
	run -0 "$RX_TOP/agent/rx-agent" status --ledger
	[[ "$output" == *"unaccounted for                 0"* ]]
}

@test "agent: the ledger tells what became of all, and 1 when it does not balance" {
	mkdir state
	seq 1 5 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked $db error
	rx-spool purge -q --yes $db error
	seq 1 3 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked $db error
	run -0 "$RX_TOP/agent/rx-agent" ledger
	[ "$output" = "$(printf '%s\n' 'lane error' \
		'  in                              8' \
		'  - waiting                       3' \
		'  - purged                        5' \
		'  unaccounted for                 0')" ]
	sqlite3 $db 'UPDATE lane SET acked = 1'
	run -1 --separate-stderr "$RX_TOP/agent/rx-agent" status --ledger
	[ "${lines[-1]}" = '  unaccounted for                -1' ]
	[ "$stderr" = "rx-agent: the ledger of $PWD/$db does not balance" ]
	sqlite3 $db 'UPDATE lane SET acked = 0, dead = 1, stored = 9'
	run -1 "$RX_TOP/agent/rx-agent" status --ledger
	[[ "$output" == *'letters astray                  1'* ]]
}
