# SPDX-License-Identifier: MIT
# rx-match: the same lines as grep -P, whatever the pattern; fixed seeds
setup() { load helper; }

@test "grep: 200 generated patterns select what grep -P selects, in text and records, with libhs and SIMD, either and neither" {
	[ -x "$RX_CRASH_BIN/rx-match" ] || echo "# no portable tools here" >&3
	echo abc | grep -qP 'b(?=c)' || skip "no grep -P here"
	count=200
	[ -n "${RX_FULL-}" ] || count=$((count / $(every 5)))
	COUNT=$count python3 - <<-'E'
	import json, os, random, subprocess
	random.seed(20260105)
	count = int(os.environ["COUNT"])
	full = os.environ.get("RX_FULL")
	portable = os.environ["RX_CRASH_BIN"] + "/rx-match"
	ways = [(tool, libhs) for tool in ["rx-match"] + [portable] * os.access(portable, os.X_OK) for libhs in ({}, {"RX_NO_LIBHS": "1"})]
	atoms = ["error", "fail", "ed", "ERR", "a", "b", "x7", r"\d", r"\w+", r"\s", r"\b", ".", ".*", "[a-f]",
	         "[^e]", "(?:fail|err)", "(foo|bar|panic)", "p?", "or*", "l{2}", r"\.", "=", ":", "-", r"\bfail\b",
	         "(?i:warn)", "(?=e)", "(?!x)", "(?<!r)", "(?<=l)", "(a|b|)", "ou+t", r"\[", "\\\\", '"', "/", "é", "k", "s", "^", "$"]
	words = ["error", "failed", "fail", "FAIL", "ERR", "err=7", "panic:", "ok", "x7", "foo", "barfoo", "path/a.b", 'say "hi"',
	         "back\\slash", "tab\there", "tail\r", "all", "out", "of", "warn", "WARN", "k", "K", "s", "désk", "e", "rrr", "[a]", "cr\rlf"]
	lines = [" ".join(random.choices(words, k=random.randint(0, 7))) for _ in range(400)]
	open("text", "w", newline="").write("".join(l + "\n" for l in lines))
	def escape(l):  # as different writers of JSON do it
	    s = json.dumps(l, ensure_ascii=random.random() < 0.5)
	    if random.random() < 0.3:
	        s = "".join("\\u%04x" % ord(c) if c.isalpha() and s[i - 1] != "\\" and random.random() < 0.2 and i else c
	                    for i, c in enumerate(s)) if "\\" not in s else s
	    return s
	open("records", "w").write("".join('{"n":%d,"log_line":%s}\n' % (n, escape(l)) for n, l in enumerate(lines)))
	# The lines as text and, from stdin, as records, in one start of the tool;
	# what -v leaves of them for each fourth pattern, which must be the rest.
	raw = [l.encode() for l in lines]
	def check(tool, libhs, flags, pattern, numbers):
	    with open("records", "rb") as f:
	        p = subprocess.run([tool, *flags, "-e", pattern, "--format", "raw", "--no-filename", "text", "-"],
	                           stdin=f, capture_output=True, env={**os.environ, **libhs})
	    want = [raw[n] for n in numbers]
	    assert p.stdout.split(b"\n")[:-1] == want + want, (pattern, flags, tool, libhs)
	    assert p.returncode == (not numbers), (p, pattern)
	tried = hits = 0
	while tried < count:
	    pattern = "".join(random.choices(atoms, k=random.randint(1, 4)))
	    flags = ["-i"] if random.random() < 0.4 else []
	    env = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
	    want = subprocess.run(["grep", "-anP", *flags, "--", pattern, "text"], capture_output=True, env=env)
	    if want.returncode > 1:
	        continue
	    tried += 1
	    numbers = [int(l.split(b":")[0]) - 1 for l in want.stdout.split(b"\n") if l]
	    hits += len(numbers)
	    others = sorted(set(range(len(lines))) - set(numbers))
	    # Portable and SIMD, with libhs and without: the fourth of these by turns.
	    for tool, libhs in ways if full else ways[:2] + ways[2 + tried % 2:][:1]:
	        check(tool, libhs, flags, pattern, numbers)
	        if tried % 4 == 0:
	            check(tool, libhs, flags + ["-v"], pattern, others)
	assert hits > 10 * count, hits
	E
}

@test "grep: with libhs and without it the answers are the same, for one pattern and for many" {
	python3 - <<-'E'
	import json, os, random, subprocess
	random.seed(99)
	words = ["alpha", "bravo7", "x.y", "tab\there", "tail\r", "Kelvin", "diſk", "é", "1234", "a1b2c3", "one", "two", "", '"q"']
	lines = [" ".join(random.choices(words, k=random.randint(0, 8))) for _ in range(3000)]
	open("text", "w", newline="").write("".join(l + "\n" for l in lines))
	open("records", "w").write("".join('{"log_line":%s}\n' % json.dumps(l, ensure_ascii=i % 2 == 0) for i, l in enumerate(lines)))
	sets = [[r"\d{3,}"], [r"\w\d\w"], [r"^\w+$"], [r"\s\s"], [r"[a-c]\d[a-c]"], [r".\b."], [r"\w$"], [r"(?<!\w)\d"], [r"[^\x00-\x7f]"],
	        [r"\W\w{6}\W"], [r"(?i)[k]\w"], [r"\t"], [r"\r$"], [r"x?"], ["é|ä"], [r"\d\S*\d$"], [r"\A\d"], [r"\d\z"], [r"\w\Z"], [r"(?-m)^\d\d"], [r"(?^m:\d$)"], [r"(?m)^\d"], [r"(?s)\d.+\d$"]]
	many = ["%s%s" % (chr(97 + i % 26), chr(97 + i // 26)) * 3 for i in range(150)]
	sets += [many, many + ["tail", "bravo7"], many + [r"\balpha\b", r"one.two"], ["^" + m for m in many] + ["^one"], many + ["KELVIN", "disk"]]
	total = 0
	for patterns in sets:
	    for flags in ([], ["-i"]):
	        command = ["rx-match", *flags, *("-e" + p for p in patterns)]
	        for file, more in ("text", ["--text", "--format", "raw"]), ("records", []):
	            out = []
	            for env in {}, {"RX_NO_LIBHS": "1"}:
	                with open(file, "rb") as f:
	                    out.append(subprocess.run(command + more, stdin=f, capture_output=True, env={**os.environ, **env}))
	            assert out[0].stdout == out[1].stdout, (patterns[:3], flags, file)
	            assert out[0].returncode == out[1].returncode
	            total += len(out[0].stdout)
	assert total > 1000000, total
	E
}

@test "grep: the literal scan finds what a plain search finds, with and without SIMD" {
	"$RX_UNIT/rexscan"
}

@test "grep: no line that a pattern matches is passed over by the prefilter" {
	"$RX_UNIT/rexcand"
	RX_NO_LIBHS=1 "$RX_UNIT/rexcand"
}
