# SPDX-License-Identifier: MIT
# rx-agent: the ledger over the whole pipe, and what check says before a start.
setup() {
	load helper
	need sqlite3
	mkdir logs
	export RX_STATE="$PWD/state" RX_LOGS="$PWD/logs/*.log" RX_DASHBOARD=off
	agent="$RX_TOP/agent/rx-agent"
}
teardown() {
	[ -z "${pid:-}" ] || kill -TERM "$pid" 2>/dev/null || :
	[ -z "${pid:-}" ] || RX_PATIENCE=20 soon unlocked
}
unlocked() { flock -n state/agent.lock true; }
probe() {
	echo "error: probe" >>logs/probe.log
	grep -qs probe state/delivered.ndjson
}
delivered() { [ "$(grep -c "error $1\$" <(jq -r .log_line state/delivered.ndjson))" -ge 1 ]; }
# figure STAGE WORD: of the ledger in $output.
figure() {
	printf '%s\n' "$output" | awk -v stage="$1" -v word="$2" '
		/^[^ ]/ { of = $0 }
		of == stage && $0 ~ "^  " word " " { print $NF }'
}

@test "ledger: every stage and lane, also when a stage was killed and started again" {
	setsid "$agent" run error 2>err 3>&- &
	pid=$!
	RX_PATIENCE=30 soon probe
	seq -f 'error %g' 1 200 >>logs/a.log
	RX_PATIENCE=30 soon delivered 200
	kill -9 "$(ps -eo pid,args | awk -v s="$PWD/state" '/rx-spool pus[h]/ && index($0, s) { print $1; exit }')"
	soon grep -q "rx-spool push was killed" err
	seq -f 'error %g' 201 400 >>logs/a.log
	seq -f 'nothing %g' 1 100 >>logs/a.log
	RX_PATIENCE=30 soon delivered 400
	kill "$pid"
	wait "$pid"
	pid=
	run -0 "$agent" status --ledger
	[ "$(figure 'lane error' 'unaccounted for')" = 0 ]
	[ "$(figure 'lane error' '- delivered')" = "$(wc -l <state/delivered.ndjson)" ]
	[ "$(figure rx-ship out)" = "$(wc -l <state/delivered.ndjson)" ]
	[ "$(figure 'rx-spool push' out)" -ge 200 ]
	[ "$(figure rx-match '- not selected')" = 100 ]
	# No record is in two lives.
	[ -z "$(find state/stats -name '*.prom')" ]
	[ "$(find state/stats -name '*.past' | wc -l)" = 6 ]
}

# family NAME VALUE: a line of a file of --stats.
family() { echo "rx_$1 $2"; }
# life PUSH: what the stages of a life count; push took so many.
life() {
	mkdir -p state/stats
	{ family tail_read_lines_total 12 && family tail_own_lines_total 2 && family tail_written_records_total 10; } >state/stats/error.tail.prom
	{ family match_read_lines_total 13 && family match_control_records_total 3 && family match_kept_records_total 8; } >state/stats/error.match.prom
	{ family spool_push_taken_records_total "$1" && family spool_push_stored_records_total 5 && family spool_push_held_records $(($1 - 5)); } >state/stats/error.push.prom
	for stage in tail match push; do
		echo 'process_start_time_seconds 5.25' >>state/stats/error.$stage.prom
	done
}

@test "ledger: what goes astray between two stages at rest is told, and 1" {
	mkdir state
	seq 1 5 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked state/error.db error
	life 8
	flock state/agent.lock sleep 60 3>&- &
	holder=$!
	soon eval '! unlocked'
	run -0 "$agent" status --ledger
	[ "$(figure rx-tail in) $(figure rx-tail '- of rx itself') $(figure rx-tail out)" = "12 2 10" ]
	[ "$(figure rx-match in) $(figure rx-match '- not selected') $(figure rx-match out)" = "10 2 8" ]
	[ "$(figure 'rx-spool push' in) $(figure 'rx-spool push' '- held') $(figure 'rx-spool push' out)" = "8 3 5" ]
	life 6
	mkdir tmp
	export TMPDIR="$PWD/tmp"
	again() { soon eval 'ls tmp/*' && life "$1"; }
	again 6 3>&- &
	run -1 "$agent" status --ledger
	[ "$(figure rx-match astray)" = 2 ]
	[[ "$output" == *"rx-agent: the ledger of $PWD/state/error.db does not balance" ]]
	# While they move it is on its way.
	life 6
	again 7 3>&- &
	run -0 "$agent" status --ledger
	[ "$(figure rx-match 'on the way')" = 1 ]
	kill "$(pgrep -P $holder)"
	wait $holder || :
}

@test "ledger: a stage that does not account for what it took is told, and 1" {
	mkdir state
	rx-spool push --unmarked state/error.db error <<<'{"n":1}'
	life 8
	sed -i 's/held_records 3/held_records 2/' state/stats/error.push.prom
	run -1 "$agent" status --ledger
	[ "$(figure 'rx-spool push' 'unaccounted for')" = 1 ]
}

