# SPDX-License-Identifier: MIT
# Real logs through every stage into a real RabbitMQ that goes away in between
setup_file() {
	load rabbit
	rabbit_start
}
setup() {
	load helper
	load rabbit
}
teardown_file() {
	load rabbit
	rabbit_stop
}

# The two pipelines of rx(7), all lines kept, each in a session of its own.
pipelines() {
	rx-spool claim q.db main >claim
	setsid sh -c "rx-tail --from start --resume claim '$PWD'/logs/*.log |
		rx-match -v -e '(?!)' --format classic | rx-spool push q.db main" \
		2>push.err 3>&- &
	logs=$!
	RX_URL=$(rabbit_url error_logs_queue) setsid sh -c "rx-spool emit q.db main |
		rx-ship --backoff 100ms..1s | rx-spool ack q.db" 2>ship.err 3>&- &
	ship=$!
}
teardown() {
	kill -- "-$logs" "-$ship" 2>/dev/null || :
}

stored() { [ "$(sqlite3 -cmd '.timeout 3000' q.db 'SELECT sum(stored) FROM lane')" -ge "$1" ]; }
queued() { rx-spool stat --json q.db | jq -e ".lanes[0].pending >= $1" >/dev/null; }
drained() { rx-spool stat --json q.db | jq -e '.lanes[0].pending == 0' >/dev/null; }

@test "pipeline: the real logs arrive in RabbitMQ as the classic message, each once, through an outage" {
	need_shared data/logs
	need sqlite3
	need jq
	mkdir logs
	for log in "$RX_SHARED"/data/logs/*.log; do : >"logs/${log##*/}"; done
	pipelines
	# First thirds live, then the broker goes, the rest comes meanwhile.
	lines=0
	for part in 1 2 3; do
		for log in "$RX_SHARED"/data/logs/*.log; do
			split -n "l/$part/3" "$log" >>"logs/${log##*/}"
		done
		# Most of these files end without a newline: give them one.
		[ "$part" -lt 3 ] || for log in logs/*.log; do echo >>"$log"; done
		lines=$(cat logs/*.log | wc -l)
		soon stored "$lines"
		case $part in
		1)
			soon drained
			rabbit_down
			;;
		2) soon queued 4000 ;;
		3)
			soon queued 8000
			[ -z "${RX_OUTAGE:-}" ] || sleep "$RX_OUTAGE" # as asked for
			rx-spool stat q.db
			rabbit_up
			RX_PATIENCE=60 soon drained
			;;
		esac
	done
	rabbit_get error_logs_queue >got
	run -0 python3 - "$lines" <<-'E'
		import collections, glob, json, os, sys
		want, got, ids = collections.Counter(), collections.Counter(), set()
		for path in glob.glob("logs/*.log"):
		    with open(path, "rb") as f:
		        for line in f.read().split(b"\n")[:-1]:
		            want[os.path.basename(path), line.decode("utf-8", "replace")] += 1
		members = ["timestamp", "system_ip", "log_path", "application", "log_line", "severity"]
		for text in open("got"):
		    message = json.loads(text)
		    body = json.loads(message["body"])
		    assert list(body) == members, list(body)
		    assert all(isinstance(v, str) for v in body.values())
		    assert body["severity"] in "critical failure error warn info".split()
		    assert message["mode"] == 2 and message["type"] == "application/json", message
		    ids.add(message["id"])
		    got[os.path.basename(body["log_path"]), body["log_line"]] += 1
		repeats = sum(got.values()) - len(ids)
		assert set(got) == set(want), list((want - got).items())[:3]
		assert len(ids) == sum(want.values()) == int(sys.argv[1]), (len(ids), sum(want.values()))
		print(f"{len(ids)} messages, each line once; {repeats} repeats with a known id")
	E
	echo "$output"
}

counted() { [ "$(sqlite3 -cmd '.timeout 3000' q.db 'SELECT COUNT(*) FROM error_queue')" = "$1" ]; }

# tell WHEN: what the process that waits for the broker costs, for who reads TAP.
tell() {
	local pid
	pid=$(pgrep -s "$ship" -x rx-ship)
	printf '# %s: %s in error_queue, rx-ship: %s descriptors, %s kB resident, %s ticks, %s tries told\n' \
		"$1" "$(sqlite3 -cmd '.timeout 3000' q.db 'SELECT COUNT(*) FROM error_queue')" \
		"$(ls "/proc/$pid/fd" | wc -l)" \
		"$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")" \
		"$(awk '{ print $14 + $15 }' "/proc/$pid/stat")" \
		"$(grep -c 'unable to reach' ship.err)" | tee -a told >&3
}

# RX_OUTAGE=1800: the broker is away for half an hour, waits are those of the
# default, and the hundred come one by one: RX_FILE_TIMEOUT must allow for it.
@test "R-210, R-217: 50 and 100 errors while the broker is away are counted in error_queue, then arrive" {
	need sqlite3
	need jq
	rabbit_answers || rabbit_up
	: >syslog
	waits='--backoff 100ms..1s'
	[ -z "${RX_OUTAGE:-}" ] || waits=-v # each try is told
	rx-spool claim q.db error >claim
	setsid sh -c "rx-tail --from start --resume claim '$PWD'/syslog |
		rx-match -k --format classic | rx-spool push q.db error" 2>push.err 3>&- &
	logs=$!
	RX_URL=$(rabbit_url outage) setsid sh -c "rx-spool emit q.db error |
		rx-ship $waits | rx-spool ack q.db" 2>ship.err 3>&- &
	ship=$!
	echo "$(date) ERROR: Test error 0" >>syslog
	soon grep -q connected ship.err
	soon counted 0
	rabbit_down
	for n in $(seq 1 50); do echo "$(date) ERROR: Test error $n"; done >>syslog
	soon counted 50
	tell "down"
	if [ -n "${RX_OUTAGE:-}" ]; then
		for n in $(seq 51 150); do
			sleep "$(awk "BEGIN { print $RX_OUTAGE / 100 }")" # the outage
			echo "$(date) ERROR: Test error $n" >>syslog
			[ $((n % 20)) != 10 ] || tell "after $(((n - 50) * RX_OUTAGE / 100)) s"
		done
	else
		for n in $(seq 51 150); do echo "$(date) ERROR: Test error $n"; done >>syslog
	fi
	soon counted 150
	rabbit_up
	up=$SECONDS
	RX_PATIENCE=90 soon counted 0
	tell "all delivered $((SECONDS - up)) s after the broker was back"
	# Nothing grew, and nobody hammered at a door that was closed.
	awk '{ for (i = 2; i <= NF; i++) v[$(i + 1)] = $i
	       fds = v["descriptors,"]; rss = v["kB"]
	       if (NR == 1) { f = fds; r = rss }
	       if (fds > f + 2 || rss > r + 2048) exit 1 }' told
	[ -z "${RX_OUTAGE:-}" ] || [ "$(grep -c 'unable to reach' ship.err)" -le $((10 + RX_OUTAGE / 50)) ]
	rabbit_get outage >got
	[ "$(jq -r '.body | fromjson | .log_line | split(" ") | last' got | sort -n | paste -sd' ')" = "$(seq -s' ' 0 150)" ]
	[ "$(jq -r .id got | sort -u | wc -l)" = 151 ]
	# The form of date(1) was read.
	jq -e --argjson most $((600 + ${RX_OUTAGE:-0})) \
		'.body | fromjson | (now - (.timestamp | sub("\\.[0-9]+"; "") | fromdate)) | fabs < $most' got >/dev/null
}
