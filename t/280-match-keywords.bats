# SPDX-License-Identifier: MIT
# rx-match: the built-in keywords, decided without PCRE2, are what their patterns
# say; python's re, told the words by --list, is the judge
setup() { load helper; }

@test "keywords: 60000 generated texts, in any spelling of JSON, are selected and classed as the patterns say" {
	rx-match --list >list
	python3 - <<-'E'
	import json, random, re, subprocess
	random.seed(270)
	classes = []
	for line in open("list"):
	    m = re.match(r"  (\w+) +(.*?)( \(not of -k\))?$", line)
	    if not m:
	        if classes:
	            break
	        continue
	    words = m[2].split(", ")
	    endings = [w[1:] for w in words if w[0] == "…"]
	    plain = "|".join(w for w in words if w[0] != "…")
	    regex = r"(?:(?<!(?-i:[A-Za-z0-9_]))(?<!non[- ])(?:%s)(?!-(?:safe|over))" % plain
	    if endings:
	        regex += r"|(?<=[A-Za-z0-9])(?-i:%s)s?" % "|".join(endings)
	    classes.append((m[1], not m[3], re.compile(regex + r")(?!(?-i:[A-Za-z0-9_]))", re.I), words))
	assert [c[0] for c in classes] == ["critical", "failure", "error", "warn"], classes
	every = [w.lstrip("…") for c in classes for w in c[3]]
	filler = ["inter", "upt", "non-", "non ", "NON-", "-safe", "-over", "-oveR", "-saſe", "_", "x", "7", "s", "S", "ſ", "K", "é", " ", " ", " ", "-",
	          ".", "\n", "\t", "\\", '"', "/", "\x00", "\x7f", "IO", "Null", "my_", "core ", "out of ", "segmentation ", "a" * 15, "a" * 16,
	          "a" * 17, "dumped", "memory", "fault", "ſ", "0"]
	def vary(w):
	    r = random.random()
	    if r < 0.4: return w
	    if r < 0.55: return w.upper()
	    if r < 0.65: return w.capitalize()
	    if r < 0.72: return w.replace("s", "ſ").replace("k", "K")
	    if r < 0.8: return w[:random.randrange(len(w))] + random.choice("xX_ ") + w[random.randrange(len(w)):]
	    return "".join(c.upper() if random.random() < 0.5 else c for c in w)
	def text():
	    parts = random.choices(filler, k=random.randint(0, 4)) + [vary(random.choice(every)) for _ in range(random.choice((0, 1, 1, 1, 2)))]
	    random.shuffle(parts)
	    return "".join(parts)
	def spell(t):
	    s = json.dumps(t, ensure_ascii=random.random() < 0.5)
	    if random.random() < 0.3:
	        s = re.sub(r"(?<!\\)([A-Za-z])(?![0-9a-f]{4})", lambda m: "\\u%04x" % ord(m[1]) if random.random() < 0.1 else m[1], s) if "\\" not in s else s
	    return s
	def named(line):  # the class by keywords alone: no level is declared in "=text"
	    return next((c for c in classes if c[2].search(line)), None)
	texts = [text() for _ in range(60000)]
	with open("records", "w") as f:
	    for i, t in enumerate(texts):
	        print('{"log_path":%s,"log_line":%s,"n":%d}' % (spell(text()), spell(t), i), file=f)
	want = [i for i, t in enumerate(texts) if (c := named(t)) and c[1]]
	assert 15000 < len(want) < 55000, len(want)
	def run(*options):
	    with open("records", "rb") as f:
	        out = subprocess.run(["rx-match", *options], stdin=f, capture_output=True)
	    assert not out.stderr, out.stderr
	    return [json.loads(l) for l in out.stdout.splitlines()]
	got = run("-k")
	diff = {r["n"] for r in got} ^ set(want)
	assert not diff, [(texts[i], i in want) for i in sorted(diff)[:5]]
	assert [r["n"] for r in got] == want
	assert run("-k", "-e", "(?!)") == got, "the patterns themselves select others"
	assert [r["n"] for r in run("-k", "-v")] == sorted(set(range(60000)) - set(want))
	every = run("--severity-at-least", "info")
	assert len(every) == 60000
	# Where no level is declared the worst keyword decides; that is most.
	same = sum(r["severity"] == (c[0] if (c := named(texts[r["n"]])) else "info") for r in every)
	assert same > 50000, same
	E
}

