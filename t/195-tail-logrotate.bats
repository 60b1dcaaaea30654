# SPDX-License-Identifier: MIT
# rx-tail: under the real logrotate, in each of its modes, with a writer that does
# not stop: six rotations, twenty with RX_FULL=1, and every numbered line once
# (not tested: writers that never reopen their log)
setup() {
	load helper
	load tail
	need logrotate
	turns=6
	[ -z "${RX_FULL:-}" ] || turns=20
}

# A writer of numbered lines, some 20,000 a second.  It opens its log again when
# it is told to, by USR1, and ends, telling how many it wrote, by TERM.
writer() {
	exec python3 - <<-'EOF'
	import os, signal, time
	again, over = [], []
	signal.signal(signal.SIGUSR1, lambda *_: again.append(1))
	signal.signal(signal.SIGTERM, lambda *_: over.append(1))
	n, f = 0, os.open("d/app.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
	open("writing", "w").close()
	while not over:
	    if again:
	        again.clear()
	        os.close(f)
	        f = os.open("d/app.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
	    for _ in range(20):
	        os.write(f, b"line %d\n" % n)
	        n += 1
	    time.sleep(.001)
	os.write(f, b"end\n")
	with open("written", "w") as out:
	    out.write(str(n))
	EOF
}

# seen LINE: it has been stored.
seen() { grep -qxF "\"$1\"" st.lines; }

# rotated PATTERN DIRECTIVES...: the rest of the test, but for the gaps.
rotated() {
	local pattern=$1 force=-f pause=.1 pace=
	shift
	mkdir d
	chmod 755 d .
	writer 3>&- &
	writer=$!
	soon test -e writing
	{
		echo "$PWD/d/app.log {"
		printf '\t%s\n' 'rotate 30' missingok "$@" \
			'postrotate' "kill -USR1 $writer" endscript
		echo "}"
	} >conf
	[[ $* != *size* ]] || force=
	# What goes out of sight at once must have been seen before.
	[[ $* != *compress* && $* != *olddir* ]] || pace=yes
	[[ $* != *dateformat* ]] || pause=1.05 # its names have seconds
	lane --from start --rotate-wait 2s "$PWD/$pattern"
	soon committed
	for ((i = 0; i < turns; i++)); do
		# shellcheck disable=SC2086 # -f or nothing
		logrotate $force -s state.lr conf
		sleep $pause # the writer goes on
		[ -z "$pace" ] || soon seen "$(tail -n1 d/app.log)"
	done
	kill "$writer"
	wait "$writer"
	writer=
	RX_PATIENCE=60 soon grep -q '"end"' st.lines
	cat state.lr >&2
	lane_end
}

# Every number once and in order, with what the writer told.
whole() {
	stored >got
	{ seq -f 'line %.0f' 0 $(($(cat written) - 1)); echo end; } | cmp - got
	[ ! -s st.gaps ]
}

@test "logrotate: create" {
	rotated d/app.log create
	whole
	[ "$(find d -name 'app.log.*' | wc -l)" -eq "$turns" ]
}

@test "logrotate: nocreate" {
	rotated d/app.log nocreate
	whole
}

@test "logrotate: compress" {
	rotated 'd/app.log*' create compress
	whole
	[ "$(find d -name 'app.log.*.gz' | wc -l)" -eq "$turns" ]
}

@test "logrotate: delaycompress" {
	rotated 'd/app.log*' create compress delaycompress
	whole
	[ "$(find d -name 'app.log.*.gz' | wc -l)" -eq $((turns - 1)) ]
}

@test "logrotate: dateext" {
	rotated 'd/app.log*' create dateext 'dateformat -%Y%m%d-%s'
	whole
}

@test "logrotate: maxsize" {
	rotated d/app.log create daily 'maxsize 10k'
	whole
	[ "$(find d -name 'app.log.*' | wc -l)" -ge $((turns / 2)) ]
}

@test "logrotate: olddir is a directory of its own, the open file is read to its end" {
	mkdir -p old && chmod 755 old
	rotated d/app.log create "olddir $PWD/old"
	whole
}

# What is written between the copy and the truncation is in no file: that may
# miss, nothing else, nothing may come twice, and the order stays.
@test "logrotate: copytruncate" {
	rotated 'd/app.log*' copytruncate
	stored | grep -v end | sed 's/line //' >got
	sort -n -c -u got
	cat d/app.log.* d/app.log | grep -v end | sed 's/line //' | sort -n -u >there
	# All that is in any file is there.
	comm -23 <(sort there) <(sort got) >missed
	[ ! -s missed ]
	[ "$(head -n1 got)" = 0 ]
}
