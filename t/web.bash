# SPDX-License-Identifier: MIT
# What the tests of rx-ship to HTTP share.
#
# web [OPTION ..] [ANSWER ..]  starts t/stub/web.py; sets WEB (pid), WEB_PORT,
#                   logs to web.log.  The last answer stays.
# fake_web          the same, by the clock of $FAKE (t/475)
# web_url [PATH]    http://127.0.0.1:PORT/PATH
# web_bodies        the bodies of all requests, one a line
# loki [OPTION ..]: starts t/stub/loki.py; answers in loki.answers come first.
# fake_loki, loki_url  as above
# batch N [FROM]    as emit, in one write: what is read at once is one batch
# certificate NAME HOST  a self-signed one: NAME.pem, NAME.key

web() {
	local words=()
	while [ $# -gt 0 ]; do
		case $1 in
		--tls | --bad) words+=("$1" "$2" "$3"); shift 3 ;;
		--tokens | --same) words+=("$1" "$2"); shift 2 ;;
		*) break ;;
		esac
	done
	rm -f web.port web.answers
	: >web.log
	[ $# = 0 ] || printf '%s\n' "$@" >web.answers
	${FAKING:-} python3 "$RX_TOP/t/stub/web.py" "${words[@]}" web.port web.log web.answers \
		2>web.err 3>&- &
	WEB=$!
	soon test -s web.port
	WEB_PORT=$(cat web.port)
}

fake_web() { FAKING=fake web "$@"; }

web_url() { printf 'http://127.0.0.1:%s%s\n' "$WEB_PORT" "${1:-/}"; }

web_bodies() { jq -r .body web.log; }

batch() {
	emit "$@" >batch.in
	cat batch.in
}

stop_web() {
	[ -z "${WEB:-}" ] || kill "$WEB" 2>/dev/null || :
	WEB=
}

loki() {
	rm -f web.port
	: >web.log
	${FAKING:-} python3 "$RX_TOP/t/stub/loki.py" --answers loki.answers "$@" web.port web.log 2>web.err 3>&- &
	WEB=$!
	soon test -s web.port
	WEB_PORT=$(cat web.port)
}

fake_loki() { FAKING=fake loki "$@"; }

loki_url() { printf 'loki+http://127.0.0.1:%s\n' "$WEB_PORT"; }

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}
