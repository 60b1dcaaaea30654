# SPDX-License-Identifier: MIT
# rx-tail --journal: a systemd-journald that runs, in a mount namespace of its
# own (files that are made for the purpose: 198-tail-journal)
setup() {
	load helper
	load tail
	[[ $(rx-tail --version) == *"libsystemd loaded"* ]] || skip "built without libsystemd"
	[ -x /lib/systemd/systemd-journald ] || skip "not installed: systemd-journald"
	need logger
	can_unshare -m
	# journald lives in here, and so does the code of a test that uses it.
	cat >begin.sh <<-'E'
		set -e
		mount --make-rprivate /
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/journald.conf.d
		printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\n' >/run/systemd/journald.conf.d/t.conf
		journald() {
			/lib/systemd/systemd-journald 2>/dev/null 3>&- &
			journald=$!
			soon test -S /run/systemd/journal/dev-log
		}
		trap 'kill -9 $(jobs -p) 2>/dev/null || :' EXIT
		journald
		# says FROM TO [TAG]: entries, until they are there
		says() {
			seq -f "message %g" "$1" "$2" | logger -u /run/systemd/journal/dev-log -t "${3:-app}"
			soon written "message $2"
		}
		written() { journalctl -q -D /run/log/journal -o cat | grep -qx "$1"; }
		# Rotate, and see that it did: so many files are archived.
		rotated() {
			kill -USR2 $journald
			soon archived "$1"
		}
		archived() { [ "$(find /run/log/journal -name 'system@*' | wc -l)" -eq "$1" ]; }
		messages() { jq -r 'select(._rx.k | not) | .log_line | select(startswith("message"))' "$@"; }
	E
}

# within: what is on standard input, beside a journald
within() {
	declare -f soon >script.sh
	cat begin.sh - >>script.sh
	timeout 120 unshare -m bash script.sh 3>&-
}

@test "journald: kill -9 while it writes and rotates, each entry once and in order" {
	need sqlite3
	within <<-'E'
		for i in $(seq 1 100 2000); do seq -f 'message %g' "$i" $((i + 99)); sleep .1; done |
			logger -u /run/systemd/journal/dev-log -t app &
		stored() { sqlite3 q.db 'SELECT body FROM segment ORDER BY seg' 2>/dev/null | jq -r '.[] | .log_line | select(startswith("message"))' | wc -l; }
		stored_to() { [ "$(stored)" -ge "$1" ]; }
		for round in 1 2 3 4 5 6; do
			rx-spool claim q.db >claim
			mkfifo pipe.$round
			rx-spool push q.db <pipe.$round 2>>err &
			push=$!
			rx-tail --from start --resume claim --journal >pipe.$round 2>>err &
			tail=$!
			[ $((round % 3)) -ne 2 ] || kill -USR2 $journald
			[ $round -eq 6 ] && soon stored_to 2000 || soon stored_to $((round * 250))
			kill -9 $tail
			wait $push || :
		done
		sqlite3 q.db 'SELECT body FROM segment ORDER BY seg' | jq -r '.[] | .log_line | select(startswith("message"))' >got
		archived 2
	E
	cmp got <(seq -f 'message %g' 2000)
	run -1 grep -q 'is lost' err
}

