# SPDX-License-Identifier: MIT
# rx-serve: from which addresses, and how many at a time (not tested: a real
# network; the addresses lie on the loopback device of a namespace)
setup() {
	load helper
	load serve
	need curl
	need python3
	need ip
	can_unshare -n
}

# net SCRIPT-ON-STDIN: bash in a network of its own, which has 192.0.2.1 and .2,
# and 2001:db8::1, ::2 and ::1:0:0:0:1; with what serve.bash has.
net() {
	{
		cat <<-'X'
		set -eu
		ip link set lo up
		for a in 192.0.2.1/32 192.0.2.2/32 2001:db8::1/128 2001:db8::2/128 2001:db8:0:1::1/128; do
			ip addr add "$a" dev lo
		done
		# code FROM URL: the status, 000 for none.
		code() { curl -gs -o body -w '%{http_code}' --interface "$1" "$2" || :; }
		trap teardown EXIT
		X
		declare -f soon serving end_serving teardown
		cat
	} >net.bash
	unshare -n bash net.bash
}

@test "access: --allow lets in its networks and this host, and shuts out the rest unanswered (R-123)" {
	net <<-'X'
	serving --insecure --listen 127.0.0.1 --listen 192.0.2.1 --listen 2001:db8::1 \
		--allow 192.0.2.2 --allow 2001:db8:0:1::/64
	v4=http://192.0.2.1:$http/health v6=http://[2001:db8::1]:$http/health
	[ "$(code 192.0.2.2 "$v4")" = 200 ]
	[ "$(code 192.0.2.1 "$v4")" = 000 ]
	[ "$(code 2001:db8:0:1::1 "$v6")" = 200 ]
	[ "$(code 2001:db8::2 "$v6")" = 000 ]
	[ "$(code 127.0.0.1 "http://127.0.0.1:$http/health")" = 200 ]
	grep -q 'address_refused: 192.0.2.1 is not in --allow' err
	curl -s "http://127.0.0.1:$http/metrics" | grep -q '^rx_serve_not_allowed_total{.*} 2$'
	X
}

@test "access: a network is an address and a prefix that covers all its bits" {
	for bad in 192.0.2.0/33 192.0.2.1/24 2001:db8::/129 2001:db8::1/64 here 192.0.2.0/ /8 192.0.2.0/-1 1.2.3.4/08 ''; do
		run -64 rx-serve --check --allow "$bad"
		[[ $output == *"--allow $bad is not like 192.0.2.0/24"* ]]
	done
	rx-serve --check --allow 0.0.0.0/0 --allow ::/0 --allow 10.0.0.0/8 --allow ::ffff:10.0.0.1
}

@test "access: 64 connections of one address elsewhere, or as many as --max-per-address says (SEC-05)" {
	net <<-'X'
	serving --insecure --listen 127.0.0.1 --listen 192.0.2.1 --listen 2001:db8::1 --max-per-address 3
	python3 - "$http" <<-'Y'
	import socket, sys
	port = int(sys.argv[1])
	def at(family, own, to):
	    s = socket.socket(family)
	    s.settimeout(10)
	    s.bind((own, 0))
	    s.connect((to, port))
	    return s
	four = lambda own="192.0.2.1": at(socket.AF_INET, own, "192.0.2.1")
	six = lambda own="2001:db8::1": at(socket.AF_INET6, own, "2001:db8::1")
	def full(s):
	    got = s.recv(4096)
	    return got.startswith(b"HTTP/1.1 503 ") and b"of one address" in got
	def fine(s):
	    s.sendall(b"GET /health HTTP/1.0\r\nHost: localhost:%d\r\n\r\n" % port)
	    return s.recv(4096).startswith(b"HTTP/1.1 200 ")
	held = [four(), four(), four()]
	assert full(four()) and full(four())
	assert fine(four("192.0.2.2"))
	sixes = [six(), six("2001:db8::2"), six()]
	assert full(six("2001:db8::2"))        # one /64 is one party
	assert fine(six("2001:db8:0:1::1"))    # another is not
	here = [at(socket.AF_INET, "127.0.0.1", "127.0.0.1") for _ in range(20)]
	assert fine(here[19])                  # this host is exempt
	assert fine(held.pop())
	import time
	for _ in range(500):                   # until the server saw it go
	    if fine(four()): break
	    time.sleep(0.02)
	else:
	    assert False
	Y
	X
}

@test "access: who guesses from one network of IPv6 gets 429 for all of it, others go on (SEC-06)" {
	net <<-'X'
	(umask 077; echo '{"tokens":[]}' >tokens.json)
	serving --insecure --auth tokens.json --listen 127.0.0.1 --listen 2001:db8::1
	at=http://[2001:db8::1]:$http/status
	for i in {1..6}; do
		for from in 2001:db8::1 2001:db8::2; do
			curl -gs -o body -w '%{http_code}\n' --interface "$from" -H "X-API-Key: $i" "$at"
		done
	done | sort | uniq -c | awk '{ print $1, $2 }' >codes
	[ "$(cat codes)" = $'10 401\n2 429' ]
	[ "$(curl -gs -o body -w '%{http_code}' --interface 2001:db8::2 -H 'X-API-Key: x' "$at")" = 429 ]
	[ "$(curl -gs -o body -w '%{http_code}' --interface 2001:db8:0:1::1 -H 'X-API-Key: x' "$at")" = 401 ]
	X
}

@test "access: IPv6 of this host is as good as IPv4, also for who needs no token (SEC-19)" {
	net <<-'X'
	serving --listen 127.0.0.1 --listen ::1 --logs 'echo one; sleep 600'
	[ "$(curl -gs "http://[::1]:$http/v1/status" | jq -r .status)" = ok ]
	rx-serve --link --listen ::1 --control-port "$http" >./link
	grep -qxE "http://\[::1\]:$http/#ticket=[A-Za-z0-9_-]{22}" link
	if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
		[ "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
			curl -gs -w '%{http_code}' "http://[::1]:$http/v1/status" | tail -c 3)" = 401 ]
	fi
	[ "$(curl -gs -H 'Host: [::2]' -o body -w '%{http_code}' "http://[::1]:$http/health")" = 421 ]
	[ "$(ss -Hltn | wc -l)" = 4 ]
	X
}

@test "access: every address is asked for by a name, which --host must tell; it is warned of" {
	net <<-'X'
	rx-serve --insecure --listen 0.0.0.0 --control-port 0 --ws-port 0 2>err 3>&- &
	server=$!
	soon grep -q 'http://0.0.0.0' err
	grep -q 'warning: --listen 0.0.0.0 without --host' err
	port=$(sed -n 's,.*http://0.0.0.0:\([0-9]*\)/ .*,\1,p' err)
	[ "$(code 192.0.2.2 "http://192.0.2.1:$port/health")" = 421 ]
	X
}

@test "access: addresses that come twice, are too many or none are refused" {
	run -64 rx-serve --check --listen ::1 --listen 0:0::1
	[[ $output == *"--listen 0:0::1 came before"* ]]
	run -64 rx-serve --check --listen ''
	run -64 rx-serve --check --listen localhost
	run -64 rx-serve --check --listen fe80::1%lo
	run -64 rx-serve --check --listen=127.0.0.{1..9}
	[[ $output == *"more than 8 addresses"* ]]
	run -64 rx-serve --check --max-per-address 0
}
