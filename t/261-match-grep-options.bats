# SPDX-License-Identifier: MIT
# rx-match: the options that grep has do what they do there, alone and together
setup() { load helper; }

# grep_like: 400 seeded command lines beside grep, on generated files.
grep_like() {
	echo abc | grep -qP 'b(?=c)' || skip "no grep -P here"
	python3 - <<-'E'
	import os, random, subprocess, sys
	random.seed(20261122)
	words = ["error", "fail", "ok", "x7", "é", "a:b", "- -", "", "tab\there", "ERR", "end"]
	names = []
	for n, lines in enumerate((40, 0, 7, 300, 3, 60000)):
	    names.append("f%d" % n)
	    rare = 1 if lines < 1000 else 0.01
	    with open(names[-1], "w", newline="") as f:
	        for i in range(lines):
	            f.write(" ".join(random.choices(words, k=random.randint(0, 4))) if random.random() < rare else "nothing here")
	            f.write("\n" if i < lines - 1 or n != 4 else "")
	patterns = ["error", "fail|ok", "x7$", "^ERR", "é", "e", "zzz", "", "^$", r"\berr", "(?<=o)k", r"\w+", "o*"]
	options = [["-A0"], ["-A1"], ["-A3"], ["-B0"], ["-B1"], ["-B4"], ["-B100"], ["-C2"], ["-C0"], ["-m1"], ["-m3"], ["-m0"], ["-c"], ["-l"],
	           ["-n"], ["-H"], ["-i"], ["-v"], ["--no-filename"], ["--color=always"], ["--color=never"], ["-A", "7"], ["-B", "2"], ["-C1", "-A4"]]
	env = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "TZ": "UTC"}
	seen = set()
	for _ in range(400):
	    pattern = random.choice(patterns)
	    given = sum(random.sample(options, k=random.randint(0, 4)), [])
	    files = random.sample(names[:5], k=random.choice((0, 1, 1, 2, 3))) + random.choice(([], [], [], [names[5]]))
	    stdin = open(random.choice(names), "rb")
	    want = subprocess.run(["grep", "-aP", *given, "--", pattern, *(files or ["-"])], stdin=stdin, capture_output=True, env=env)
	    stdin.seek(0)
	    got = subprocess.run(["rx-match", "--text", "--format", "raw", *given, "-e", pattern, *files], stdin=stdin, capture_output=True, env=env)
	    assert want.returncode in (0, 1), want
	    assert (got.stdout, got.returncode) == (want.stdout, want.returncode), (given, pattern, files, got.stderr, got.stdout[:300], want.stdout[:300])
	    seen.add((want.returncode, want.stdout != b"", *given))
	assert len(seen) > 250, len(seen)
	E
}

@test "grep: -A -B -C -c -H -i -l -m -n -v --color --no-filename, in any mixture, write the bytes that grep -P writes" {
	grep_like
}
