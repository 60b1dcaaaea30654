# SPDX-License-Identifier: MIT
# rx-alert: --explain, --test, --stats, --config, --check, HUP, growth
setup() { load helper; load alert; }

why() { rx-alert -q --replay --explain -f rules.json | jq -r '"\(.state) \(.event): \(.why)"'; }

@test "explain: a value that waits, fires, cools down and resolves says why at each step" {
	rule '{"resolve": 5}'
	v 0=1 10=10 20=10 40=10 50=10 60=7 70=1 80=10 120=10 | why >got
	cat >want <<-'X'
	calm none: no breach
	pending none: the breach must last 30 s more
	pending none: the breach must last 20 s more
	firing ticket: in breach for 30 s, and no cooldown
	firing none: the cooldown goes on for 290 s
	firing none: told, and not beyond the resolve threshold yet
	calm resolved: back beyond the resolve threshold
	pending none: the breach must last 30 s more
	pending none: the breach must last 30 s more
	X
	diff want got
}

@test "explain: silenced, warming up, growing: why not" {
	rule '{"duration": 0}'
	jq '.rules += [.rules[0] | .name = "s" | .silenced_by = "r"]
	    | .rules += [.rules[0] | .name = "b" | del(.threshold)
	      | .threshold_multiplier = 2 | .baseline = {window: 60, warm_up: 60, floor: 1}]
	    | .rules += [.rules[0] | .name = "g" | .growth = "10m"]
	    | .rules += [.rules[0] | .name = "gone" | .value = "/nope"]' rules.json >new.json
	mv new.json rules.json
	v 0=10 20=10 | rx-alert --replay --explain -f rules.json 2>err |
		jq -r '"\(.alert_type) \(.value) \(.cooldown_left_seconds): \(.why)"' >got
	cat >want <<-'X'
	r 10 300: in breach for 0 s, and no cooldown
	s 10 0: silenced by r
	b 10 0: the baseline was learned for 0 of 60 s
	g 10 0: the growth over 600 s is not known yet
	r 10 280: the cooldown goes on for 280 s
	s 10 0: silenced by r
	b 10 0: the baseline was learned for 20 of 60 s
	g 10 0: the growth over 600 s is not known yet
	X
	diff want got
	grep -qx 'rx-alert: warning: gone: no record had a number for it' err
}

@test "explain: windows too, and nothing is written but that" {
	for at in 00 01 01 02 00; do
		echo "{\"timestamp\":\"2026-01-05T10:00:$at.5Z\",\"k\":\"x\"}"
	done >in
	rx-alert --replay --explain --window 5s --by k --threshold 2 --cooldown 60s <in |
		jq -r '"\(.k) \(.count) \(.cooldown_left_seconds) \(.event): \(.why)"' >got
	cat >want <<-'X'
	x 1 0 none: not more than the threshold
	x 2 0 none: not more than the threshold
	x 3 0 anomaly: more than the threshold within 5 s
	x 4 59 none: the cooldown goes on for 59 s
	x 1 61 none: older than the newest by more than 1 s
	X
	diff want got
	run -64 rx-alert --explain --state st
}

@test "test: fixtures of rules are run as a replay, and what differs is shown" {
	rule '{"duration": 0}'
	mkdir d
	v 0=10 20=1 >d/a.in
	rx-alert --replay -f rules.json <d/a.in >d/a.out
	v 0=10 >d/b.in
	rx-alert --replay -f rules.json <d/b.in >d/b.out
	run -0 rx-alert -f rules.json --test d
	[ "$output" = '2 fixtures, 0 wrong' ]
	jq '.rules[0].threshold = 11' rules.json >other.json
	run -1 rx-alert -f other.json --test d
	[ "${lines[0]}" = 'd/a.in differs:' ]
	[ "${lines[1]}" = "-$(head -n 1 d/a.out)" ]
	[ "${lines[-1]}" = '2 fixtures, 2 wrong' ]
	run -64 rx-alert --test d --state st
	mkdir empty
	run -78 rx-alert --test empty
}

