# SPDX-License-Identifier: MIT
# rx-tail --resume: on from where the spool is, through crashes and rotations

setup() {
	load helper
	load tail
}

@test "resume: X-10 a new lane begins at the end, and keeps that promise" {
	seq 1000 >a.log
	lane a.log
	soon committed
	lane_end KILL
	echo while-down >>a.log
	lane a.log
	soon stored_n 1
	echo again >>a.log
	soon stored_n 2
	lane_end
	[ "$(stored | paste -sd' ')" = "while-down again" ]
	[ "$(jq '.pos | length' st)" = 1 ]
}

@test "resume: kill -9 again and again, each line once and in order" {
	: >a.log
	: >b.log
	python3 3>&- - <<-'PY' &
		import time
		f, g = open("a.log", "a", buffering=1), open("b.log", "a", buffering=1)
		for n in range(2000):
		    f.write(f"a {n}\n")
		    g.write(f"b {n}\n")
		    if n % 50 == 0:
		        time.sleep(0.02)
	PY
	writer=$!
	for n in {1..6}; do
		lane --from start a.log b.log
		soon stored_n $((n * 600))
		lane_end KILL
	done
	wait "$writer"
	lane a.log b.log
	soon stored_n 4000
	lane_end
	[ "$(stored | grep a)" = "$(seq -f 'a %g' 0 1999)" ]
	[ "$(stored | grep b)" = "$(seq -f 'b %g' 0 1999)" ]
}

@test "resume: X-02 a chain of rotations while stopped is read oldest first" {
	seq 1 1000 >app.log
	lane --from start app.log
	soon stored_n 1000
	lane_end KILL
	seq 1001 2000 >>app.log
	mv app.log app.log.1
	seq 2001 3000 >app.log
	mv app.log.1 app.log.2 && mv app.log app.log.1
	seq 3001 4000 >app.log
	mv app.log.2 app.log.3 && mv app.log.1 app.log.2 && mv app.log app.log.1
	: >app.log
	lane app.log
	soon stored_n 4000
	lane_end
	[ "$(stored)" = "$(seq 4000)" ]
	[ ! -s st.gaps ]
	lane app.log
	soon grep -q following err
	lane_end
	[ "$(stored)" = "$(seq 4000)" ]
}

@test "resume: X-02 the compressed part of a chain is a gap, the rest is read" {
	seq 1 1000 >app.log
	lane --from start app.log
	soon stored_n 1000
	lane_end KILL
	seq 1001 2000 >>app.log
	mv app.log app.log.1
	seq 2001 3000 >app.log
	mv app.log.1 app.log.2 && mv app.log app.log.1
	seq 3001 4000 >app.log
	gzip app.log.2
	lane app.log
	soon stored_n 3000
	lane_end
	[ "$(stored)" = "$(seq 1 1000; seq 2001 4000)" ]
	[ "$(jq -c '[.from,.to,.why]' st.gaps)" = '[3893,null,"deleted"]' ]
	lane app.log
	soon grep -q following err
	lane_end
	[ "$(wc -l <st.gaps)" = 1 ]
}

@test "resume: old rotated files that were there before are not read" {
	echo ancient >app.log.2
	echo old >app.log.1
	echo one >app.log
	lane --from start app.log
	soon stored_n 1
	lane_end
	mv app.log.2 app.log.3 && mv app.log.1 app.log.2 && mv app.log app.log.1
	echo two >app.log
	lane app.log
	soon stored_n 2
	lane_end
	[ "$(stored | paste -sd' ')" = "one two" ]
	[ ! -s st.gaps ]
}

@test "resume: a file of the chain that is older than what was read is read, too" {
	: >spare
	echo one >app.log
	lane --from start app.log
	soon stored_n 1
	lane_end
	[[ $(stat -c %W spare) != 0 ]] || skip "no birth times here"
	seq 2 100 >spare
	mv app.log app.log.2
	mv spare app.log.1
	echo last >app.log
	lane app.log
	soon stored_n 101
	lane_end
	[ "$(stored | sort -n)" = "$( (echo last; echo one; seq 2 100) | sort -n)" ]
	[ ! -s st.gaps ]
}

@test "resume: a file that cannot be looked at yet is neither lost nor begun anew" {
	seq 10 >app.log
	lane --from start app.log
	soon stored_n 10
	lane_end
	mkdir away
	mv app.log away
	ln -s app.log app.log # ELOOP
	lane app.log
	settled
	soon grep -q 'unable to read' err
	echo 11 >>away/app.log
	mv -f away/app.log app.log
	soon stored_n 11
	lane_end
	[ "$(stored)" = "$(seq 11)" ]
	[ ! -s st.gaps ]
}

