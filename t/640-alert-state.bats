# SPDX-License-Identifier: MIT
# rx-alert: what survives a restart and a kill     (not tested: a power failure)
setup() { load helper; load alert; }

@test "state: a run in two halves gives what one run gives" {
	cpu 3 92x60 10x5 92x200 60x300 95x900 10x5 >in
	rx-alert --replay <in >whole
	[ "$(wc -l <whole)" -ge 4 ]
	for at in 1 30 100 101 165 400 700 1200; do
		rm -f st
		head -n "$at" in | rx-alert --replay --state st >halves
		tail -n "+$((at + 1))" in | rx-alert --replay --state st >>halves
		cmp whole halves
	done
}

@test "state: baselines survive" {
	jq -nc 'range(400) | {timestamp: (1767607200 + . * 5 | todate),
	    node_id: "n", metrics: {network: {bytes_sent_mb_per_sec:
	    (if . < 300 then 3 + . % 7 else 90 end), bytes_recv_mb_per_sec: 0}}}' >in
	rx-alert --replay <in >whole
	head -n 290 in | rx-alert --replay --state st >halves
	tail -n +291 in | rx-alert --replay --state st >>halves
	cmp whole halves
	[ "$(jq -r .alert_type whole)" = network_spike ]
}

@test "state: a file that is damaged is set aside and told, and alerts are made" {
	echo '{"version":1' >st
	cpu 3 92x101 | { run -0 --separate-stderr rx-alert --replay --state st
		[[ $stderr == *'starting without the state: st:2:'* ]]
		[ "$(jq -r .alert_type <<<"$output")" = cpu_critical ]; }
	[ -e st.bad ]
	jq -e '.version == 1' st
}

@test "state: rules that are gone take their timers with them" {
	rule '{"duration": 0}'
	v 0=10 | rx-alert --replay -f rules.json --state st
	jq '.rules[0].name = "other"' rules.json >new.json
	run -0 rx-alert --replay -f new.json --state st < <(v 5=10)
	[ "$(jq -r .alert_type <<<"$output")" = other ]
	jq -e '[.watches[].rule] == ["other"]' st
}

@test "state: where it cannot be written, it ends with 74" {
	rule '{"duration": 0}'
	v 0=10 >in
	run -74 rx-alert --replay -f rules.json --state no/dir/st <in
}

@test "state: a ticket that a kill kept back comes with its id, and its cooldown starts there" {
	rule '{"duration": 0, "cooldown": 600}'
	v 0=10 | rx-alert --replay -f rules.json --state st >decided
	jq '.watches[0].told = false' st >killed && mv killed st
	v 285=10 600=10 884=10 885=10 >in
	rx-alert --replay -f rules.json --state st <in >out
	[ "$(events out)" = $'open 285\nopen 885' ]
	id=$(jq -r .id decided)
	[ "$(jq -r .id out)" = "$id"$'\n'"$id.2" ]
}

@test "state: X-49 killed 200 times at random, no ticket is lost and none comes twice but with its id" {
	rule '{"duration": 30, "cooldown": 600}'
	python3 - <<-'X'
	import array, datetime, fcntl, json, os, random, subprocess, termios
	rnd = random.Random(49)
	t0 = datetime.datetime(2026, 1, 5)
	out, i, kills = open("out", "wb"), 0, 0
	def line(i):
	    return (json.dumps({"timestamp": (t0 + datetime.timedelta(seconds=3 * i))
	        .isoformat() + "Z", "node_id": "n", "v": 10}) + "\n").encode()
	while kills < 200:
	    p = subprocess.Popen(["rx-alert", "--replay", "-f", "rules.json",
	        "--state", "st"], stdin=subprocess.PIPE, stdout=out)
	    # Mostly all but the last few are read before the kill.
	    n, patient = rnd.randrange(400), rnd.random() < 0.8
	    try:
	        for k in range(n):
	            os.write(p.stdin.fileno(), line(i))
	            i += 1
	            unread = array.array("i", [1])
	            while patient and k % 10 == 0 and unread[0]:
	                fcntl.ioctl(p.stdin.fileno(), termios.FIONREAD, unread)
	    except BrokenPipeError:
	        raise SystemExit("ended by itself")
	    p.kill()
	    kills += 1
	    p.stdin.close()
	    p.wait()
	first = {}
	for l in open("out"):
	    r = json.loads(l)
	    t = datetime.datetime.fromisoformat(r["timestamp"][:-1])
	    first.setdefault(r["id"], t)
	times = sorted(first.values())
	assert len(times) >= i * 3 / 630 * 0.2 and len(times) > 5, (len(times), i)
	for a, b in zip(times, times[1:]):
	    assert (b - a).total_seconds() >= 600, (a, b)
	# It is one breach all along: its tickets are numbered, and none is missing.
	numbers = sorted(int((id + ".1").split(".")[1]) for id in first)
	assert numbers == list(range(1, len(first) + 1)), numbers
	X
}
