# SPDX-License-Identifier: MIT
# rx-alert --window: how many of a key are too many   (not tested: what the 65,536
# events of one key that no spare memory is left for come to)
setup() { load helper; load alert; }

# e AT=USER=TYPE...: events at these seconds, three digits behind the point.
e() {
	jq -nc '$ARGS.positional[] | split("=") | {timestamp: ((1767607200 +
	    (.[0] | tonumber) | floor | todate[:-1]) + "." +
	    ((.[0] | split(".")[1] // "" | . + "000")[:3]) + "Z"),
	    user_id: .[1], signal_type: .[2]}' --args -- "$@"
}
w() { rx-alert --replay --window 5s --by user_id,signal_type "$@"; }
told() { jq -r '"\(.timestamp[17:-1]) \(.user_id) \(.count) \(.severity)"' | tr '\n' ,; }

@test "windows: more than the threshold is too many, the threshold is not" {
	[ "$(e 0=u=a 1=u=a 2=u=a | w --threshold 3 | told)" = '' ]
	[ "$(e 0=u=a 1=u=a 2=u=a 3=u=a | w --threshold 3 | told)" = '03.000 u 4 warn,' ]
}

@test "windows: from 1.5 times the threshold on, rounded up, it is critical" {
	# Of 3 it is 5, of 4 it is 6.
	[ "$(e 0=u=a 0=u=a 0=u=a 0=u=a 0=u=a | w --threshold 3 --cooldown 0s | told)" = \
		'00.000 u 4 warn,00.000 u 5 critical,' ]
	[ "$(e 0=u=a 0=u=a 0=u=a 0=u=a 0=u=a 0=u=a | w --threshold 4 --cooldown 0s | told)" = \
		'00.000 u 5 warn,00.000 u 6 critical,' ]
	[ "$(e 0=u=a 0=u=a | w --threshold 1 | told)" = '00.000 u 2 critical,' ]
}

@test "windows: events exactly a window apart are not in one" {
	[ "$(e 0=u=a 5=u=a | w --threshold 1 | told)" = '' ]
	[ "$(e 0.001=u=a 5=u=a | w --threshold 1 | told)" = '05.000 u 2 critical,' ]
}

@test "windows: each key is counted by itself, and a number is not its text" {
	[ "$(e 0=u=a 0=v=a 0=u=b | w --threshold 1 | told)" = '' ]
	e 0=u=a >in
	e 0=1=a | sed 's/"1"/1/' >>in
	e 0=1=a >>in
	[ "$(w --threshold 1 <in | told)" = '' ]
	e 0=1=a | sed 's/"1"/1/' >>in
	[ "$(w --threshold 1 <in | jq -c .user_id)" = 1 ]
	# The same text, spelled another way, is the same key.
	{ e '0=é"=a'; e '0=é"=a' | sed 's/é/\\u00e9/'; } >in
	[ "$(w --threshold 1 <in | jq -r .count)" = 2 ]
}

@test "windows: one anomaly in a cooldown, and one more when it becomes critical" {
	many() { local i; for ((i = 0; i < $2; i++)); do printf '%s=u=a ' "$1"; done; }
	# shellcheck disable=SC2046
	[ "$(e $(many 0 20) | w --threshold 4 | told)" = '00.000 u 5 warn,00.000 u 6 critical,' ]
	# shellcheck disable=SC2046
	[ "$(e $(many 0 5) $(many 59.999 5) $(many 60 1) | w --threshold 4 | told)" = \
		'00.000 u 5 warn,00.000 u 6 critical,' ]
	# shellcheck disable=SC2046
	[ "$(e $(many 0 6) $(many 30 9) $(many 60 5) | w --threshold 4 | told)" = \
		'00.000 u 5 warn,00.000 u 6 critical,00.000 u 5 warn,' ]
}

@test "windows: the thresholds of types come from the table, an option, or a file" {
	login() { e 0=u=login_failed 0=u=login_failed 0=u=login_failed 0=u=login_failed \
		0=u=login_failed 0=u=login_failed; }
	[ "$(login | w | told)" = '00.000 u 6 warn,' ]
	[ "$(login | w --threshold 6 | told)" = '' ]
	[ "$(login | w --threshold login_failed=6 | told)" = '' ]
	[ "$(login | w --threshold login_failed=2 --threshold 100 | told)" = \
		'00.000 u 3 critical,' ]
	rx-alert --window 5s --print-rules | cmp - "$RX_TOP/agent/rules/thresholds.json"
	rx-alert --window 5s --print-rules | jq '.windows[0].thresholds.login_failed = 3' >own.json
	[ "$(login | rx-alert --replay -f own.json | told)" = '00.000 u 4 warn,00.000 u 5 critical,' ]
}