@test "keywords: lines that look like no record are counted wherever they stand in a block" {
	python3 - <<-'E'
	import random, subprocess
	random.seed(3)
	for length in list(range(1, 140)) + [1000, 5000]:
	    lines = [b'{"a":"%s"}' % (b"x" * random.randrange(90)) for _ in range(length // 8 + 1)]
	    bad = random.sample(range(len(lines)), k=min(len(lines), random.choice((0, 1, 1, 2))))
	    for i in bad:
	        lines[i] = random.choice((b"", b"x", lines[i][1:], lines[i][:-1], b" ", b"{", b"}"))
	    data = b'{"b":0}\n' + b"\n".join(lines) + b"\n"
	    got = subprocess.run(["rx-match", "-k"], input=data, capture_output=True)
	    want = (b"rx-match: warning: %d lines dropped that are no records\n" % len(bad)) if bad else b""
	    assert got.stderr.splitlines(True)[-1:] == [want] * bool(bad), (length, bad, got.stderr)
	    assert got.returncode == 1 and got.stdout == b""
	E
}

@test "keywords: a text of one long word is no square of work" {
	python3 -c 'print("{\"log_line\":\"" + "err" * 340000 + "\"}")' >in
	run -1 timeout 5 rx-match -k <in
	python3 -c 'print("{\"log_line\":\"" + "fail-safe " * 100000 + "fails\"}")' >in
	run -0 timeout 5 rx-match -ck <in
}

@test "keywords: 120 generated lists of given words select what their rule says, in records and in text" {
	python3 - "$(every 5)" <<-'E'
	import json, random, re, subprocess, sys
	random.seed(280)
	stock = ["error", "err", "fail*", "x", "no", "no_such", "c#", "a+b", "core dumped", "core", "core*", "(x)", "9lives", "Ärger", "kIsS", "404", "a" * 16,
	         "b" * 17, "c" * 40, "-v", "time-out", "time", "e*", "_x", "disk", "zz.zz", "tail\\", "s", "out of memory", "out", "é*"]
	many = ["w%03d" % i for i in range(90)]
	pieces = [w.rstrip("*") for w in stock] + ["errors", "xx", "_", " ", " ", " ", "-", ".", "#", "+", "\\", '"', "é", "ſ", "K", "\t", "core  dumped", "dumped", "w001", "w089x", "7"]
	def vary(p):
	    return random.choice((p, p, p.upper(), p.capitalize(), p + random.choice("s_x7 -")))
	texts = ["".join(vary(random.choice(pieces)) for _ in range(random.randrange(6))) for _ in range(3000)]
	with open("records", "w") as f:
	    for i, t in enumerate(texts):
	        s = json.dumps(t, ensure_ascii=random.random() < 0.5)
	        if "\\" not in s and random.random() < 0.2:
	            s = re.sub("[a-z]", lambda m: "\\u%04x" % ord(m[0]) if random.random() < 0.2 else m[0], s)
	        print('{"log_path":"error fail* x","log_line":%s,"n":%d}' % (s, i), file=f)
	open("text", "w", newline="").write("".join(t + "\n" for t in texts))
	sizes = set()
	for trial in range(120 // int(sys.argv[1])):
	    words = random.sample(stock, k=random.choice((1, 2, 3, 7))) + (many if trial % 10 == 0 else [])
	    regex = "|".join(r"(?<![A-Za-z0-9_])" + re.escape(w[:-1] if w[-1] == "*" else w) + ("" if w[-1] == "*" else "(?!(?-i:[A-Za-z0-9_]))") for w in words)
	    regex = regex.replace("(?<![A-Za-z0-9_])", "(?<!(?-i:[A-Za-z0-9_]))")
	    want = [i for i, t in enumerate(texts) if re.search(regex, t, re.I)]
	    sizes.add(len(want))
	    if trial % 3 == 0:
	        open("words", "w").write("# a list\n\n" + "".join("  %s \r\n" % w for w in words))
	        how = ["-k@words"]
	    elif trial % 3 == 1:
	        how = ["-k" + ",".join(words)]
	    else:
	        how = ["-k" + w for w in words]
	    out = subprocess.run(["rx-match", *how], stdin=open("records", "rb"), capture_output=True)
	    got = [json.loads(l)["n"] for l in out.stdout.splitlines()]
	    assert got == want, (words, [(texts[i], i in want) for i in sorted(set(got) ^ set(want))[:4]], out.stderr)
	    out = subprocess.run(["rx-match", *how, "--format", "raw", "text"], capture_output=True)
	    assert out.stdout.decode() == "".join(texts[i] + "\n" for i in want), words
	    out = subprocess.run(["rx-match", "-c", "-v", *how, "text"], capture_output=True)
	    assert int(out.stdout) == len(texts) - len(want), words
	assert len(sizes) > 80 // int(sys.argv[1]), sizes
	E
}

@test "keywords: a list in a file that is missing, empty or wrong is exit 78 and says where" {
	run -78 --separate-stderr rx-match -k@none <<<error
	[[ $stderr == *'unable to open none: No such file'* ]]
	printf '# nothing\n\n' >words
	run -78 --separate-stderr rx-match -k@words <<<error
	[[ $stderr == *'words: no words' ]]
	printf 'ok\n*\n' >words
	run -78 --separate-stderr rx-match -k@words --check
	[[ $stderr == *'words:2: no word' ]]
}

@test "keywords: 40 words cost at most twice what 7 do, 1000 at most ten times" {
	[ -n "${RX_SLOW:-}" ] || skip "RX_SLOW is not set: it measures processor time"
	python3 - <<-'E'
	import random, resource, subprocess
	random.seed(40)
	plain = ["session", "opened", "for", "user", "from", "port", "block", "received", "size", "mirror", "cache", "of", "it", "10.0.0.7"]
	keys = ["k%s%s" % (a, b) for a in "abcdefghijklmnopqrstuvwxyz" for b in ("errno", "panic", "fail", "oops")]
	keys += ["%s%04d" % (random.choice(("job", "task", "unit")), i) for i in range(1000)]
	with open("text", "w") as f:
	    for i in range(400000):
	        f.write(" ".join(random.choices(plain, k=12)) + (" " + keys[i % 7] if i % 12 == 0 else "") + "\n")
	def cost(n):
	    best = 9e9
	    for _ in range(5):
	        before = resource.getrusage(resource.RUSAGE_CHILDREN)
	        subprocess.run(["rx-match", "-c", "-k" + ",".join(keys[:n])] + ["text"] * 8, check=True, capture_output=True)
	        after = resource.getrusage(resource.RUSAGE_CHILDREN)
	        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
	    return best
	seven, forty, thousand = cost(7), cost(40), cost(1000)
	print(seven, forty, thousand)
	assert forty <= 2 * seven and thousand <= 10 * seven, (seven, forty, thousand)
	E
}

@test "keywords: -kWORD, -k=WORD and --keywords=WORD are the same" {
	for option in -kone,two -k=one,two --keywords=one,two; do
		run -0 rx-match $option --format raw --text <<<$'one\ntwo\n=one\nthree'
		[ "$output" = $'one\ntwo\n=one' ]
	done
}
