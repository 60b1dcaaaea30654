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
