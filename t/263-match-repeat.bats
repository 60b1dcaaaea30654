# SPDX-License-Identifier: MIT
# rx-match: records that are like one that was kept but for their digits
#
# What is known of such a one is taken from the first.  A step that does nothing
# (--redact of what never comes) makes rx-match read and judge each.
setup() { load helper; }

# each OPTIONS: the records of `in`, both ways, to the same output and status.
each() {
	local status other
	rx-match "$@" <in >out 2>err && status=0 || status=$?
	rx-match "$@" --redact never=q9q9q9q9 <in >want 2>want.err && other=0 || other=$?
	[ "$status" = "$other" ]
	cmp out want
	diff err want.err
}

@test "repeat: what differs in digits alone is judged as if each came alone" {
	python3 - "${RX_SEED:-7}" <<-'E' >in
	import random, re, sys
	pick = random.Random(int(sys.argv[1]))
	texts = ["sshd[4711]: error: maximum 10 from 192.0.2.17 port 40022", "error 17 at line 23\\r", "<11>su: failed 3 times", "<134>su: failed 3 times",
	         "level=30 error 1", "{\\\"level\\\":50,\\\"msg\\\":\\\"failure 2\\\"}", "{\\\"level\\\":3,\\\"msg\\\":\\\"error 20\\\"}", "E0102 15:04:05 failed to bind 8080",
	         "PRIORITY=4 fatal 1", "code \\u0065rror 12", "an error \\u0041 12 failed", "path \\\\u0065 error 3", "caf\u00e9 error 77 out of 12", "non-fatal 1 error2 fail3",
	         "Jun 14 15:16:01 combo su: authentication failure; uid=0", "all is well 12", "err7 code7 x7", "[2005-12-04 04:47:44] [error] child 6725 in error state 6"]
	rests = ["", ',"n":10', ',"n":-17.50,"m":[1,20,{"o":300}]', ',"severity":"warn"', ',"severity":"7"', ',"a1":"x","a2":"y"', ',"n":1e10', ',"b":true', ' ', ', "n" : 42 ']
	heads = ["", '"x":"no error",', '"_rx":{"s":"0123456789abcdef","o":1234,"e":1300},', '"n":[' + ",".join("1%d" % i for i in range(12)) + "],"]
	kinds = [(h, t, r) for h in heads for t in texts for r in rests]
	for i in range(6):
	    pick.shuffle(kinds)
	    for h, t, r in kinds:
	        whole = '{%s"timestamp":"2026-01-05T10:00:00Z","log_line":"%s"%s}' % (h, t, r)
	        for k in range(1 + i % 3):  # digits for digits, also where JSON wants none
	            print(re.sub("[0-9]", lambda d: pick.choice("0123456789") if pick.random() < 0.3 else d[0], whole))
	E
	each -k
	# They were many, and some of them were no JSON any more.
	[ "$(wc -l <out)" -gt 2000 ]
	grep -q 'lines dropped that are no records' err
	run -0 jq -c . out
	each '-k=error,fail*'
	each -k=code7,x7,error
	each -k --severity-at-least failure
	each -k -m 100
	each -k -c
	each -k -C 1
	each -k --member /log_line
	each -k --format classic
	each -k -v
}

@test "repeat: words that were read again are asked of the next record" {
	# The first word that stands there stays, the one in the text goes.
	record() { echo '{"label":"error","log_line":"'"$1"'"}'; }
	printf '%s\n' error fault >words
	mkfifo pipe
	rx-match -k@words <pipe >out 3>&- 2>err &
	exec 4>pipe
	for n in 1 2 3; do record "a fault $n"; done >&4
	soon grep -q 'fault 3' out
	echo error >words
	kill -HUP $!
	soon grep -q 'read again' err
	for n in "a fault 4" "an error 5"; do record "$n"; done >&4
	exec 4>&-
	wait $!
	run -0 cat out
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[3]} = *"error 5"* ]]
}
