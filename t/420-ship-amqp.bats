# SPDX-License-Identifier: MIT
# rx-ship to a real RabbitMQ: what arrives, what is refused, what is told
setup_file() { load rabbit; rabbit_start; }
teardown_file() { load rabbit; rabbit_stop; }
setup() {
	load helper
	load rabbit
	load ship
	Q=q$BATS_TEST_NUMBER
}

ship() { RX_URL=$(rabbit_url "$Q") rx-ship "$@"; }
# after MS: true when so much time has gone by since it was first asked.
after() {
	local now=${EPOCHREALTIME/./}
	: "${since:=$now}"
	[ $((now - since)) -ge "${1}000" ]
}
# fat N FROM: records of 20 kB, more than sockets hold.
fat() {
	local pad
	printf -v pad '%20000s' ''
	emit "$1" "$2" | tail -n +2 | sed "s/ error\"/ error ${pad// /x}\"/"
}
ids() { rabbit_get "$1" | jq -r .id; }

@test "amqp: 3000 messages arrive once, in order, with the properties promised" {
	emit 3000 >in
	ship -q --window 1000 <in >outcomes
	[ "$(accounts outcomes)" = "ok=3000 retry=0 reject=0" ]
	[ "$(wc -l <outcomes)" -lt 400 ]
	rabbit_get $Q >got
	records 3000 >want
	jq -r .body got | cmp want -
	[ "$(jq -r .id got | head -n2 | paste -sd' ')" = "src:1 src:2" ]
	[ "$(jq -c '[.type, .mode, .app, .time]' got | uniq)" = '["application/json",2,"rx",1767607200]' ]
}

@test "amqp: the classic queue name is the default, declared durable" {
	echo '{"a":1}' | Q='' ship -q
	[ "$(rabbit_depth error_logs_queue)" -eq 1 ]
	# Declaring it again as durable is an error unless it is.
	rabbit_queue error_logs_queue
}

@test "amqp: a queue that exists is used as it is: quorum, limited, not durable" {
	rabbit_pika 'declare = lambda kind, **how: c.queue_declare(args[0] + kind, **how); declare(".quorum", durable=True, arguments={"x-queue-type": "quorum"}); declare(".long", durable=True, arguments={"x-max-length": 100000}); declare(".brief", durable=False)' $Q
	local kind
	records 300 >in
	for kind in quorum long brief; do
		Q=$Q.$kind ship -q <in
	done
	# A quorum queue has counted what it confirmed a moment later.
	there() { [ "$(rabbit_pika 'print(*(c.queue_declare(args[0] + kind, passive=True).method.message_count for kind in (".quorum", ".long", ".brief")))' $Q)" = "300 300 300" ]; }
	soon there
}

@test "amqp: ?passive waits for the queue and does not declare it" {
	records 3 >in
	Q="$Q?passive" ship --backoff 50ms..100ms <in 2>err 3>&- &
	local pid=$!
	soon grep -q "unable to reach .*: channel closed: 404 NOT_FOUND - no queue '$Q'" err
	rabbit_queue $Q
	wait $pid
	[ "$(rabbit_depth $Q)" -eq 3 ]
}

@test "amqp: a virtual host stands before the queue, percent-decoded" {
	rabbit_eval 'rabbit_vhost:add(<<"a/b">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"a/b">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).'
	echo '{"a":1}' | RX_URL=$(rabbit_url a%2Fb/q%201) rx-ship -q
	[[ $(rabbit_eval 'rabbit_amqqueue:with(rabbit_misc:r(<<"a/b">>, queue, <<"q 1">>), fun(X) -> rabbit_amqqueue:stat(X) end).') == "{ok, {ok, 1, 0}}" ]]
}

@test "amqp: without a spool the id comes from the coordinates, or is random and unlike" {
	printf '%s\n' '{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":512,"e":577},"a":1}' \
		'{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":512,"e":577,"n":3},"a":2}' '{"a":3}' '{"a":4}' >in
	ship -q <in >out
	[ ! -s out ]
	rabbit_get $Q >got
	[ "$(jq -r .id got | sed -n 1p)" = k3f9q2m4x7d0a1bc:200 ]
	[ "$(jq -r .id got | sed -n 2p)" = k3f9q2m4x7d0a1bc:200.3 ]
	[ "$(jq -r .id got | sort -u | wc -l)" -eq 4 ]
	[ "$(jq -r .body got | sed -n 2p)" = '{"a":2}' ]
	[ "$(jq -r .time got | sort -u)" = null ]
}

