# SPDX-License-Identifier: MIT
# rx-agent where somebody else has been before: links in the state, files that
# are none, what may not be read   (not tested: the same under a systemd, t/870)

setup() {
	load helper
	agent="$RX_TOP/agent/rx-agent"
	mkdir etc
	export RX_STATE="$PWD/state" RX_PIPELINES="$PWD/etc"
}
teardown() { [ -z "${RX_STATE##*/tmp.*}" ] && rm -rf "$RX_STATE" || :; }

# pipeline NAME
pipeline() {
	echo '{"rx-metrics": {"heartbeat": "1s"}, "rx-spool push": {}, "rx-ship": {}}' >"$RX_PIPELINES/$1.json"
	(umask 077 && echo "file:/tmp/$1.ndjson" >"$RX_PIPELINES/$1.url")
}
# of_another: the state and the pipelines of a user to whom root looks in.
of_another() {
	[ "$(id -u)" = 0 ] || skip "only root can be another"
	setpriv --reuid=nobody --clear-groups "$RX_BIN/rx-spool" --version >/dev/null ||
		skip "others may not run what was built here"
	RX_STATE=$(mktemp -d)
	RX_PIPELINES=$RX_STATE/etc
	mkdir "$RX_PIPELINES" "$RX_STATE/stats"
	pipeline beat
	chown -R nobody:nogroup "$RX_STATE"
	chown root "$RX_PIPELINES" "$RX_PIPELINES"/*
	chmod 640 "$RX_PIPELINES/beat.json"
	as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
}

@test "agent: root follows no link out of the state of another" {
	of_another
	unset RX_NODE_ID
	echo sesame >secret
	echo kept >victim
	for name in node_id machine; do
		"${as_nobody[@]}" ln -s "$PWD/victim" "$RX_STATE/$name.new"
	done
	"${as_nobody[@]}" ln -s "$PWD/secret" "$RX_STATE/stats/beat.push.prom"
	"${as_nobody[@]}" ln -s "$PWD/victim" "$RX_STATE/stats/asked"
	run -74 "$agent" rekey
	rm "$RX_STATE"/*.new
	run -0 "$agent" rekey
	[ -z "$(find "$RX_STATE" -path "$RX_PIPELINES" -prune -o ! -user nobody -print)" ]
	echo '{"n":1}' | "${as_nobody[@]}" rx-spool push --unmarked "$RX_STATE/beat.db" beat
	"$agent" ledger || :
	"$agent" bundle b.tgz
	tar xzf b.tgz
	run ! grep -rq sesame rx-bundle
	[ "$(cat victim)" = kept ]
	[ -z "$(find "$RX_STATE" -path "$RX_PIPELINES" -prune -o ! -user nobody -print)" ]
}

@test "check: what its owner may not read does not start, whatever root may" {
	of_another
	run -0 "$agent" check
	chmod 600 "$RX_PIPELINES/beat.json"
	run -77 "$agent" check
	[[ $output == *"$RX_PIPELINES/beat.json: who runs it may not read it"* ]]
}

@test "check: ends where no directory of the state is there" {
	RX_STATE=/nonexistent/rx run timeout 20 "$agent" check
	[ "$status" = 0 ] || [ "$status" = 77 ]
}

@test "check: what is written would not be read back, or it is told (T-10)" {
	mkdir state
	RX_LOGS="$PWD/state/*.ndjson" run -78 "$agent" check
	[[ $output == *"would be read back"* ]]
}

@test "agent: a file that is none is told of each; help and version are there all the same" {
	pipeline beat
	echo '{' >etc/a.json
	echo '{"rx-ship":' >etc/b.json
	run -78 "$agent" status
	[[ $output == *"etc/a.json:"*"etc/b.json:"* ]]
	run -0 "$agent" --version
	run -0 "$agent" check --help
	[[ $output == *"usage: rx-agent"* ]]
	rm etc/[ab].json
	pipeline -beat
	run -78 "$agent" check
	[[ $output == *"cannot be called -beat"* ]]
	run -64 "$agent" bundle
	[[ $output == *"not one of these: bundle"* ]]
}

@test "agent: where one pipeline is asked for, its lanes are those of all its sinks" {
	cp "$RX_TOP"/agent/pipelines/signals/* etc
	run -0 "$agent" -n signals
	[[ $output == *"--also router"*  ]]
	[[ $output == *"--also integrity"*  ]]
	run -64 "$agent" tap signals.match
	[[ $output == *"rx-agent tap signals.push"* ]]
}

@test "agent: what is printed to be pasted runs nothing that a URL says" {
	export RX_URL='amqp://$(touch pwned)`touch pwned`:x@127.0.0.1/q'
	run -0 "$agent" -n
	[[ $output != *touch* ]]
	unset RX_URL
	# A user may hold an @, a password anything.
	RX_URL='amqp://me@corp:p/w@x@127.0.0.1:1/q' RX_LOGS=/nowhere run -0 "$agent" -n
	[[ $output != *p/w* ]]
}