@test "windows: every byte of an anomaly" {
	{ e 1.5=u=a; e 2='A "B"=c' | sed 's/}$/,"node_id":"n1"}/'
		e 3.25='A "B"=c' | sed 's/}$/,"node_id":"n1","x":[]}/'; } >in
	w --threshold 1 <in >out
	id=$(printf 'signal_rate\0A \\"B\\"\0c\0critical\0001767607203250000000' | sha256sum | cut -c1-32)
	cat >want <<-X
	{"timestamp":"2026-01-05T10:00:03.250Z","node_id":"n1","alert_type":"signal_rate","severity":"critical","user_id":"A \"B\"","signal_type":"c","count":2,"threshold":1,"window_seconds":5,"first_event":"2026-01-05T10:00:02.000Z","id":"$id"}
	X
	diff want out
}

@test "windows: random events, late and out of order, are told as a plain model tells them" {
	# The model forgets no key; rx-alert does sooner where the records of some
	# have a clock of their own, which counts for the time of all.
	model() { # WINDOW LATENESS COOLDOWN THRESHOLD, times in ms
		local seed=$RANDOM
		echo "seed $seed of: $*"
		python3 "$RX_TOP/t/alert-window-model.py" make 4000 "$seed" "$2" >in
		jq -n '$ARGS.positional | map(tonumber) | { windows: [{ name: "w", by: ["user_id", "signal_type"],
			window: (.[0] / 1000), lateness: (.[1] / 1000), cooldown: (.[2] / 1000),
			threshold: .[3], thresholds: { a: 3 }, idle: "1d" }] }' --args "$@" >model.json
		rx-alert -q --replay -f model.json <in | grep -F '"alert_type":"w"' |
			jq -r '"\(.timestamp) \(.user_id) \(.signal_type) \(.count) \(.threshold) \(.severity)"' >got
		python3 "$RX_TOP/t/alert-window-model.py" judge "$@" a=3 <in >want
		[ "$(wc -l <want)" -gt 50 ]
		diff want got
	}
	model 5000 1000 60000 6
	model 300 1000 0 1
	model 1000 0 5000 2
	model 60000 5000 10000 40
}

