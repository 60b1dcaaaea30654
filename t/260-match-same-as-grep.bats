# rx-match: the same lines as grep -P, whatever the pattern; fixed seeds
setup() { load helper; }

@test "grep: 200 generated patterns select the lines that grep -P selects, in text and in records" {
	echo abc | grep -qP 'b(?=c)' || skip "no grep -P here"
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(20260105)
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
	tried = hits = 0
	while tried < 200:
	    pattern = "".join(random.choices(atoms, k=random.randint(1, 4)))
	    flags = ["-i"] if random.random() < 0.4 else []
	    env = {"LC_ALL": "C.UTF-8", "PATH": __import__("os").environ["PATH"]}
	    want = subprocess.run(["grep", "-anP", *flags, "--", pattern, "text"], capture_output=True, env=env)
	    if want.returncode > 1:
	        continue
	    tried += 1
	    numbers = [int(l.split(b":")[0]) - 1 for l in want.stdout.split(b"\n") if l]
	    hits += len(numbers)
	    got = subprocess.run(["rx-match", *flags, "-e", pattern, "--format", "raw", "text"], capture_output=True)
	    assert got.stdout.split(b"\n")[:-1] == [lines[n].encode() for n in numbers], (pattern, flags)
	    with open("records", "rb") as f:
	        got = subprocess.run(["rx-match", *flags, "-e", pattern], stdin=f, capture_output=True)
	    assert [json.loads(l)["n"] for l in got.stdout.splitlines()] == numbers, (pattern, flags)
	    with open("records", "rb") as f:
	        got = subprocess.run(["rx-match", *flags, "-v", "-e", pattern], stdin=f, capture_output=True)
	    assert [json.loads(l)["n"] for l in got.stdout.splitlines()] == [n for n in range(400) if n not in set(numbers)], (pattern, flags)
	assert hits > 2000, hits
	E
}

@test "grep: the literal scan finds what a plain search finds, with and without SIMD" {
	"$RX_UNIT/rexscan"
}

@test "grep: no line that a pattern matches is passed over by the prefilter" {
	"$RX_UNIT/rexcand"
}