@test "resume: a file that was told lost and comes back goes on where it was" {
	mkdir mnt
	seq 10 >mnt/app.log
	lane --from start mnt/app.log
	soon stored_n 10
	lane_end
	mv mnt away
	lane mnt/app.log
	settled
	soon eval "[ -s st.gaps ]"
	echo 11 >>away/app.log
	mv away mnt
	soon stored_n 11
	echo 12 >>mnt/app.log
	soon stored_n 12
	lane_end
	[ "$(stored)" = "$(seq 12)" ]
	[ "$(jq -c '[.pos[] | [.o, .x]]' st)" = '[[27,false]]' ]
}

@test "resume: a finished file that is moved away and back is not read again" {
	mkdir away
	seq 10 >app.log
	lane --from start --rotate-wait 2s app.log
	soon stored_n 10
	mv app.log app.log.1
	echo 11 >app.log
	soon stored_n 11
	soon jq -e '[.pos[].x] | any' st >/dev/null
	mv app.log.1 away
	mv app.log app.log.2
	echo 12 >app.log
	soon stored_n 12
	mv away/app.log.1 .
	mv app.log app.log.0
	echo 13 >app.log
	soon stored_n 13
	echo 14 >>app.log.1 # before it is finished again
	echo 15 >>app.log
	soon stored_n 15
	lane_end
	[ "$(stored | sort -n)" = "$(seq 15)" ]
	[ ! -s st.gaps ]
}

@test "resume: a file that was moved into another directory keeps its place" {
	mkdir a b
	seq 10 >a/app.log
	lane --from start '*/app.log'
	soon stored_n 10
	lane_end
	mv a/app.log b/app.log
	echo 11 >>b/app.log
	lane '*/app.log'
	soon stored_n 11
	lane_end
	[ "$(stored)" = "$(seq 11)" ]
	[ ! -s st.gaps ]
}

@test "resume: a new lane of 2400 logs begins at the end of all, and stays" {
	mkdir d
	for n in {1..2400}; do echo "old $n" >d/$n.log; done
	lane --max-files 5000 'd/*.log'
	soon committed
	lane_end KILL
	[ "$(jq '.pos | length' st)" = 2400 ]
	echo new >>d/2400.log
	echo new >>d/1.log
	lane --max-files 5000 'd/*.log'
	soon stored_n 2
	lane_end
	[ "$(stored | paste -sd' ')" = "new new" ]
}

@test "resume: X-04 a file replaced while stopped is read from its first line" {
	for kind in shorter longer; do
		mkdir $kind
		cd $kind
		seq 100 >app.log
		lane --from start app.log
		soon stored_n 100
		lane_end
		inode=$(stat -c %i app.log)
		for try in {1..200}; do
			rm app.log
			echo 1 >app.log
			[ "$(stat -c %i app.log)" != "$inode" ] || break
		done
		[ $kind = shorter ] || seq -f 'new %g' 200 >>app.log
		lane app.log
		soon stored_n "$([ "$kind" = shorter ] && echo 101 || echo 301)"
		lane_end
		[ "$(stored | sed -n 101p)" = 1 ]
		[ "$(jq -c '[.from,.why]' st.gaps)" = '[292,"deleted"]' ]
		cd ..
	done
}

@test "resume: X-03 copytruncate while stopped goes on in the copy" {
	seq 100 >app.log
	lane --from start app.log
	soon stored_n 100
	lane_end KILL
	seq 101 200 >>app.log
	cp app.log app.log.1
	: >app.log
	seq 201 300 >>app.log
	mv app.log.1 app.log.2
	cp app.log app.log.1
	: >app.log
	seq 301 400 >>app.log
	lane 'app.log*'
	soon stored_n 400
	lane_end
	[ "$(stored)" = "$(seq 400)" ]
	[ ! -s st.gaps ]
	lane 'app.log*'
	settled
	echo 401 >>app.log
	soon stored_n 401
	lane_end
	[ "$(stored)" = "$(seq 401)" ]
}

@test "resume: X-03 many generations that were never read come once, no gap" {
	: >app.log
	lane --from start app.log
	soon committed
	lane_end KILL
	for n in 1 2 3; do
		seq -f "$n %g" 100 >>app.log
		[ ! -e app.log.2 ] || mv app.log.2 app.log.3
		[ ! -e app.log.1 ] || mv app.log.1 app.log.2
		cp app.log app.log.1
		: >app.log
		# A run that tells where it starts and dies before it reads.
		"$spool" claim st >claim
		rx-tail --resume claim app.log 2>err 3>&- | head -n2 | "$spool" push st
	done
	lane app.log
	soon stored_n 300
	lane_end
	[ "$(stored)" = "$(for n in 1 2 3; do seq -f "$n %g" 100; done)" ]
	[ ! -s st.gaps ]
}