@test "journald: what was vacuumed while it was down is a gap, counted and said" {
	within <<-'E'
		says 1 20
		rx-tail --once --marks --journal >first
		jq -c 'select(._rx.k == "mark") | ._rx.pos[]' first | tail -n1 >pos
		rx-tail --once --checkpoint kept --journal >/dev/null
		says 21 40
		rotated 1
		says 41 60
		rotated 2
		says 61 80
		claim() { printf '{"_rx":{"k":"claim","v":1,"sp":"s","ln":"main","ep":2,"tk":"t","new":false,"pos":[%s]}}\n' "$(cat pos)"; }
		claim >claim
		# what was read is gone: nothing is lost by that
		rx-tail --once --resume claim --journal >whole 2>whole.err
		find /run/log/journal -name 'system@*' | sort | head -n1 | xargs rm
		journalctl -q -D /run/log/journal -o cat | grep -c message >left
		rx-tail --once --resume claim --journal >out 2>out.err
		rx-tail --once --checkpoint kept --stats s.prom --journal >kept.out 2>kept.err
		rx-tail --once --checkpoint kept --journal >again.out 2>again.err
		# all that was read, and no more
		pos() { jq -c 'select(._rx.k == "mark") | ._rx.pos[]' "$1" | jq -sc 'reduce .[] as $e ({}; .[$e.s] = $e) | .[]' | paste -sd,; }
		pos whole >pos
		claim >claim
		rotated 2
		says 81 82
		find /run/log/journal -name 'system@*' -delete
		rx-tail --once --resume claim --journal >last 2>last.err
		# the whole journal: told once, not at every start
		pos last >pos
		claim >claim
		kill -9 $journald
		rm -r /run/log/journal/* /run/systemd/journal
		journald
		says 91 92
		rx-tail --once --resume claim --journal >anew 2>anew.err
		pos anew >pos
		claim >claim
		says 93 93
		rx-tail --once --resume claim --journal >after 2>after.err
	E
	messages() { jq -r 'select(._rx.k | not) | .log_line | select(startswith("message"))' "$@"; }
	[ "$(messages whole | paste -sd,)" = "$(seq -f 'message %g' -s, 21 80)" ]
	[ ! -s whole.err ]
	[ "$(cat left)" = 40 ]
	[ "$(messages out | paste -sd,)" = "$(seq -f 'message %g' -s, 41 80)" ]
	from=$(jq '._rx.e | select(.)' first | tail -n1)
	first=$(jq '._rx.o | select(.)' out | head -n1)
	[ "$(jq -c 'select(._rx.k == "gap") | ._rx | [.from, .to, .why, .p]' out)" = "[$from,$first,\"deleted\",\"journal\"]" ]
	[ "$(cat out.err)" = "rx-tail: warning: journal: what followed offset $from is lost, if there was more: deleted" ]
	messages kept.out | cmp - <(messages out)
	grep -qx 'rx_tail_gaps_total{why="deleted"} 1' s.prom
	grep -q 'is lost' kept.err
	[ ! -s again.out ] && [ ! -s again.err ]
	[ "$(messages last | paste -sd,)" = 'message 81,message 82' ]
	[ ! -s last.err ]
	[ "$(messages anew | paste -sd,)" = 'message 91,message 92' ]
	[ "$(jq -c 'select(._rx.k == "gap") | ._rx | [.to, .why]' anew)" = '[null,"deleted"]' ]
	[ "$(messages after)" = 'message 93' ]
	run -1 grep -q '"k":"gap"' after
	[ ! -s after.err ]
}

@test "journald: it is the default source where no syslog file is" {
	within <<-'E'
		says 1 3
		mount -t tmpfs tmpfs /var/log
		echo 'from a file' >/var/log/app.log
		rx-tail --once >both
		rx-tail >followed 2>err &
		tail=$!
		soon grep -q x /proc/$tail/maps
		more() { says 4 4; grep -q 'message 4' followed; }
		soon more
		kill $tail
		wait $tail
		echo 'from syslog' >/var/log/syslog
		rx-tail --once >syslog
	E
	grep -c '"log_path":"journal".*"log_line":"message' both | grep -qx 3
	grep -q '"log_line":"from a file"' both
	[ "$(jq -r .log_line syslog | sort | paste -sd,)" = 'from a file,from syslog' ]
}

@test "man: what rx-incident(7) gives to systemd-cat is in the journal" {
	need systemd-cat
	sed -n '/^rx-tail .*systemd-cat/p' "$RX_TOP/man/rx-incident.7" >shown
	[ "$(wc -l <shown)" = 1 ]
	within <<-'E'
		printf '%s\n' '2026-01-05T10:00:00Z INFO  web: started' '2026-01-05T10:00:07Z ERROR web: refused' >web.log
		sh -e shown
		soon written '2026-01-05T10:00:07Z ERROR web: refused'
		journalctl -q -D /run/log/journal -t incident -o cat >found
	E
	[ "$(cat found)" = '2026-01-05T10:00:07Z ERROR web: refused' ]
}