@test "ledger: lines that became one record are accounted for, one in the making too" {
	mkdir -p state/stats
	rx-spool push --unmarked state/error.db error </dev/null
	# A trace, pieces of a container, and a record too long for one.
	{ echo begin; printf ' at %s\n' one two; echo end; echo rx-tail: own; echo ' of it'; } >a.log
	python3 - <<-'P'
	import json
	import os
	os.makedirs("d/containers/c")
	with open("d/containers/c/c-json.log", "w") as f:
	    for text, end in (("half ", ""), ("whole", "\n"), ("next", "\n"), (" of it", "\n")):
	        f.write(json.dumps({"log": text + end, "stream": "stdout", "time": "2026-01-05T10:00:00Z"}) + "\n")
	with open("b.log", "w") as f:
	    f.write("long\n" + (" " + "x" * 999 + "\n") * 1200)
	P
	there=$(cat a.log b.log d/containers/c/c-json.log | wc -l)
	rx-tail -q --once --multiline indent --docker=d --stats state/stats/error.tail.prom a.log b.log >out
	[ "$(wc -l <out)" -lt 20 ]
	jq -c 'select(.log_path)' out | rx-match -v --stats state/stats/error.match.prom -e never |
		rx-spool push --unmarked --stats state/stats/error.push.prom state/error.db error
	run -0 "$agent" status --ledger
	[ "$(figure rx-tail in)" = "$there" ]
	[ "$(figure rx-tail '- joined to others')" = "$((there - $(wc -l <out) - 1))" ]
	[ "$(figure rx-tail 'unaccounted for')" = "" ]
	# Nothing comes behind the last line: with marks it is left for the next run.
	rx-tail -v --marks --multiline indent --join-wait 1h --from start --stats tail.prom a.log >out 2>err 3>&- &
	tail=$!
	soon grep -q 'end' out
	kill $tail
	wait $tail
	grep -qx 'rx_tail_held_records 1' tail.prom
	sed -n 's/^rx_tail_\([a-z]*\)_\(lines\|records\)\(_total\)\? / \1 /p' tail.prom | tr -d '\n' >figures
	grep -q 'read 6 written 2 own 0 joined 3 held 1' figures
}

@test "check: a graph that would start, bounds that hold together, 78 when not" {
	run -0 --separate-stderr "$agent" check
	[[ "$stderr" == *"rx-agent: it would start" ]]
	[ ! -e state ]
	export RX_CONFIG="$PWD/agent.json"
	echo '{"spool":{"lanes":{"error":{"preset":"error"},"telemetry":{"preset":"telemetry"}}},"messaging":{"rabbitmq":{"queue":"error_logs_queue","retry_enabled":true,"max_retries":10,"queue_max_size":5000}}}' >agent.json
	run -0 --separate-stderr "$agent" check
	[[ "$stderr" == *"rx-agent: it would start; $PWD/agent.json is good" ]]
	sed -i 's/{"preset":"telemetry"}/{"max_records":5001}/' agent.json
	run -78 "$agent" check
	[[ "$output" == *"more than max_queue_size 10000"* ]]
	RX_URL=gopher://x run -78 "$agent" check
	[ ! -e state ]
	# A state directory that holds nothing yet, and a queue that is damaged.
	rm agent.json
	unset RX_CONFIG
	mkdir state
	run -0 "$agent" check
	[ -z "$(ls -A state)" ]
	rx-spool push --unmarked state/error.db error <<<'{}'
	dd if=/dev/zero of=state/error.db bs=8192 count=1 conv=notrunc status=none
	run -65 "$agent" check
}

# life_of CAUSE: a pipeline into two spools under tee, with a stage that knows no
# marks.  CAUSE, of match, push, tee, is killed once a probe is stored; "end":
# the head is asked to end.
life_of() {
	local claim
	for claim in a b; do
		rx-spool claim "state/$claim.db" "$claim" >"$claim.claim" || return
	done
	mkfifo "to.$1" "out.$1" "a.$1" "b.$1"
	rx-tail --from start --resume a.claim --resume b.claim --stats state/stats/a.tail.prom x.log >"to.$1" 3>&- &
	tail=$!
	rx-match --stats state/stats/a.match.prom --via 'grep error | sed "p;p"' <"to.$1" >"out.$1" 3>&- &
	match=$!
	tee "b.$1" <"out.$1" >"a.$1" 3>&- &
	tee=$!
	rx-spool push --stats state/stats/a.push.prom state/a.db a <"a.$1" 3>&- &
	push=$!
	rx-spool push --stats state/stats/b.push.prom state/b.db b <"b.$1" 3>&- &
	other=$!
	seq -f "error $1 %g" 1 100 >>x.log
	seq -f "nothing $1 %g" 1 50 >>x.log
	echo "error last $1" >>x.log
	for claim in a b; do RX_PATIENCE=20 soon eval "rx-spool query state/$claim.db $claim | grep -q 'last $1'"; done
	case $1 in
	end) kill "$tail" ;;
	*) kill -9 "${!1}" && { kill "$tail" 2>/dev/null || :; } ;; # or SIGPIPE was quicker
	esac
	wait "$tail" "$match" "$tee" "$push" "$other" || :
	for stage in tail match; do cp "state/stats/a.$stage.prom" "state/stats/b.$stage.prom"; done
	(
		run_stages() { echo tail match push; }
		stats=$PWD/state/stats
		. "$RX_TOP/agent/lib/pipeline.sh"
		fold a.in && fold b.in
	)
}

@test "ledger: a stage that knows no marks, two spools under tee, and stages killed" {
	need sqlite3
	mkdir -p pipelines state/stats
	export RX_PIPELINES=$PWD/pipelines
	unset RX_LOGS
	for name in a b; do echo '{"rx-tail":{"log-file":["/x"]},"rx-match":{"via":"cat"},"rx-spool push":{},"rx-ship":{}}' >pipelines/$name.json; done
	: >x.log
	for cause in match push tee end; do life_of $cause; done
	echo "file:$PWD/out" | tee pipelines/a.url >pipelines/b.url
	chmod 600 pipelines/*.url
	run -0 "$agent" status --ledger
	echo "$output"
	for name in a b; do
		# Of each life 101 of 151 lines, three times.
		[ "$(figure "lane $name" in)" = 1212 ]
		[ "$(figure "lane $name" 'unaccounted for')" = 0 ]
	done
	[ "$(printf '%s\n' "$output" | grep -c 'made of them')" = 2 ]
}