@test "windows: 10,000 events a second of one key are counted exactly, for the price of two" {
	python3 - >in <<-'X'
	for i in range(130000):
	    print('{"timestamp":"2026-01-05T10:00:%02d.%06dZ","k":"x"}' %
	        (i // 10000, i % 10000 * 100))
	X
	rx-alert --replay --window 5s --by k --threshold 100 --cooldown 6s <in >out
	[ "$(jq -r '"\(.count) \(.severity)"' out | tr '\n' ,)" = \
		'101 warn,150 critical,50000 critical,50000 critical,' ]
}

# takes_less STATS MIB: resident, but for the sanitizers, which take their own.
takes_less() {
	sanitized ||
		[ "$(awk '/^process_resident_memory_bytes/ { print int($2 / 1048576) }' "$1")" -lt "$2" ]
}

@test "windows: a million keys stay below the stated memory, and beyond the bound some leave" {
	local n=$((1000000 / $(every 10)))
	python3 - $n >in <<-'X'
	import sys
	for i in range(int(sys.argv[1])):
	    print('{"timestamp":"2026-01-05T10:00:%02d.%03dZ","k":%d}' %
	        (i // 250000, i // 250 % 1000, i))
	X
	rx-alert --replay --window 5s --by k --max-keys $n --stats all <in >out
	[ ! -s out ]
	grep -qx "rx_alert_windows $n" all
	grep -qx 'rx_alert_windows_evicted_total 0' all
	# 64 for each place, 112 for the window, and what the tool takes anyway.
	takes_less all 200
	rx-alert --replay --window 5s --by k --max-keys 1000 --stats few <in
	grep -qx 'rx_alert_windows 1000' few
	grep -qx "rx_alert_windows_evicted_total $((n - 1000))" few
	takes_less few 16
}

@test "windows: a key that was idle for a minute is given back, a cooldown is not" {
	python3 - >in <<-'X'
	def at(s, k):
	    print('{"timestamp":"2026-01-05T10:%02d:%02dZ","k":"%s"}' % (s // 60, s % 60, k))
	for i in range(5000):
	    at(0, "once %d" % i)
	for s in range(1, 180):
	    at(s, "often")
	for s in (0, 0, 0):
	    at(180 + s, "hot")
	for s in range(181, 400):
	    at(s, "often")
	for s in (400, 400, 400):
	    at(s, "hot")
	X
	rx-alert --replay --window 5s --by k --threshold 2 --cooldown 10m --stats st <in >out
	[ "$(jq -r .k out | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = ' 1 hot, 1 often,' ]
	grep -qx 'rx_alert_windows 2' st
	grep -qx 'rx_alert_windows_expired_total 5000' st
}

@test "windows: a clock that is wrong hurts its own key only" {
	{ e 0=u=a 1=u=a
		jq -nc '{timestamp: "2099-01-01T00:00:00Z", user_id: "evil", signal_type: "a"}' \
			'{timestamp: "1971-01-01T00:00:00Z", user_id: "evil", signal_type: "a"}'
		e 2=u=a 3=u=a; } >in
	[ "$(w --threshold 3 <in | told)" = '03.000 u 4 warn,' ]
}

@test "windows: what is no key does not count, and what is refused is told" {
	{ e 0=u=a; printf '%s\n' '{"timestamp":"2026-01-05T10:00:00Z","user_id":"u"}' \
		'{"timestamp":"2026-01-05T10:00:00Z","user_id":null,"signal_type":"a"}' \
		'{"timestamp":"2026-01-05T10:00:00Z","user_id":{},"signal_type":"a"}' \
		'{"timestamp":"soon","user_id":"u","signal_type":"a"}' '{"user_id":NaN}'; } >in
	run -1 --separate-stderr w --threshold 1 --stats st <in
	[ -z "$output" ]
	grep -qx 'rx_alert_evaluations_total 1' st
	grep -qx 'rx_alert_ignored_total{reason="no_record"} 2' st
}

@test "windows: a pointer makes a key too, under its last name" {
	for at in 0 1; do
		printf '{"timestamp":"2026-01-05T10:00:0%dZ","http":{"client":{"ip":"::1"}}}\n' "$at"
	done >in
	rx-alert --replay --window 1m --by /http/client/ip --threshold 1 <in >out
	jq -e '.ip == "::1" and .window_seconds == 60' out
}

@test "windows: rules and windows of one file work side by side" {
	rule '{"duration": 0}'
	jq '.windows = [{name: "w", window: 5, by: ["node_id"], threshold: 1},
	    {name: "w2", window: 60, by: ["v"], threshold: 2}]' rules.json >both.json
	v 0=10 1=10 30=10 | rx-alert --replay -f both.json >out
	[ "$(jq -r .alert_type out | tr '\n' ,)" = 'r,w,w2,' ]
}

@test "windows: options and files that make no sense are refused" {
	run -64 rx-alert --by user_id
	run -64 rx-alert --threshold 5
	run -64 rx-alert --window 5s -f rules.json
	run -64 rx-alert --window 0s
	run -64 rx-alert --window 5
	run -64 --separate-stderr rx-alert --window 5s --by a,,b
	[[ $stderr == *'--by: "" is no name and no pointer'* ]]
	run -64 rx-alert --window 5s --by a,b,a
	run -64 --separate-stderr rx-alert --window 5s --by count
	[[ $stderr == *'is called like a member of the anomaly'* ]]
	run -64 --separate-stderr rx-alert --window 5s --threshold x=0
	[[ $stderr == *'--threshold x=0: not from 1 to 1000000'* ]]
	bad() { # EXPECTED CHANGE [CHANGE of the whole]
		rx-alert --window 5s --print-rules | jq ".windows[0] |= ($2)" | jq "${3:-.}" >w.json
		run -78 --separate-stderr rx-alert --check -f w.json
		[[ $stderr == *"w.json:"*"$1"* ]] || { echo "$stderr"; false; }
	}
	bad '"window" is missing' 'del(.window)'
	bad '"by" is a list of 1 to 8 members' '.by = "user_id"'
	bad '"id" is called like a member' '.by = ["id"]'
	bad 'a member is named by text' '.by = [1]'
	bad '"thresholds" is an object of at most' '.thresholds = [1]'
	bad 'a threshold is a whole number' '.thresholds.click = 1.5'
	bad '"idle" must not be less' '.idle = "5s"'
	bad '"surprise" is no member here' '.surprise = 1'
	bad 'there is a window' '.' '.windows += .windows'
}

@test "windows: a run in two halves, by --state, tells what one run tells" {
	python3 "$RX_TOP/t/alert-window-model.py" make 3000 5 1000 >in
	w --threshold 4 <in >whole
	[ "$(wc -l <whole)" -gt 100 ]
	for at in 1 500 1501 2999; do
		rm -f st st.windows
		{ head -n "$at" in | w --threshold 4 --state st
			tail -n "+$((at + 1))" in | w --threshold 4 --state st; } >halves
		cmp whole halves
	done
	[ "$(stat -c %a st.windows)" = 600 ]
}

@test "windows: an anomaly that a kill kept back is handed on at the next start" {
	mkfifo in out
	e 0=u=a >one
	e 1=u=a >two
	python3 - <<-'X' 3>&- &
	import os, time
	fd = os.open("out", os.O_RDWR | os.O_NONBLOCK)
	while not os.path.exists("ended"):
	    started = os.path.exists("st.windows")
	    try:                        # so full that nothing more goes in
	        while True:
	            os.write(fd, b"\n")
	    except BlockingIOError:
	        pass
	    if started:
	        open("full", "w")
	    time.sleep(0.01)
	X
	filler=$!
	w --threshold 1 --state st <in >out 3>&- &
	pid=$!
	exec 4>in
	cat one >&4
	soon test -e full
	cat two >&4
	soon grep -q severity st.windows
	kill -9 "$pid"
	wait "$pid" || :
	exec 4>&-
	touch ended
	wait "$filler"
	cat one two | w --threshold 1 >want
	[ -s want ]
	w --threshold 1 --state st </dev/null >got
	cmp want got
	[ -z "$(w --threshold 1 --state st </dev/null)" ]
	# And it was told: its cooldown goes on.
	[ -z "$(e 30=u=a 31=u=a 32=u=a | w --threshold 1 --state st)" ]
}

@test "windows: killed 30 times at random, the state is whole each time and the cooldown holds" {
	python3 - <<-'X'
	import array, datetime, fcntl, json, random, subprocess, termios, time
	rnd = random.Random(50)
	t0 = datetime.datetime(2026, 1, 5)
	out, err, i = open("out", "wb"), open("err", "wb"), 0
	for kill in range(30):
	    p = subprocess.Popen(["rx-alert", "--replay", "--window", "5s", "--by", "k",
	        "--threshold", "2", "--state", "st"], stdin=subprocess.PIPE,
	        stdout=out, stderr=err)
	    # Mostly all but the last few are read before the kill.
	    unread, patient = array.array("i", [1]), rnd.random() < 0.9
	    for k in range(rnd.randrange(1, 300)):
	        t = t0 + datetime.timedelta(milliseconds=400 * i)
	        p.stdin.write(b'{"timestamp":"%sZ","k":1}\n' % t.isoformat().encode())
	        p.stdin.flush()
	        i, unread[0] = i + 1, 1
	        while patient and k % 10 == 0 and unread[0]:
	            fcntl.ioctl(p.stdin.fileno(), termios.FIONREAD, unread)
	    time.sleep(rnd.random() * 0.2)      # a span: when the kill comes
	    p.kill()
	    p.stdin.close()
	    p.wait()
	seen = {}
	for l in open("out"):
	    r = json.loads(l)
	    seen.setdefault(r["id"], r)
	last = {}
	assert len(seen) > 5, len(seen)
	for r in seen.values():
	    t = datetime.datetime.fromisoformat(r["timestamp"][:-1])
	    if r["severity"] == "warn" and "t" in last:
	        assert (t - last["t"]).total_seconds() >= 60, (r, last)
	    last = {"t": t}
	assert open("err").read() == "", open("err").read()
	X
}

@test "windows: a state that is damaged in any byte is set aside and told" {
	e 0=u=a 1=u=b | w --state st
	size=$(stat -c %s st.windows)
	cp st.windows good
	for at in 0 5 25 60 $((size / 2)) $((size - 1)); do
		cp good st.windows
		printf '\377' | dd of=st.windows bs=1 seek="$at" conv=notrunc status=none
		run -0 --separate-stderr w --state st </dev/null
		[[ $stderr == *'starting without the state: st.windows: '* ]] ||
			cmp good st.windows.bad
		[ -e st.windows.bad ]
		rm -f st.windows.bad
	done
	head -c 100 good >st.windows
	run -0 --separate-stderr w --state st </dev/null
	[[ $stderr == *'st.windows: is damaged'* || $stderr == *'ends too early'* ]]
}
