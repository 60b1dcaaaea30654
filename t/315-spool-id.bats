# SPDX-License-Identifier: MIT
# rx-spool push for producers that wait: --id, --outcomes, and one run pushed twice.
setup() {
	load helper
	load spool
	need sqlite3
}

push() { rx-spool push --unmarked "$@"; }
there() { sql "SELECT group_concat(json_extract(payload, '\$.k')) FROM (SELECT payload FROM queue ORDER BY id)"; }

@test "id: a record sent again within the hour is answered, and not stored" {
	printf '{"k":"a"}\n{"k":"b"}\n' | push --id k q.db
	printf '{"k":"b"}\n{"k":"c"}\n{"k":"c"}\n' | push --id k q.db
	[ "$(there)" = a,b,c ]
	[ "$(stat_of main '"\(.stored) \(.replayed)"')" = "3 2" ]
	[ "$(emitted main | jq -s -c 'map(._rx.id)')" = '["a","b","c"]' ]
	balanced main
	# A lane of its own has ids of its own.
	echo '{"k":"a"}' | push --id k q.db other
	[ "$(there)" = a,b,c,a ]
}

@test "id: numbers are ids; what has none, or one too long, gets one" {
	long=$(printf 'x%.0s' {1..257})
	printf '%s\n' '{"k":7}' '{"k":7}' '{"n":1}' '{"n":1}' "{\"k\":\"$long\"}" "{\"k\":\"$long\"}" '{"k":[1]}' '{"k":""}' |
		push --id k q.db
	[ "$(stat_of main '"\(.stored) \(.replayed)"')" = "7 1" ]
	[ "$(emitted main | jq -r ._rx.id | sort -u | wc -l)" = 7 ]
}

@test "id: a foreign _rx is renamed, its record keeps the id of its member" {
	echo '{"_rx":5,"k":"a"}' | push --id k q.db
	[ "$(emitted main | jq -c '[._rx.id, .rx_]')" = '["a",5]' ]
}

@test "id: an hour later an id is new again" {
	echo '{"k":"a"}' | push --id k q.db
	sql 'UPDATE seen SET at_ms = at_ms - 3700000'
	printf '{"k":"a"}\n{"k":"a"}\n' | push --id k q.db
	[ "$(stat_of main '"\(.stored) \(.replayed)"')" = "2 1" ]
	balanced main
	# Also those that do not come again go, by who pushes only a few.
	sql 'UPDATE seen SET at_ms = at_ms - 3700000'
	echo '{"k":"b"}' | push --id k q.db
	[ "$(sql "SELECT group_concat(id) FROM seen")" = b ]
}

@test "id: ids that have no room before their hour is over are told of" {
	seq 1 100500 | sed 's/.*/{"k":"n&"}/' >in
	run -0 push --id k --max-records 10 --full oldest q.db <in
	[[ "$output" != *"ids within an hour"* ]] # those dropped as they came are none
	rm -f q.db*
	run -0 push --id k --max-bytes 0 q.db <in
	[[ "$output" == *"lane main of q.db: more ids within an hour than are remembered: the oldest are forgotten"* ]]
	[ "$(sql 'SELECT count(*) FROM seen')" -le 101000 ]
	[ "$(sql 'SELECT count(*) FROM queue')" = 100500 ]
}

@test "id: two pushes of one lane store an id once" {
	seq 1 2000 | sed 's/.*/{"k":"n&"}/' >in
	push --id k --batch 2k --linger 0 q.db <in 3>&- &
	push --id k --batch 2k --linger 0 q.db <in
	wait $!
	[ "$(sql 'SELECT count(*) FROM queue')" = 2000 ]
	[ "$(stat_of main '"\(.stored) \(.replayed)"')" = "2000 2000" ]
	balanced main
}

@test "id: killed at any point and sent again, each id is stored once" {
	[ -x "$RX_CRASH_BIN/rx-spool" ] || skip "no build with crash points"
	seq 1 100 | sed 's/.*/{"k":"n&"}/' >in
	for point in push.insert:3 push.precommit:2 push.postcommit:2; do
		rm -f q.db*
		RX_CRASH=$point "$RX_CRASH_BIN/rx-spool" push --unmarked --id k --batch 64 --linger 0 q.db <in || :
		push --id k q.db <in
		[ "$(sql 'SELECT count(*) FROM queue')" = 100 ]
		balanced main
	done
}

@test "outcomes: one for each record, with its id and tag, once it is stored" {
	mkfifo pipe
	push --id k --outcomes q.db <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"k":"a"}' >&4
	soon has out 1
	[ "$(sql 'SELECT count(*) FROM queue')" = 1 ]
	[ "$(cat out)" = '{"_rx":{"k":"out","id":"a","tag":1,"ep":0,"st":"ok","why":""}}' ]
	printf '%s\n' '{"k":"a"}' oops '{"k":"b"}' >&4
	exec 4>&-
	rc=0
	wait $pid || rc=$?
	[ $rc = 1 ]
	[ "$(jq -c '[._rx.id, ._rx.st]' out | sort)" = $'["","reject"]\n["a","ok"]\n["a","ok"]\n["b","ok"]' ]
	[ "$(jq -r 'select(._rx.id == "b")._rx.tag' out)" = "$(sql "SELECT max(id) FROM queue")" ]
	[[ "$(jq -r 'select(._rx.id == "")._rx.why' out)" == "line 3: "* ]]
}

