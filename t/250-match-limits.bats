# SPDX-License-Identifier: MIT
# rx-match: patterns that explode, memory that may not be executable
setup() { load helper; }

@test "X-18: a regex bomb costs at most 50 ms a line, passes with match_error and is counted" {
	python3 - <<-'E'
	bomb = b'{"log_line":"' + b"a" * 50000 + b'!"}\n'
	calm = b'{"log_line":"all is calm: 1"}\n'
	open("in", "wb").write(b"".join(calm * 100 + bomb for _ in range(20)))
	E
	for regex in '^(a+)+$' '(x+x+)+y' '(.*)*=' '(\w+\s*)+:' '(a|aa)+$' \
	    '(?:a|b)+\d' 'a*a*a*\d' '.*.*.*\d\d' '([a-z]+)+\d\d' '(\w|a)+\d\d'; do
		python3 - "$regex" <<-'E'
		import json, re, resource, subprocess, sys
		before = resource.getrusage(resource.RUSAGE_CHILDREN)
		p = subprocess.run(["rx-match", "-e", sys.argv[1]], stdin=open("in", "rb"), capture_output=True)
		after = resource.getrusage(resource.RUSAGE_CHILDREN)
		cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
		assert cpu <= 20 * 0.05 * float(__import__("os").environ.get("RX_SLACK", 1)), (sys.argv[1], cpu)
		assert p.returncode in (0, 1), p
		limited = 0
		for line in p.stdout.splitlines():
		    r = json.loads(line)
		    limited += r.get("match_error") == "limit"
		    assert "match_error" not in r or len(r["log_line"]) > 50000
		told = b"%d records passed on which a pattern reached" % limited
		assert limited == 0 or told in p.stderr, (limited, p.stderr)
		E
	done
	run -0 --separate-stderr rx-match -e '^(a+)+$' <in
	[ "${#lines[@]}" -eq 20 ]
}

@test "X-18: a bomb on a small stack and on a line of 1 MiB does not crash" {
	python3 -c 'print("{\"log_line\":\"" + "a" * 1000000 + "!\"}")' >in
	for regex in '^(a+)+$' '(a|aa)+$' '(?:(?:(?:a|b)*c?)*d?)*$'; do
		run -0 bash -c 'ulimit -s 256; rx-match -e "$1" <in >out' - "$regex"
	done
	[ "$(jq -r .match_error out)" = limit ]
}

@test "X-18: bombs leave normal lines classified as without them" {
	printf '{"log_line":"%s"}\n' aaaa 'aaaa!' bbb aab >in
	run -0 rx-match -e '^(a+)+$' --format raw <in
	[ "$output" = aaaa ]
}

@test "X-20: without JIT it says so once and answers the same" {
	cat >mdwe.py <<-'E'
	import ctypes, os, sys
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.prctl(65, 1, 0, 0, 0) != 0:
	    sys.exit(99)
	os.execvp(sys.argv[1], sys.argv[1:])
	E
	python3 mdwe.py true || skip "no PR_SET_MDWE in this kernel"
	python3 - <<-'E'
	import random
	random.seed(20)
	words = "error failed fail-over ok panic x7 Exception IOException warn 12 a.b \\u0065rror e\\nrr".split()
	with open("in", "w") as f:
	    for _ in range(10000):
	        f.write('{"log_line":"%s"}\n' % " ".join(random.choices(words, k=6)))
	E
	for how in -k '-e \b[a-z]+\d\b' '-i -e (ex|pan)\w+c'; do
		rx-match $how <in >with
		python3 mdwe.py rx-match $how <in >without 2>err
		cmp with without
		[ -s with ]
		[ "$(grep -c 'no JIT' err)" -eq 1 ]
	done
}
