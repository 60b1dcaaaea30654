# SPDX-License-Identifier: MIT
# Whole pipelines under kill -9, SIGSTOP and rotation: exactly once into a spool
# (not tested here: power failure, full disks; see PROTOCOL.md 12 for the list)
# make check-crash runs it at full length: RX_ROUNDS, RX_SHAPE_ROUNDS, RX_UPTO,
# RX_MUTANTS.
setup() { load helper; }

@test "pipeline: kill -9 of stages and pipelines, old runs that wake up, rotation: lost 0, twice 0" {
	need sqlite3
	seed=${RX_SEED:-$RANDOM}
	echo "seed $seed"
	python3 "$RX_TOP/t/storm/storm.py" --bin "$RX_BIN" --dir . --rounds "${RX_ROUNDS:-15}" --seed "$seed" || {
		tail -n 20 stderr
		false
	}
	python3 "$RX_TOP/t/storm/oracle.py" WRITTEN q.db
}

# shaped SPOOLS FILTER: the storm around a foreign filter, or two spools.
shaped() {
	need sqlite3
	seed=${RX_SEED:-$RANDOM}
	echo "seed $seed"
	python3 "$RX_TOP/t/storm/storm.py" --bin "$RX_BIN" --dir . --rounds "${RX_SHAPE_ROUNDS:-5}" \
		--seed "$seed" --spools "$1" --filter "$2" || {
		tail -n 20 stderr
		false
	}
	[ "$2" != bare ] || bare=--bare
	for db in q*.db; do
		python3 "$RX_TOP/t/storm/oracle.py" ${bare:+$bare} WRITTEN "$db"
	done
}

@test "pipeline: the same with grep in the middle (X-13)" { shaped 1 grep; }

@test "pipeline: the same with jq in the middle (X-13)" {
	need jq
	shaped 1 jq
}

@test "pipeline: the same with a filter that knows no marks, through --via (X-13)" { shaped 1 via; }

@test "pipeline: the same with a filter that takes the coordinates away" {
	need jq
	shaped 1 bare
}

@test "pipeline: the same into two spools under tee" { shaped 2 match; }

@test "pipeline: fencing, holding, guard or boundary switched off is seen" {
	# Short: that what is switched off is still where the script says.
	RX_ROUNDS=${RX_MUTANTS:-0} run "$RX_TOP/t/storm/mutants.sh" "$PWD"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "${RX_MUTANTS:-}" ] || [ "$(grep -c ': seen: ' <<<"$output")" = 4 ]
}

@test "pipeline: the oracle sees a line lost, a line twice and a line moved" {
	printf 'w 1 a\nw 2 b\nw 3 noise\nw 4 c\n' >WRITTEN
	made() { # the lines of the one segment
		rm -f q.db
		python3 - "$@" <<-'E'
			import json, sqlite3, sys
			db = sqlite3.connect("q.db")
			db.execute("CREATE TABLE lane (lane, name)")
			db.execute("CREATE TABLE segment (seg, lane, body)")
			db.execute("INSERT INTO lane VALUES (1, 'main')")
			body = [{"_rx": {"s": "s", "o": int(l.split()[1]) * 10}, "log_line": l} for l in sys.argv[1:]]
			db.execute("INSERT INTO segment VALUES (1, 1, ?)", (json.dumps(body),))
			db.commit()
		E
	}
	oracle() { python3 "$RX_TOP/t/storm/oracle.py" WRITTEN q.db; }
	made "w 1 a" "w 2 b" "w 4 c"
	run -0 oracle
	made "w 1 a" "w 4 c"
	run -1 oracle
	made "w 1 a" "w 2 b" "w 2 b" "w 4 c"
	run -1 oracle
	made "w 2 b" "w 1 a" "w 4 c"
	run -1 oracle
	made "w 1 a" "w 2 b" "w 3 noise" "w 4 c"
	run -1 oracle
}

@test "pipeline: a crash at each named point loses nothing and doubles nothing" {
	[ -x "$RX_CRASH_BIN/rx-spool" ] || skip "no tools with crash points: make crash builds them"
	run -0 python3 "$RX_TOP/t/storm/points.py" --bin "$RX_CRASH_BIN" --dir . --upto "${RX_UPTO:-1}"
	echo "$output"
	# A point that is never passed at all proves nothing.
	for point in tail.read tail.line tail.mark filter.data filter.mark push.insert push.precommit \
		push.postcommit push.checkpoint emit.row ship.sent ship.confirmed ack.precommit ack.postcommit; do
		[[ $output == *"$point:1 reached"* ]]
	done
	[[ $output != *"not reached"* ]]
}
