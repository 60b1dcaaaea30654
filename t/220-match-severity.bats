# SPDX-License-Identifier: MIT
# rx-match: how bad a line is.  (The truth tables of real systems are outside
# material and may be absent; t/data/match/levels.tsv is our own.)
setup() { load helper; }

# severity TEXT: what rx-match says of it
severity() {
	printf '%s\n' "$1" | rx-match --text --severity-at-least info | jq -r .severity
}

@test "severity: every spelling and place of a level in our own table" {
	grep -v '^#' "$RX_TOP/t/data/match/levels.tsv" >table
	cut -f 2- table >lines
	cut -f 1 table >want
	rx-match --severity-at-least info lines | jq -r .severity >got
	diff want got
}

@test "severity: the declared level of real systems, 99.5 % each, 99 % of what is not info" {
	need_shared data/logs/Apache.truth.tsv
	python3 - >&3 <<-'E'
	import csv, glob, json, os, subprocess
	for truth in sorted(glob.glob(os.environ["RX_SHARED"] + "/data/logs/*.truth.tsv")):
	    rows = list(csv.DictReader(open(truth), delimiter="\t", quoting=csv.QUOTE_NONE))
	    log = truth.replace(".truth.tsv", ".log")
	    out = subprocess.run(["rx-match", "--severity-at-least", "info", log],
	                         capture_output=True, check=True).stdout
	    got = [json.loads(line)["severity"] for line in out.splitlines()]
	    assert len(got) == len(rows), log
	    stated = [(g, r) for g, r in zip(got, rows) if r["severity"]]
	    if not stated:
	        continue
	    right = [g in (r["severity"].replace("debug", "info"), r["severity_alt"]) for g, r in stated]
	    loud = [ok for ok, (g, r) in zip(right, stated) if r["severity"] not in ("info", "debug")]
	    print("# %s: %d of %d, of what is not info %d of %d" % (os.path.basename(log), sum(right), len(right), sum(loud), len(loud)))
	    assert sum(right) >= 0.995 * len(right), (log, sum(right), len(right))
	    assert sum(loud) >= 0.99 * len(loud), (log, sum(loud), len(loud))
	E
}

@test "severity: the first that says something counts: level, keyword, inherited, info" {
	printf '%s\n' '{"log_line":"INFO failed","severity":"critical"}' \
	    '{"log_line":"it failed","severity":"critical"}' \
	    '{"log_line":"text","severity":"critical"}' \
	    '{"log_line":"text","severity":"WARNING"}' \
	    '{"log_line":"text","severity":"odd"}' '{"log_line":"text"}' >in
	run -0 rx-match -e . <in
	[ "$(jq -r .severity <<<"$output" | xargs)" = 'info failure critical warn info info' ]
}

@test "severity: the worst keyword of a line counts" {
	[ "$(severity 'error: no')" = error ]
	[ "$(severity 'an error, it failed')" = failure ]
	[ "$(severity 'an error, it failed, panic')" = critical ]
	[ "$(severity 'a warning only')" = warn ]
	[ "$(severity 'non-fatal')" = info ]
}

@test "severity: a syslog priority counts when no word declares a level" {
	for n in 0 1 2 8 10; do [ "$(severity "<$n>text")" = critical ]; done
	for n in 3 11 187; do [ "$(severity "<$n>text")" = error ]; done
	[ "$(severity '<12>text')" = warn ]
	for n in 5 6 7 13 191; do [ "$(severity "<$n>it failed")" = info ]; done
	[ "$(severity '<192>it failed')" = failure ]
	[ "$(severity '<11>Jan  5 10:00:00 h a[1]: WARN x')" = warn ]
}

@test "severity: a record without the member is judged whole" {
	run -0 rx-match --severity-at-least error <<<'{"level":"error","msg":"x"}'
	[ "$output" = '{"level":"error","msg":"x","severity":"error"}' ]
	run -1 rx-match --severity-at-least error <<<'{"level":"warn","msg":"error"}'
}

@test "severity: every word of the map is a level, in the class it is listed under" {
	rx-match --list | sed -n '/^severity/,$p' | sed -n 's/^  \([a-z]*\)  *\([a-z]\)/\1 \2/p' |
	while read -r class words; do
		for word in ${words//,/}; do
			case $word in config | fine* | log | audit) text="${word^^}: x failed" ;;
			system) text='[System] x failed' ;;
			*) text="level=$word failed" ;;
			esac
			[ "$(severity "$text")" = "$class" ] || { echo "$word"; exit 1; }
		done
	done
}

@test "severity: the level of a line is the same behind lines that begin nearly like it and behind others" {
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(220)
	heads = ["2015-10-18 18:01:47,978 %s [main] org.x: ", "Jun  9 06:06:20 host app[123]: %s: ", "[Sun Dec 04 04:47:44 2005] [%s] ", "081109 203615 148 %s dfs.DataNode$X: ",
	         "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 RAS KERNEL %s ", "03-17 16:13:38.811  1702  2395 %s Tag: ", "12:00:00.000 (%s) ", "1 %s  x", "<13>Jan 5 host kern.%s: ",
	         "20171223-22:15:29:606|Step|30002312|%s|", "note 7 of 9 words here set to %s mode ", "time=12 level=%s ", "x%s7 ", "2015-10-18T18:01:47:%s:level~warn "]
	levels = ["INFO", "info", "ERROR", "error", "Warn", "WARNING", "FATAL", "E", "W", "I", "EE", "crit", "err", "debug", "fine", "x", "LOG"]
	pieces = list("0123456789") + [" ", "  ", ":", "]", "[", "(", ")", "-", "_", "é", "a", "E", "error:", "12:34", "\t", "="]
	def vary(line):
	    line = list(line.replace("~", random.choice("=-")))
	    for _ in range(random.choice((0, 0, 1, 1, 2))):
	        k = random.randrange(len(line))
	        line[k:k + random.randrange(2)] = random.choice(pieces)
	    return "".join(random.choice("0123456789") if c.isdigit() and c.isascii() and random.random() < .3 else c for c in line)
	lines = []
	for _ in range(1500):
	    head, level = random.choice(heads), random.choice(levels)
	    lines += [vary(head % level + random.choice(("", "it failed", "error 7", "ok", " error:"))) for _ in range(20)]
	others = ["%s%s%s" % (c * 20, " [notice] ", c) for c in "qrst"]
	def severities(texts):
	    out = subprocess.run(["rx-match", "--text", "--severity-at-least", "info"], input="".join(t + "\n" for t in texts).encode(), capture_output=True)
	    got = [json.loads(l) for l in out.stdout.splitlines()]
	    assert len(got) == len(texts), out.stderr
	    return [r["severity"] for r in got]
	together = severities(lines)
	apart = severities([t for line in lines for t in [line] + others])[::1 + len(others)]
	wrong = [(l, a, b) for l, a, b in zip(lines, together, apart) if a != b]
	assert not wrong, wrong[:5]
	assert len(set(together)) == 5
	E
}
