# SPDX-License-Identifier: MIT
# What the tests of rx-ship share.
#
# emit N [FROM]     what rx-spool emit writes for N records, tags from FROM
# records N         the same N records, without a spool
# accounts FILE     "ok=N retry=N reject=N" of the outcomes in FILE; fails when
#                   a tag is spoken for twice or an outcome is no outcome
# stub BEHAVIOUR .. starts t/stub/amqp.py; sets STUB (pid) and STUB_PORT, logs
#                   to stub.log
# look, bounded     what rx-ship ($SHIP) has of descriptors and memory now, and
#                   whether that grew between the looks
# stub_url          amqp://rx:canary-pw@127.0.0.1:PORT/q

emit() {
	python3 - "$1" "${2:-1}" <<-'PY'
		import sys
		n, first = int(sys.argv[1]), int(sys.argv[2])
		print('{"_rx":{"k":"open","v":1,"sp":"S","ep":4}}')
		for t in range(first, first + n):
		    print('{"_rx":{"id":"src:%x","tag":%d,"ep":4,"at":0},'
		          '"timestamp":"2026-01-05T10:00:00.5Z",'
		          '"system_ip":"10.0.0.1","log_path":"/var/log/x",'
		          '"application":"app","log_line":"line %d error",'
		          '"severity":"error"}' % (t, t, t))
	PY
}

records() { emit "$1" "${2:-1}" | sed -n 's/"_rx":{"id[^}]*},//p'; }

accounts() {
	python3 - "$1" <<-'PY'
		import json, sys
		state = {}
		for line in open(sys.argv[1]):
		    out = json.loads(line)["_rx"]
		    assert list(out)[0] == "k" and out["k"] == "out", out
		    assert out["ep"] == 4 and isinstance(out["why"], str), out
		    assert out["id"] == "src:%x" % out["tag"], out
		    assert out["st"] == "ok" or (out["why"] and "to" not in out), out
		    for tag in range(out["tag"], out.get("to", out["tag"]) + 1):
		        assert tag not in state, "twice: %d" % tag
		        state[tag] = out["st"]
		print(*("%s=%d" % (s, list(state.values()).count(s))
		        for s in ("ok", "retry", "reject")))
	PY
}

accounted() { [ "$(accounts "$1" 2>/dev/null)" = "$2" ]; }

stub() {
	rm -f stub.port
	python3 "$RX_TOP/t/stub/amqp.py" stub.port stub.log "$@" 2>stub.err 3>&- &
	STUB=$!
	soon test -s stub.port
	STUB_PORT=$(cat stub.port)
}

stub_url() { printf 'amqp://rx:canary-pw@127.0.0.1:%s/q\n' "$STUB_PORT"; }

# More than the first look saw, by a descriptor or 2 MiB, is a leak.  What the
# address sanitizer keeps of freed memory is none, so it keeps little.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1"
look() { echo "$(ls /proc/$SHIP/fd | wc -l) $(awk '/^VmRSS/ { print $2 }' /proc/$SHIP/status)" >>looks; }
bounded() {
	local most=2048
	cat looks
	! sanitized || most=16384
	awk -v most=$most 'NR == 1 { f = $1; r = $2 }
		NF != 2 || $1 > f + 1 || $2 > r + most { bad = 1 }
		END { exit bad || NR < 2 }' looks
}

stop_stub() {
	[ -z "${STUB:-}" ] || kill "$STUB" 2>/dev/null || :
}