# holds NAME: its fixtures are right, and each of its rules fires in one.
holds() {
	local rules=$RX_TOP/agent/rules/$1
	run -0 rx-alert -f "$rules.json" --test "$rules.test"
	[[ $output == *' fixtures, 0 wrong' ]]
	jq -r .alert_type "$rules.test"/*.out | sort -u >fired
	jq -r '.rules[].name' "$rules.json" | sort | diff - fired
}

@test "test: the rules that come with rx make of their fixtures what is expected" {
	holds alerts
	holds self
}

@test "stats: what was counted is there, in Prometheus' form, also while it runs" {
	rule '{"duration": 0}'
	{ v 0=10 1=1 2=10 3='"x"'; echo nonsense; v 0=1; } >in
	run -1 rx-alert --replay -f rules.json --stats st <in
	grep -v '^#' st | grep '^rx_alert' >got
	cat >want <<-'X'
	rx_alert_records_total 5
	rx_alert_evaluations_total 3
	rx_alert_tickets_total{status="open"} 1
	rx_alert_tickets_total{status="resolved"} 1
	rx_alert_anomalies_total{severity="warn"} 0
	rx_alert_anomalies_total{severity="critical"} 0
	rx_alert_ignored_total{reason="no_record"} 1
	rx_alert_ignored_total{reason="late_record"} 1
	rx_alert_ignored_total{reason="no_number"} 1
	rx_alert_ignored_total{reason="late_event"} 0
	rx_alert_firing 0
	rx_alert_watches 1
	rx_alert_watches_evicted_total 0
	rx_alert_windows 0
	rx_alert_windows_evicted_total 0
	rx_alert_windows_expired_total 0
	X
	diff want got
	[ "$(grep -c '^# TYPE rx_alert' st)" = "$(grep -c '^# HELP rx_alert' st)" ]
	run -74 rx-alert --stats no/such/dir </dev/null
}

@test "config: options from a file, those of the command line before them" {
	rule '{"duration": 0}'
	echo '{"rx-alert":{"rules":"rules.json","replay":true,"host":"h1"},"rx-match":{"keywords":true}}' >c.json
	v 0=10 >in
	[[ $(rx-alert -c c.json <in | jq -r .title) == *' on h1' ]]
	[[ $(rx-alert -c c.json --host h2 <in | jq -r .title) == *' on h2' ]]
	echo '{"rx-alert":{"window":"5s","by":"k","threshold":[1,"x=2"]}}' >c.json
	run -0 rx-alert -c c.json --check
	echo '{"rx-alert":{"windows":"5s"}}' >c.json
	run -78 --separate-stderr rx-alert --check --config c.json
	[[ $stderr == *'c.json:1:'*'rx-alert has no option --windows'* ]]
}

@test "reload: HUP reads the rules again, a wrong file keeps the old, timers go on" {
	rule '{"duration": 0, "cooldown": 600}'
	mkfifo pipe
	rx-alert --replay -f rules.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	v 0=10 >&4
	soon test -s out
	echo '{"rules":' >rules.json
	kill -HUP "$pid"
	soon grep -q 'rules.json:2:1: .*; the rules stay as they were' err
	v 5=1 >&4
	soon grep -q RESOLVED out
	rule '{"duration": 0, "cooldown": 600, "metric": "W"}'
	jq '.rules += [.rules[0] | .name = "new"] | .windows = [{name: "w",
	    window: 5, by: ["node_id"], threshold: 1}]' rules.json >new.json
	mv new.json rules.json
	kill -HUP "$pid"
	soon grep -q '2 rules and 1 windows read' err
	v 10=10 >&4
	soon grep -q '"alert_type":"new"' out
	rule '{"duration": 0, "cooldown": 600, "metric": "W"}'
	kill -HUP "$pid"
	soon grep -q '1 rules and 0 windows read' err
	v 11=10 12=10 600=10 >&4
	exec 4>&-
	wait "$pid"
	# In its cooldown, begun under the old rules, r said nothing.
	jq -r '"\(.alert_type) \(.status) \(.timestamp[14:-1])"' out >got
	printf '%s\n' 'r open 00:00' 'r resolved 00:05' 'new open 00:10' 'r open 10:00' | diff - got
	[[ $(tail -n 1 out | jq -r .title) == *'W at 10.0'* ]]
}

@test "reload: a HUP while a ticket waits for its reader is carried out behind it" {
	rule '{"duration": 0, "cooldown": 1}'
	python3 - <<-'X'
	import array, fcntl, os, signal, subprocess, termios, time
	r, w = os.pipe()
	os.set_blocking(w, False)
	p = subprocess.Popen(["rx-alert", "--replay", "-f", "rules.json"], stdout=w,
	    stdin=subprocess.PIPE, stderr=open("err", "w"))
	os.close(w)
	pid, child = p.pid, os.fork()
	if child == 0:
	    for i in range(5000):
	        p.stdin.write(b'{"timestamp":"2026-01-05T%02d:%02d:%02dZ","v":10}\n' %
	            (10 + i // 3600, i // 60 % 60, i % 60))
	    p.stdin.close()
	    os._exit(0)
	p.stdin.close()
	def full():
	    unread = array.array("i", [0])
	    fcntl.ioctl(r, termios.FIONREAD, unread)
	    before, unread[0] = unread[0], 0
	    time.sleep(0.05)                # a span: nothing more comes
	    fcntl.ioctl(r, termios.FIONREAD, unread)
	    return before == unread[0] and before > 60000
	while not full():
	    assert p.poll() is None
	for _ in range(3):
	    os.kill(pid, signal.SIGHUP)
	n = 0
	while chunk := os.read(r, 65536):
	    n += chunk.count(b"\n")
	assert p.wait() == 0 and n == 5000, (p.returncode, n)
	assert "rules and 0 windows read" in open("err").read()
	os.waitpid(child, 0)
	X
}

@test "self: what the tools tell of themselves, sampled by rx-metrics, fires its rules" {
	mkdir d
	printf '# TYPE rx_tail_files gauge\nrx_tail_files 51\n' >d/tail.prom
	printf 'rx_spool_utilisation_ratio{lane="error"} 0.8000\n' >d/errors.prom
	touch -d '5 minutes ago' d/errors.prom
	rx-metrics --once --only cpu --self d | rx-alert -f "$RX_TOP/agent/rules/self.json" >out
	[ "$(jq -r '"\(.alert_type) of \(.subject)"' out | sort | tr '\n' ,)" = \
		'self_files_watched of tail,self_silent of errors,self_spool_full of errors error,' ]
}

@test "growth: what is judged is the growth in a minute, when it is known" {
	rule '{"growth": "10m", "threshold": 2, "duration": 0}'
	grow() { # FROM TO STEP SLOPE
		python3 -c 'import sys
a, b, s = map(int, sys.argv[1:4])
print(*["%d=%g" % (t, 50 + t * float(sys.argv[4]) / 60) for t in range(a, b, s)])' "$@"
	}
	# shellcheck disable=SC2046
	v $(grow 0 3600 30 1.9) | rx-alert --replay -f rules.json >out
	[ ! -s out ]
	# shellcheck disable=SC2046
	v $(grow 0 3600 30 2.1) | rx-alert --replay -f rules.json >out
	[ "$(events out | head -n 1)" = 'open 600' ]
	[ "$(head -n 1 out | jq '.metric_value * 100 | round')" = 210 ]
	# A step is growth for as long as it can be seen, and no longer.
	# shellcheck disable=SC2046
	v $(grow 0 1200 60 0) $(grow 1200 3600 60 0 | sed 's/=50/=75/g') |
		rx-alert --replay -f rules.json >out
	[ "$(events out | tr '\n' ,)" = 'open 1200,open 1500,open 1800,resolved 1860,' ]
	# After a gap it is not known again.
	# shellcheck disable=SC2046
	v $(grow 0 590 30 9) $(grow 2000 2590 30 9) | rx-alert --replay -f rules.json >out
	[ ! -s out ]
	# It survives a restart.
	# shellcheck disable=SC2046
	v $(grow 0 3600 30 2.1) >in
	rx-alert --replay -f rules.json <in >whole
	{ head -n 15 in | rx-alert --replay -f rules.json --state st
		tail -n +16 in | rx-alert --replay -f rules.json --state st; } >halves
	cmp whole halves
	rule '{"growth": "10m", "threshold_multiplier": 2, "threshold": null}'
	run -78 rx-alert --check -f rules.json
}