@test "amqp: an id travels unescaped, and by its hash when AMQP has no room for it" {
	local long
	long=$(printf 'x%.0s' {1..300})
	printf '%s\n' '{"_rx":{"id":"a\u00e9\"","tag":1,"ep":4,"at":0},"a":1}' \
		"{\"_rx\":{\"id\":\"$long\",\"tag\":3,\"ep\":4,\"at\":0},\"a\":1}" >in
	ship -q <in >outcomes
	[ "$(jq -r ._rx.id outcomes | tail -n1)" = "$long" ]
	ids $Q >got
	[ "$(sed -n 1p got)" = 'aé"' ]
	[ "$(sed -n 2p got)" = "$(printf %s "$long" | sha256sum | cut -c1-32)" ]
}

@test "amqp: records of every size up to the limit arrive whole" {
	python3 - >in <<-'PY'
		import json
		for n in (0, 1, 4000, 131000, 131056, 131057, 131064, 131072, 262000, 1048000):
		    print(json.dumps({"n": n, "x": "y" * n}, separators=(",", ":")))
	PY
	ship -q --window-size 1k <in
	rabbit_get $Q | jq -r .body | cmp in -
}

@test "amqp: a record does not wait for others while the input is idle" {
	mkfifo pipe
	ship <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 1 >&4
	soon accounted outcomes "ok=1 retry=0 reject=0"
	grep -q "connected to amqp://guest:\*\*\*@127.0.0.1:$RABBIT_PORT/$Q" err
	exec 4>&-
	wait $pid
	# It has said goodbye: the broker has nothing to complain of.
	run -1 grep -c 'closed TCP connection unexpectedly' "$RABBIT_DIR/log/rx.log"
}

@test "amqp: the connection is kept while nothing is sent, by heartbeats" {
	mkfifo pipe
	ship --heartbeat 1s <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 1 >&4
	soon accounted outcomes "ok=1 retry=0 reject=0"
	# The broker drops who is silent for two of them.
	soon after 3500
	emit 1 2 | tail -n1 >&4
	soon accounted outcomes "ok=2 retry=0 reject=0"
	run -1 grep lost err
	exec 4>&-
	wait $pid
}

@test "amqp: a message that no queue takes is rejected with the broker's text" {
	mkfifo pipe
	ship <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 5 >&4
	soon accounted outcomes "ok=5 retry=0 reject=0"
	rabbit_drop $Q
	emit 3 6 | tail -n3 >&4
	soon accounted outcomes "ok=5 retry=0 reject=3"
	[ "$(jq -r 'select(._rx.st == "reject")._rx.why' outcomes | uniq)" = "unroutable: 312 NO_ROUTE" ]
	rabbit_queue $Q
	emit 200 9 | tail -n200 >&4
	exec 4>&-
	wait $pid
	[ "$(accounts outcomes)" = "ok=205 retry=0 reject=3" ]
	[ "$(rabbit_depth $Q)" -eq 200 ]
	grep -q "returned by .*: 312 NO_ROUTE" err
}

@test "amqp: without a spool a message that no queue takes is told, and exits 1" {
	mkfifo pipe
	ship <pipe 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	records 1 >&4
	soon grep -q connected err
	rabbit_depth_is() { [ "$(rabbit_depth $Q)" = "$1" ]; }
	soon rabbit_depth_is 1
	rabbit_drop $Q
	records 2 >&4
	exec 4>&-
	status=0; wait $pid || status=$?
	[ "$status" -eq 1 ]
	grep -q 'returned by' err
}

