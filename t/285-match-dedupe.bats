# SPDX-License-Identifier: MIT
# rx-match --dedupe: what repeats is counted, and no count is lost
# (not tested: what kill -9 takes; the page says it)
setup() { load helper; }

begin='{"_rx":{"k":"begin","v":1,"n":"NONCE","claims":[],"pos":[]}}'
mark='{"_rx":{"k":"mark","n":"NONCE","q":1,"full":false,"pos":[]}}'

# say SECOND TEXT [MEMBERS]
say() { printf '{"timestamp":"2026-01-05T10:%02d:%02dZ","log_path":"/l","log_line":"%s"%s}\n' $(($1 / 60)) $(($1 % 60)) "$2" "${3-}"; }

@test "dedupe: the first passes, then one summary says how often it came again" {
	{ say 0 'disk full'; say 1 'disk full'; say 2 up; say 9 'disk full'; say 61 up; say 62 'disk full'; } >in
	run -0 --separate-stderr rx-match --dedupe 60s <in
	cat >want <<-'E'
	{"timestamp":"2026-01-05T10:00:00Z","log_path":"/l","log_line":"disk full"}
	{"timestamp":"2026-01-05T10:00:02Z","log_path":"/l","log_line":"up"}
	{"timestamp":"2026-01-05T10:00:09Z","log_path":"/l","log_line":"message repeated 2 times: [ disk full ]","repeated":2,"repeated_since":"2026-01-05T10:00:00.000Z"}
	{"timestamp":"2026-01-05T10:01:01Z","log_path":"/l","log_line":"message repeated 1 time: [ up ]","repeated":1,"repeated_since":"2026-01-05T10:00:02.000Z"}
	{"timestamp":"2026-01-05T10:01:02Z","log_path":"/l","log_line":"disk full"}
	E
	diff want - <<<"$output"
	[[ $stderr == *'3 records dropped by --dedupe'* ]]
}

@test "dedupe: a time in the text makes no other text, a member does" {
	{ say 0 'Jan  5 10:00:00 h app: no route'; say 1 'Jan  5 10:00:01 h app: no route'; say 2 'Jan  5 10:00:01 h app: no route' ',"x":1'
		say 3 'Jan  5 10:00:03 h app: no route.'; say 4 'Jan  5 10:00:04 h app: no route' ',"x":1'; } >in
	run -0 rx-match -q --dedupe 60s <in
	[ "${#lines[@]}" -eq 5 ]
	[ "$(jq -c 'select(.repeated) | [.repeated, .x]' <<<"$output" | sort | paste -sd' ')" = '[1,1] [1,null]' ]
}

@test "dedupe: the number 1 and the text 1, or null and its name, are not the same" {
	printf '%s\n' '{"n":1}' '{"n":"1"}' '{"n":null}' '{"n":"null"}' '{"a":"bc"}' '{"ab":"c"}' >in
	rx-match -q --dedupe 1m <in >out
	diff in out
}