@test "resume: a truncated file with the same first line is a new source" {
	printf 'header\n1\n2\n' >app.log
	lane --from start app.log
	soon stored_n 3
	lane_end
	printf 'header\n' >app.log
	lane app.log
	soon stored_n 4
	lane_end
	printf 'header\n3\n' >app.log
	lane app.log
	soon stored_n 5
	lane_end
	[ "$(stored | paste -sd' ')" = "header 1 2 header 3" ]
	[ "$(jq -c '[.pos[] | [.g, .x]]' st)" = '[[0,true],[1,false]]' ]
}

@test "resume: X-05 half a line before the crash, whole after it" {
	: >a.log
	lane --from start a.log
	soon committed
	printf half- >>a.log
	echo sync >b.log
	lane_end KILL
	echo line >>a.log
	lane a.log
	soon stored_n 1
	lane_end
	[ "$(stored)" = half-line ]
}

@test "resume: of two claims the smaller position counts" {
	seq 10 >a.log
	lane --from start a.log
	soon stored_n 10
	lane_end
	"$spool" claim st >ahead
	jq -c '._rx.sp = "other" | ._rx.pos[].o = 4 | ._rx.pos[].a = [4, "'"$(printf '1\n2\n' | sha256sum | cut -c1-32)"'"]' ahead >behind
	rx-tail --once --resume ahead --resume behind a.log >out
	[ "$(lines out)" = "$(seq 3 10)" ]
	[ "$(head -n1 out | jq -c '[._rx.claims[].sp]')" = '["test-spool","other"]' ]
	jq -c '._rx.pos = []' behind >unknowing
	rx-tail --once --resume ahead --resume unknowing a.log >out
	[ "$(lines out)" = "$(seq 10)" ]
	jq -c '._rx.pos = [] | ._rx.new = true' behind >new
	rx-tail --once --from end --resume ahead --resume new a.log >out
	[ -z "$(lines out)" ]
	rx-tail --once --from start --resume ahead --resume new a.log >out
	[ "$(lines out)" = "$(seq 10)" ]
}

@test "resume: a finished source that is gone is no gap for a claim that begins" {
	seq 10 >a.log
	lane --from start --rotate-wait 0.1s a.log
	soon stored_n 10
	mv a.log a.log.1
	echo 11 >a.log
	soon stored_n 11
	soon jq -e '[.pos[].x] | any' st >/dev/null
	lane_end
	"$spool" claim st >knowing
	jq -c '._rx.sp = "other" | ._rx.pos = [] | ._rx.new = true' knowing >new
	rx-tail --once --from start --resume knowing --resume new a.log >out
	[ "$(lines out | sort -n)" = "$(seq 11)" ]
	rm a.log.1
	rx-tail --once --from start --resume knowing --resume new a.log >out
	[ "$(lines out)" = 11 ]
	run ! grep -q '"k":"gap"' out
}

@test "resume: a claim comes through a process substitution, too" {
	seq 3 >a.log
	rx-tail --once --resume <("$spool" claim st) a.log | "$spool" push st
	[ "$(stored)" = "$(seq 3)" ]
}

@test "resume: a claim that is empty is 75, one that is none is 65" {
	echo x >a.log
	: >empty
	run -75 rx-tail --once --resume empty a.log
	echo '{"_rx":{"k":"mark"}}' >wrong
	run -65 rx-tail --once --resume wrong a.log
	echo '{' >broken
	run -65 rx-tail --once --resume broken a.log
	run -74 rx-tail --once --resume missing a.log
}

@test "resume: a file that is no longer asked for is said, and left alone" {
	echo x >a.log
	echo y >b.log
	lane --from start a.log b.log
	soon stored_n 2
	lane_end
	lane b.log
	settled
	lane_end
	grep -q 'a.log: was read until now, is no longer asked for' err
	[ ! -s st.gaps ]
}

@test "resume: killed at every crash point, each line comes once" {
	[ -x "$RX_CRASH_BIN/rx-tail" ] || skip "no tools with crash points here"
	seq 3000 >a.log
	for point in tail.read tail.line tail.mark; do
		for n in 1 3 20; do
			"$spool" claim st >claim
			RX_CRASH=$point:$n "$RX_CRASH_BIN/rx-tail" --once --from start --resume claim a.log 2>/dev/null |
				"$spool" push st
			seq -f "$point $n %g" 300 >>a.log
		done
	done
	"$spool" claim st >claim
	rx-tail --once --resume claim a.log | "$spool" push st
	stored | cmp - a.log
}

@test "resume: another file that got the inode of a lost one is left alone" {
	seq 10 >app.log
	lane --from start app.log
	soon stored_n 10
	lane_end
	echo secret >conf
	jq -c --arg i "$(stat -c %i conf)" '.pos[].i = $i' st >st.new
	mv st.new st
	rm app.log
	echo new >app.log
	lane app.log
	soon stored_n 11
	lane_end
	[ "$(stored)" = "$(seq 10; echo new)" ]
}
