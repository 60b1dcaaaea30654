# SPDX-License-Identifier: MIT
# rx-agent: its command line and the graph it prints

setup() {
	load helper
	agent="$RX_TOP/agent/rx-agent"
	export RX_STATE="$PWD/a state" RX_LOGS="/srv/*.log /srv/it's/**/x.log"
}

@test "agent: -n prints a graph that a shell accepts, and starts nothing" {
	run -0 "$agent" -n
	printf '%s\n' "$output" >graph
	sh -n graph
	[[ "$output" == *"rx-match "*" --format classic |"* ]]
	[[ "$output" == *"'/srv/*.log' '/srv/it'\\''s/**/x.log'"* ]]
	[ ! -e "$RX_STATE" ]
}

@test "agent: the printed graph works when it is pasted" {
	mkdir logs
	export RX_LOGS="$PWD/logs/*.log"
	"$agent" -n >graph
	setsid sh graph 2>err 3>&- &
	graph=$!
	probe() {
		echo "error: probe" >>logs/a.log
		grep -qs probe "$RX_STATE/delivered.ndjson"
	}
	soon probe
	kill -TERM -- "-$graph"
	soon gone "$graph"
}

@test "agent: a URL with a password is not printed" {
	RX_URL=amqp://u:sesame@mq/q run -0 "$agent" -n
	[[ "$output" != *sesame* ]]
	printf '%s\n' "$output" | sh -n
}

@test "agent: --help says what there is" {
	run -0 "$agent" --help
	[ "${lines[0]}" = "usage: rx-agent run [NAME ...]" ]
	run -0 "$agent" --help=all
	[[ "$output" == *RX_LOGS* ]]
}

@test "agent: a wrong command is told, and ends with 64" {
	run -64 --separate-stderr "$agent" walk
	[ -z "$output" ]
	[[ "$stderr" == usage:* ]]
	run -64 "$agent"
	run -64 "$agent" run twice
	run -64 "$agent" run --twice
}

@test "agent: a tool that is missing is named" {
	mkdir bin
	cp -r "$agent" "$RX_TOP/agent/lib" bin
	run -78 --separate-stderr env -u RX_BIN PATH=/usr/bin:/bin bin/rx-agent -n
	[[ "$stderr" == *"rx-tail is not installed"* ]]
}

@test "agent: status prints what the queue holds" {
	mkdir "$RX_STATE"
	rx-spool claim "$RX_STATE/error.db" error >claim
	run -0 "$agent" status
	[[ "$output" == *"lane error"* ]]
}

@test "agent: an unusable state directory is told" {
	: >file
	RX_STATE="$PWD/file" run -77 --separate-stderr "$agent" run
	[[ "$stderr" == *"rx-agent: fatal: "* ]]
}