@test "dedupe: kept and counted together are all, whatever comes, in every order" {
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(11)
	for kinds, window in ((3, 5), (40, 60), (2000, 30), (5000, 600)):
	    t, lines = 1767607200.0, []
	    for i in range(30000):
	        t += random.choice([0, 0, .001, .01, .2, -1, 3])
	        k = min(int(random.expovariate(6 / kinds)), kinds - 1)
	        lines.append((t, k))
	    iso = lambda t: __import__("datetime").datetime.fromtimestamp(t, __import__("datetime").timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
	    text = "".join('{"timestamp":"%s","log_line":"kind %d"}\n' % (iso(t), k) for t, k in lines)
	    out = subprocess.run(["rx-match", "-q", "--dedupe", "%ds" % window], input=text, text=True, stdout=subprocess.PIPE, check=True).stdout
	    seen, last, passed = {}, {}, {}
	    for l in out.splitlines():
	        r = json.loads(l)
	        if "repeated" in r:
	            n = r["repeated"]
	            k = r["log_line"].split("[ ")[1][:-2]
	            assert n > 0 and r["log_line"] == "message repeated %d time%s: [ %s ]" % (n, "s" * (n > 1), k)
	            assert r["repeated_since"] == passed[k], (r, passed[k])
	        else:
	            n, k = 1, r["log_line"]
	            passed[k] = r["timestamp"]
	        seen[k] = seen.get(k, 0) + n
	    want = {}
	    for t, k in lines:
	        want["kind %d" % k] = want.get("kind %d" % k, 0) + 1
	    assert seen == want, (kinds, window)
	    assert len(out.splitlines()) < len(lines)
	E
}

@test "dedupe: the summary comes at the end of the stream, on TERM, and when time is over while all is quiet" {
	mkfifo pipe
	rx-match -q --dedupe 60s <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	{ say 0 a; say 1 a; say 2 a; } >in
	cat in >&4
	soon has out 1
	kill -TERM $pid
	wait $pid
	exec 4>&-
	[ "$(tail -n1 out | jq .repeated)" = 2 ]
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	rx-match -q --dedupe 300ms <pipe >out 3>&- &
	exec 4>pipe
	printf '{"timestamp":"%s","log_line":"a"}\n' "$now" "$now" "$now" >&4
	soon has out 2
	[ "$(tail -n1 out | jq .repeated)" = 2 ]
	exec 4>&-
	wait $!
}

@test "dedupe: on a marked stream a summary is in front of the last mark, and the mark waits 5 s at most" {
	{ echo "$begin"; say 0 a ; say 1 a; echo "$mark"; } >in
	run -0 rx-match -q --dedupe 60s <in
	[ "${#lines[@]}" -eq 4 ]
	[ "$(jq .repeated <<<"${lines[2]}")" = 1 ]
	[ "${lines[3]}" = "$mark" ]
	mkfifo pipe
	rx-match -q --dedupe 60s <pipe >out 3>&- &
	exec 4>pipe
	cat in >&4
	soon has out 2
	[ "$(wc -l <out)" -eq 2 ]
	soon has out 4
	[ "$(tail -n1 out)" = "$mark" ]
	{ say 2 b; echo "$mark"; } >&4
	soon has out 6
	exec 4>&-
	wait $!
	[ "$(wc -l <out)" -eq 6 ]
}

@test "dedupe: marks in the middle pass in their place" {
	{ echo "$begin"; say 0 a; say 1 a; echo "$mark"; say 2 b; say 3 a; echo "${mark/:1,/:2,}"; say 70 c; echo "${mark/:1,/:3,}"; } >in
	run -0 rx-match -q --dedupe 60s <in
	[ "$(jq -r '._rx.q // .repeated // .log_line // "begin"' <<<"$output" | paste -sd' ')" = 'begin a 1 b 2 2 c 3' ]
}

@test "dedupe: a spool stores the summary, once" {
	printf 'a\na\na\nb\n' >a.log
	rx-tail --once --from start --resume <(rx-spool claim q.db) a.log | rx-match -q --dedupe 60s | rx-spool push q.db
	run -0 rx-spool emit q.db --once
	[ "$(jq -r '.log_line // empty' <<<"$output" | paste -sd,)" = 'a,b,message repeated 2 times: [ a ]' ]
}

@test "dedupe: every form of output has the summary; -c does not count it" {
	{ say 0 'a error'; say 1 'a error'; } >in
	run -0 rx-match -q -k --dedupe 60s --format raw <in
	[ "${lines[1]}" = 'message repeated 1 time: [ a error ]' ]
	run -0 rx-match -q -k --dedupe 60s --format view <in
	[[ ${lines[1]} == *'error'*'message repeated 1 time: [ a error ]' ]]
	run -0 rx-match -q -k --dedupe 60s --format classic <in
	[ "$(jq -r '.log_line + .severity' <<<"${lines[1]}")" = 'message repeated 1 time: [ a error ]error' ]
	run -0 rx-match -qc --dedupe 60s <in
	[ "$output" = 1 ]
}

@test "dedupe: secrets do not come back in a summary; coordinates are left out" {
	{ say 0 'pwd=tiger'; say 1 'pwd=tiger'; } | sed 's/^{/{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":0,"e":9},/' >in
	run -0 rx-match -q --dedupe 60s --redact all <in
	[ "${#lines[@]}" -eq 2 ]
	! grep -q tiger <<<"$output" || false
	[ "$(jq -c ._rx <<<"${lines[1]}")" = null ]
}

@test "dedupe: a record too long to be held passes each time" {
	python3 -c 'print("{\"timestamp\":\"2026-01-05T10:00:00Z\",\"log_line\":\"" + "x" * 20000 + "\"}\n" * 1, end=""); ' >one
	cat one one one >in
	run -0 rx-match -qc --dedupe 60s <in
	[ "$output" = 3 ]
}
