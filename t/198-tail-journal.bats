# SPDX-License-Identifier: MIT
# rx-tail --journal: the journal of systemd (not tested: a journald that runs;
# the files are made by systemd-journal-remote)

setup() {
	load helper
	load tail
	remote=/lib/systemd/systemd-journal-remote
	built=no
	[[ $(rx-tail --version) != *"libsystemd loaded"* ]] || built=yes
	case $BATS_TEST_DESCRIPTION in
	*"built without"*) [ $built = no ] || skip "it is built in" ;;
	*)
		[ $built = yes ] || skip "built without libsystemd"
		[ -x $remote ] || skip "not installed: systemd-journal-remote"
		;;
	esac
}

@test "journal: one that was built without libsystemd says so" {
	run -78 --separate-stderr rx-tail --journal
	[ "$stderr" = 'rx-tail: fatal: the journal cannot be read: rx-tail was built without libsystemd' ]
}

# entries FROM TO [UNIT]: append them to x.journal
entries() {
	for i in $(seq "$1" "$2"); do
		printf '%s\n' "__REALTIME_TIMESTAMP=$((1767607200000000 + i * 1000000))" "__MONOTONIC_TIMESTAMP=$((1000 + i))" \
			_BOOT_ID=0123456789abcdef0123456789abcdef "MESSAGE=message $i" PRIORITY=3 \
			"_SYSTEMD_UNIT=${3:-web}.service" "SYSLOG_IDENTIFIER=${3:-web}" _PID=7 _HOSTNAME=h ''
	done | $remote -o "$PWD/x.journal" - 2>/dev/null
}

@test "journal: an entry is a record" {
	entries 1 2
	rx-tail --once --journal-path x.journal >out
	[ "$(jq -c '[.timestamp,.log_path,.label,.application,.log_line,.unit,.priority,.pid,.hostname]' out | head -n1)" = '["2026-01-05T10:00:01.000000Z","journal","journal","web","message 1","web.service",3,7,"h"]' ]
	[ "$(lines out | paste -sd,)" = 'message 1,message 2' ]
	# a directory does as well
	mkdir dir
	cp x.journal dir/system.journal
	[ "$(rx-tail --once --journal-path dir | wc -l)" = 2 ]
}

@test "journal: units, the last entries, and those since a time" {
	entries 1 5
	entries 6 8 db
	[ "$(rx-tail --once --journal=db --journal-path x.journal | jq -r .log_line | paste -sd,)" = 'message 6,message 7,message 8' ]
	[ "$(rx-tail --once --journal=db,web.service --journal-path x.journal | wc -l)" = 8 ]
	[ "$(rx-tail --once --journal=no --journal-path x.journal | wc -l)" = 0 ]
	[ "$(rx-tail --once -n 2 --journal-path x.journal | jq -r .log_line | paste -sd,)" = 'message 7,message 8' ]
	[ "$(rx-tail --once -n 100 --journal-path x.journal | wc -l)" = 8 ]
	[ "$(rx-tail --once --since 2026-01-05T10:00:07Z --journal-path x.journal | wc -l)" = 2 ]
}

@test "journal: what comes is followed, a file beside it too" {
	entries 1 3
	: >a.log
	follow --journal-path x.journal a.log
	settled
	entries 4 5
	soon out_n 2
	echo line >>a.log
	soon out_n 3
	stop
	[ "$(lines out | sort | paste -sd,)" = 'line,message 4,message 5' ]
}

@test "journal: kill -9 and a claim lose nothing and double nothing" {
	need sqlite3
	entries 1 300
	for round in 1 2 3; do
		rx-spool claim q.db >claim
		rx-tail --from start --resume claim --journal-path x.journal 2>>err 3>&- |
			rx-spool push q.db 2>>err 3>&- &
		push=$!
		[ $round = 1 ] || entries $((round * 300 - 299)) $((round * 300))
		stored_to() { [ "$(sqlite3 q.db 'SELECT coalesce(sum(n), 0) FROM segment')" -ge "$1" ]; }
		if [ $round -lt 3 ]; then
			soon stored_to $((round * 300 - 200))
		else
			soon stored_to 900
		fi
		tail=$(pgrep -P $$ -x rx-tail)
		kill -9 "$tail"
		wait $push || :
	done
	sqlite3 q.db 'SELECT body FROM segment ORDER BY seg' | jq -r '.[] | .log_line' | cmp - <(seq -f 'message %g' 900)
}

# As a unit that is a shell script logs what its tools say.
@test "journal: messages of rx are left out, by their name or their process" {
	i=0
	for by in "SYSLOG_IDENTIFIER=rx-ship" "SYSLOG_IDENTIFIER=sh,_COMM=rx-ship" "_COMM=rx-ship" \
		"SYSLOG_IDENTIFIER=sshd,_COMM=sshd" "SYSLOG_IDENTIFIER=rx-box"; do
		printf '%s\n' "__REALTIME_TIMESTAMP=$((1767607200000000 + ++i))" "__MONOTONIC_TIMESTAMP=$i" \
			_BOOT_ID=0123456789abcdef0123456789abcdef "MESSAGE=message $i" "${by/,/$'\n'}" ''
	done | $remote -o "$PWD/x.journal" - 2>/dev/null
	run -0 --separate-stderr rx-tail --once --stats s.prom --journal-path x.journal
	[ "$(lines <<<"$output")" = $'message 4\nmessage 5' ]
	[ "$stderr" = "rx-tail: warning: journal: messages of rx itself are left out" ]
	grep -qx 'rx_tail_own_lines_total 3' s.prom
}

@test "journal: its place is in the checkpoint" {
	entries 1 4
	[ "$(rx-tail --once --checkpoint pos --journal-path x.journal | wc -l)" = 4 ]
	entries 5 6
	[ "$(rx-tail --once --checkpoint pos --journal-path x.journal | jq -r .log_line | paste -sd,)" = 'message 5,message 6' ]
	grep -q '"path":"journal","offset":7,' pos
}

@test "journal: what cannot be read is said" {
	run -74 --separate-stderr rx-tail --once --journal-path nowhere
	[[ $stderr == 'rx-tail: fatal: journal: unable to open its files: No such file or directory' ]]
	echo nonsense >bad.journal
	run --separate-stderr rx-tail --once --journal-path bad.journal
	[ "$status" -eq 74 ]
	[[ $stderr == 'rx-tail: fatal: journal: unable to open its files: '* ]]
}
