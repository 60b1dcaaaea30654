# SPDX-License-Identifier: MIT
# rx-spool push --also: the same into several lanes; and from one lane to others
setup() { load helper; load spool; }

events() { seq "$1" "$2" | sed 's/.*/{"n":&}/'; }
ns() { rx-spool query "${2:-q.db}" "$1" | jq .n | paste -sd' '; }
counter() { rx-spool stat --json "${3:-q.db}" "$1" | jq ".lanes[0].$2"; }

@test "also: each lane has all, and is settled by itself" {
	events 1 5 | rx-spool push --unmarked --also b --also c q.db a
	for lane in a b c; do [ "$(ns $lane)" = '1 2 3 4 5' ]; done
	rx-spool emit --once q.db b | rx-ship -q file:out | rx-spool ack q.db
	[ "$(jq .n out | paste -sd' ')" = '1 2 3 4 5' ]
	[ "$(counter a pending) $(counter b pending) $(counter c pending)" = '5 0 5' ]
}

@test "also: a lane that drops holds up no other, one that blocks all" {
	echo '{"spool":{"lanes":{"b":{"full":"oldest","max_records":2},"c":{"full":"block","max_records":4}}}}' >c.json
	events 1 4 | rx-spool push -q --unmarked -c c.json --also b --also c q.db a
	[ "$(ns a)/$(ns b)/$(ns c)" = '1 2 3 4/3 4/1 2 3 4' ]
	[ "$(counter b dropped)" = 2 ]
	events 5 6 | timeout -s TERM 1 rx-spool push -q --unmarked -c c.json --also b --also c q.db a || :
	[ "$(counter a pending)/$(counter c pending)" = 4/4 ]
	rx-spool emit --once q.db c | rx-ship -q file:out | rx-spool ack q.db
	events 5 6 | rx-spool push -q --unmarked -c c.json --also b --also c q.db a
	[ "$(ns a)/$(ns b)/$(ns c)" = '1 2 3 4 5 6/5 6/5 6' ]
}

@test "also: the emit of each lane that drops goes on after a commit" {
	echo '{"spool":{"lanes":{"b":{"full":"oldest"},"c":{"full":"oldest"},"d":{"full":"oldest"}}}}' >c.json
	mkfifo in
	rx-spool push -q --unmarked -c c.json --also b --also c --also d q.db a <in 3>&- &
	exec 4>in
	events 1 1 >&4
	soon test -s q.db
	for lane in a b c d; do rx-spool emit q.db $lane >out.$lane 3>&- 4>&- & pids+=($!); done
	for lane in a b c d; do soon grep -q '"n":1' out.$lane; done
	events 2 2 >&4
	for lane in a b c d; do soon grep -q '"n":2' out.$lane; done
	exec 4>&-
	kill "${pids[@]}"
}

@test "also: an id is stored once in each lane" {
	for _ in 1 2; do events 1 3 | rx-spool push --unmarked --id n --also b q.db a; done
	[ "$(ns a)/$(ns b)" = '1 2 3/1 2 3' ]
	[ "$(counter a acked) $(counter b acked)" = '0 0' ]
	events 2 4 | rx-spool push --unmarked --id n q.db a
	events 2 5 | rx-spool push --unmarked --id n --also b q.db a
	[ "$(ns a)/$(ns b)" = '1 2 3 4 5/1 2 3 4 5' ]
}

@test "also: only what was delivered to the first stays" {
	events 1 3 | rx-spool push --unmarked --keep 1h --also b q.db a
	for lane in a b; do rx-spool emit --once q.db $lane | rx-ship -q file:out | rx-spool ack q.db; done
	[ "$(rx-spool query --history q.db a | wc -l)" = 3 ]
	run -1 rx-spool query --history q.db b
}

@test "also: lanes are named once, are valid, unmarked and not too many" {
	run -64 rx-spool push --unmarked --also a q.db a </dev/null
	run -64 rx-spool push --unmarked --also b --also b q.db a </dev/null
	run -64 rx-spool push --unmarked --also 'b c' q.db a </dev/null
	run -64 rx-spool push --also b q.db a </dev/null
	run -64 rx-spool push --unmarked $(seq -f '--also l%g' 16) q.db a </dev/null
	rx-spool claim q.db m >/dev/null
	run -65 rx-spool push --unmarked --also m q.db a <<<'{"n":1}'
	[[ $output == *"lane m of q.db is marked"* ]]
}

@test "relay: what one lane delivers is stored in others, and settled there by that" {
	events 1 4 | rx-spool push --unmarked q.db in
	rx-spool emit --once q.db in | rx-spool push --unmarked --outcomes --id id --also b q.db a >outcomes
	jq -e -s 'length == 4 and all(._rx.st == "ok" and ._rx.ep > 0)' outcomes
	[ "$(counter in pending)" = 4 ]
	rx-spool ack q.db <outcomes
	[ "$(counter in pending)/$(ns a)/$(ns b)" = '0/1 2 3 4/1 2 3 4' ]
	# A record goes through with its id, and nothing else of its old delivery.
	[ "$(rx-spool query q.db a | jq -r ._rx.id | sort)" = "$(rx-spool query q.db b | jq -r ._rx.id | sort)" ]
	rx-spool emit --once q.db a | rx-ship -q file:out | rx-spool ack q.db
	[ "$(counter a acked)" = 4 ]
	run ! grep -q _rx out
}

@test "relay: killed between the store and the ack, each is there once" {
	events 1 4 | rx-spool push --unmarked q.db in
	for _ in 1 2 3; do # nobody reads the outcomes
		rx-spool emit --once q.db in | rx-spool push --unmarked --outcomes --id id --also b q.db a >outcomes
	done
	[ "$(ns a)/$(ns b)" = '1 2 3 4/1 2 3 4' ]
	rx-spool ack q.db <outcomes
	[ "$(counter in acked) $(counter in pending)" = '4 0' ]
}

@test "relay: what is too long behind it is a dead letter of where it came from" {
	python3 -c 'print("{\"n\":\"" + "x" * 1047700 + "\"}")' | rx-spool push --unmarked q.db in
	rx-spool emit --once q.db in | sed 's/"n":/"m":"'"$(printf '%0500d' 0)"'","n":/' |
		rx-spool push -q --unmarked --outcomes --id id q.db a >outcomes || :
	rx-spool ack q.db <outcomes
	[ "$(counter in pending) $(counter in dead)" = '0 1' ]
	[ "$(rx-spool dead q.db in | jq -r ._rx.why)" = 'too long' ]
}