@test "outcomes: what a full lane drops is rejected" {
	seq 1 5 | sed 's/.*/{"k":"n&"}/' | push --id k --outcomes --max-records 3 --full newest q.db >out
	[ "$(jq -r '"\(._rx.id) \(._rx.st) \(._rx.why)"' out | tail -2)" = $'n4 reject dropped\nn5 reject dropped' ]
	[ "$(jq -r ._rx.st out | grep -c ok)" = 3 ]
}

@test "outcomes: what was rejected as dropped may be sent again, and is stored then" {
	seq 1 5 | sed 's/.*/{"k":"n&"}/' | push --id k --outcomes --max-records 3 --full newest q.db >out
	[ "$(jq -r 'select(._rx.st == "reject")._rx.id' out | paste -sd,)" = n4,n5 ]
	seq 1 5 | sed 's/.*/{"k":"n&"}/' | push --id k --outcomes --max-records 5 --full newest q.db >out
	[ "$(jq -r ._rx.st out | sort -u)" = ok ]
	[ "$(there)" = n1,n2,n3,n4,n5 ]
	balanced main
}

@test "outcomes: a line too long to be one has one too, and is counted in the lane" {
	python3 -c 'print("{\"k\":\"a\"}"); print("x" * 2000000); print("{\"k\":\"b\"}"); print("y" * 2000000)' >in
	run -1 --separate-stderr push --id k --outcomes q.db <in
	[ "$(jq -c '[._rx.id, ._rx.st, ._rx.why]' <<<"$output" | sort | uniq -c | sed 's/^ *//')" = \
		$'1 ["","reject","up to line 3: too long"]\n1 ["","reject","up to line 4: too long"]\n1 ["a","ok",""]\n1 ["b","ok",""]' ] || {
		echo "$output"
		false
	}
	[ "$(stat_of main .refused)" = 2 ]
}

@test "outcomes: a marked lane has them too, by coordinates" {
	printf 'one\ntwo\n' >a.log
	PUSH="rx-spool push --outcomes" run -0 marked web a.log
	[ "$(jq -r ._rx.id <<<"$output" | sort)" = "$(emitted web | jq -r ._rx.id | sort)" ]
}

@test "outcomes: a reader that leaves ends push by SIGPIPE, a full disk with 74" {
	[ -c /dev/full ]
	run -74 bash -c 'echo {} | rx-spool push --unmarked --outcomes q.db >/dev/full'
	run bash -c 'yes {} | rx-spool push --unmarked --outcomes q.db | head -1; exit ${PIPESTATUS[1]}'
	[ "$status" = 141 ]
	[ "${#lines[@]}" = 1 ]
}

@test "push: the stream of one run handed to two pushes is stored once" {
	seq 1 2000 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 10 claim a.log >stream
	rx-spool push --batch 1 --linger 0 q.db web <stream 2>err1 3>&- &
	pid=$!
	rc2=0 rc1=0
	rx-spool push --batch 1 --linger 0 q.db web <stream 2>err2 || rc2=$?
	wait $pid || rc1=$?
	# One of them went to the end; the other was fenced, or had ended before.
	[ $rc1 = 0 ] || [ $rc2 = 0 ]
	[ $rc1 = 0 ] || grep -q "another push began with the stream of this run" err1
	[ $rc2 = 0 ] || grep -q "another push began with the stream of this run" err2
	lines_stored web a.log
	balanced web
}

@test "push: of two pushes of one run the one that began first is fenced (P3)" {
	seq 1 40 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 10 claim a.log >stream
	mkfifo pipe
	rx-spool push q.db web <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	head -12 stream >&4
	ten() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" = 10 ]; }
	soon ten
	rx-spool push q.db web <stream
	tail -n +13 stream >&4 || : # it may be gone before the last line
	exec 4>&-
	rc=0
	wait $pid || rc=$?
	[ $rc = 75 ]
	grep -q "another push began" err
	lines_stored web a.log
}

@test "outcomes: of an id that comes twice in one commit and is dropped, both are rejected" {
	printf '{"i":"%s","n":%d}\n' a 1 b 2 c 3 c 4 c 5 |
		rx-spool push -q --unmarked --id i --outcomes --max-records 2 \
			--batch 64M --full newest q.db >out
	[ "$(jq -r '._rx | "\(.id) \(.st)"' out | paste -sd,)" = \
		"a ok,b ok,c reject,c reject,c reject" ]
	[ "$(stat_of main '"\(.stored) \(.dropped) \(.replayed)"')" = "3 1 2" ]
	# So it may be sent again, and is stored then.
	emitted main | outcomes ok | rx-spool ack q.db
	printf '{"i":"%s","n":%d}\n' c 3 b 2 |
		rx-spool push --unmarked --id i --outcomes q.db >out
	[ "$(jq -r '._rx | "\(.id) \(.st)"' out | paste -sd,)" = "c ok,b ok" ]
	[ "$(sql 'SELECT payload FROM queue')" = '{"i":"c","n":3}' ]
	balanced main
}