@test "amqp: a full queue that refuses gives retry, once for each, and no hot loop" {
	rabbit_queue $Q x-max-length=10 x-overflow=reject-publish
	emit 40 >in
	mkfifo pipe
	ship --backoff 100ms..1s <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	cat in >&4
	# What the broker took before it refused is ok; of the rest each was refused
	# while others were taken, or is held because nothing is.
	some_ok() { [ "$(accounts outcomes | sed 's/ok=\([0-9]*\).*/\1/')" -ge 10 ]; }
	soon some_ok
	ids $Q >got
	# Now there is room again: nothing that is held may be forgotten.
	settled() { [ "$(accounts outcomes | tr ' ' '\n' | cut -d= -f2 | paste -sd+ | bc)" -eq 40 ] || { ids $Q >>got; false; }; }
	soon settled
	exec 4>&-
	wait $pid
	ids $Q >>got
	jq -r 'select(._rx.st == "ok")._rx | range(.tag; (.to // .tag) + 1)' outcomes | sort -n >ok
	sed 's/src://' got | while read -r x; do echo $((16#$x)); done | sort -n >there
	cmp ok there
	[ "$(jq -r 'select(._rx.st == "retry")._rx.why' outcomes | sort -u)" = nack ] || [ "$(wc -l <ok)" -eq 40 ]
}

@test "amqp: a wrong password is told once without it, and costs no message" {
	emit 3 >in
	RX_URL=amqp://rx:canary-pw@127.0.0.1:$RABBIT_PORT/$Q rx-ship --backoff 50ms..50ms \
		--drain 1s <in >outcomes 2>err
	[ ! -s outcomes ]
	[ "$(grep -c 'unable to reach' err)" -eq 1 ]
	grep -q 'connection closed: 403 ACCESS_REFUSED' err
	run -1 grep canary err
	grep -q 'not settled, left to the spool: 3' err
}

@test "amqp: with --once and no broker it ends with 69 and says what was not delivered" {
	local port
	port=$(rabbit_ports 1)
	records 3 >in
	run -69 --separate-stderr rx-ship --once "amqp://127.0.0.1:$port" <in
	[[ $stderr == *"unable to reach amqp://127.0.0.1:$port: Connection refused"* ]]
	[[ $stderr == *"not delivered to amqp://127.0.0.1:$port: 3"* ]]
}

@test "amqp: a broker that runs out of memory is waited for, with the connection kept" {
	mkfifo pipe
	ship --heartbeat 1s <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 1 >&4
	soon accounted outcomes "ok=1 retry=0 reject=0"
	rabbit_eval 'rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).'
	fat 500 2 >&4 3>&- &
	soon grep -q "blocked by .*: low on memory" err
	soon after 3500 # more than three heartbeats
	rabbit_eval 'rabbit_alarm:clear_alarm({resource_limit, memory, node()}).'
	soon grep -q "unblocked by" err
	soon accounted outcomes "ok=501 retry=0 reject=0"
	run -1 grep lost err
	exec 4>&-
	wait $pid
	[ "$(rabbit_depth $Q)" -eq 501 ]
}

@test "amqp: SIGTERM ends it while the broker blocks it" {
	mkfifo pipe
	RX_URL=$(rabbit_url $Q) rx-ship --drain 1s <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 1 >&4
	soon accounted outcomes "ok=1 retry=0 reject=0"
	rabbit_eval 'rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).'
	fat 500 2 >&4 3>&- &
	soon grep -q "blocked by" err
	local before=$SECONDS
	kill $pid
	wait $pid
	[ $((SECONDS - before)) -le 2 ]
	rabbit_eval 'rabbit_alarm:clear_alarm({resource_limit, memory, node()}).'
	exec 4>&-
}

@test "amqp: an exchange routes by a key that is filled in from the record" {
	rabbit_pika 'c.exchange_declare(args[0], "topic", durable=True)' rx-topic
	rabbit_queue x-app
	rabbit_queue x-rest
	rabbit_pika 'c.queue_bind("x-app", args[0], "logs.app.*")' rx-topic
	rabbit_pika 'c.queue_bind("x-rest", args[0], "logs.*.warn")' rx-topic
	{
		emit 2
		echo '{"_rx":{"id":"src:3","tag":3,"ep":4,"at":0},"application":"b","severity":"warn"}'
		echo '{"_rx":{"id":"src:4","tag":4,"ep":4,"at":0},"application":"b"}'
	} >in
	Q=%2f/ ship --exchange rx-topic --routing-key 'logs.{application}.{severity}' <in >outcomes
	[ "$(accounts outcomes)" = "ok=3 retry=0 reject=1" ]
	jq -s -e 'any(.[]._rx; .st == "reject" and .tag == 4 and (.why | test("unroutable")))' outcomes
	[ "$(ids x-app | paste -sd' ')" = "src:1 src:2" ]
	[ "$(ids x-rest)" = src:3 ]
}

@test "amqp: an exchange that is not there is waited for, and blamed on no message" {
	emit 1 >in
	Q=%2f/ run -69 --separate-stderr ship --once --exchange rx-none <in
	[[ "$stderr" == *"NOT_FOUND"*"rx-none"* ]]
	[ -z "$output" ]
	Q=some run -78 ship --exchange rx-none <in
	run -64 rx-ship --routing-key x "$(rabbit_url q)" <in
}

@test "amqp: in a queue with priorities the most severe come first" {
	rabbit_queue "$Q" x-max-priority=5
	for severity in info error critical warn failure; do
		echo "{\"severity\":\"$severity\"}"
	done | ship -q
	[ "$(rabbit_get "$Q" | jq -r '.body | fromjson | .severity' | paste -sd' ')" = \
		"critical failure error warn info" ]
}
