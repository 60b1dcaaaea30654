# What the tests of rx-ship to HTTP share.
#
# web [OPTION ..] [ANSWER ..]  starts t/stub/web.py; sets WEB (pid), WEB_PORT,
#                   logs to web.log.  The last answer stays.
# web_url [PATH]    http://127.0.0.1:PORT/PATH
# web_bodies        the bodies of all requests, one a line
# batch N [FROM]    as emit, in one write: what is read at once is one batch
# certificate NAME HOST  a self-signed one: NAME.pem, NAME.key

web() {
	local words=()
	while [ $# -gt 0 ]; do
		case $1 in
		--tls | --bad) words+=("$1" "$2" "$3"); shift 3 ;;
		--tokens) words+=("$1" "$2"); shift 2 ;;
		*) break ;;
		esac
	done
	rm -f web.port web.answers
	: >web.log
	[ $# = 0 ] || printf '%s\n' "$@" >web.answers
	python3 "$RX_TOP/t/stub/web.py" "${words[@]}" web.port web.log web.answers \
		2>web.err 3>&- &
	WEB=$!
	soon test -s web.port
	WEB_PORT=$(cat web.port)
}

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

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}
