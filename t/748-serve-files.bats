# SPDX-License-Identifier: MIT
# rx-serve: files below a few roots, by HTTP      (not tested: other filesystems)
setup() {
	load helper
	load serve
	need curl
	need jq
	mkdir -p root/sub other
	printf 'hello\nworld\n' >root/a.log
	echo secret >other/secret
	root=$BATS_TEST_TMPDIR/root
}

# get PATH [ARG...]: the status, the body in body, the head in head.
get() {
	local path=$1
	shift
	curl -s -G -o body -D head -w '%{http_code}' --data-urlencode "path=$path" "$@" "http://127.0.0.1:$http/files"
}

@test "files: gives what is below its roots, whole or a part, and its length to HEAD (R-126)" {
	head -c 3000000 /dev/urandom >root/big
	serving --files "$root" --files "$PWD/other/"
	[ "$(get "$root/a.log")" = 200 ]
	cmp body root/a.log
	[ "$(get "$root/big")" = 200 ]
	cmp body root/big
	[ "$(get "$root//sub/../a.log")" = 200 ]
	[ "$(get "$PWD/other/secret")" = 200 ]
	[ "$(get "$root/a.log" -I)" = 200 ]
	grep -qix $'content-length: 12\r' head
	part() { # RANGE STATUS EXPECTED
		[ "$(get "$root/a.log" -H "Range: $1")" = "$2" ]
		[ "$(cat body)" = "$3" ]
	}
	part bytes=0-4 206 hello
	grep -qx $'Content-Range: bytes 0-4/12\r' head
	part bytes=6- 206 world
	part bytes=-6 206 world
	part bytes=-99 206 $'hello\nworld'
	part bytes=4-99 206 $'o\nworld'
	part bytes=12- 416 ''
	grep -qx $'Content-Range: bytes \*/12\r' head
	part bytes=-0 416 ''
	for odd in bytes=5-4 bytes=a-b bytes=0-1,3-4 lines=1-2 bytes=-- bytes= 'bytes=1 -2'; do
		part "$odd" 200 $'hello\nworld'
	done
	[ "$(get "$root/big" -r 2999990-)" = 206 ]
	cmp body <(tail -c 10 root/big)
	: >root/empty
	[ "$(get "$root/empty")" = 200 ]
	[ ! -s body ]
	[ "$(get "$root/empty" -H 'Range: bytes=0-')" = 416 ]
}

@test "files: nothing leads out: neither dots nor links, devices, pipes or sockets (SEC-52)" {
	ln -s ../other/secret root/out
	ln -s "$PWD/other/secret" root/absolute
	ln -s "$root/a.log" root/own
	ln -s a.log root/in
	ln -s /proc/self/root root/magic
	ln -s loop root/loop
	mkfifo root/pipe
	mknod root/null c 1 3 2>/dev/null || :
	ln root/a.log root/twin
	serving --files "$root"
	for path in "$root/out" "$root/absolute" "$root/own" "$root/loop" "$root/magic/etc/passwd" "$root/../other/secret" \
		"$root/sub/../../other/secret" /etc/passwd "$root"x "$PWD/other/secret" relative root/a.log '' . / "$root/none" \
		"$root/a.log/" "/proc/self/environ" "$root/$(printf 'x%.0s' {1..300})"; do
		status=$(get "$path")
		[ "$status" = 404 ] || [ "$status" = 400 ] || [ "$status" = 403 ]
		run ! grep -qE 'secret$|root:|hello' body
	done
	[ "$(get "$root/out")" = 404 ]
	for path in "$root" "$root/sub" "$root/pipe"; do
		[ "$(get "$path")" = 403 ]
		grep -q 'it is no regular file' body
	done
	[ ! -e root/null ] || [ "$(get "$root/null")" = 403 ]
	[ "$(get "$root/in")" = 200 ]
	[ "$(get "$root/twin")" = 200 ]
	at=http://127.0.0.1:$http/files
	for query in "path=$root/a.log&path=$root/a.log" "file=$root/a.log" 'path=%00' 'path=%2' 'path=%ff'; do
		[ "$(curl -s -o body -w '%{http_code}' "$at?$query")" = 400 ]
	done
	[ "$(curl -s -o body -w '%{http_code}' "$at?path=${root//\//%2F}%2Fa.log")" = 200 ]
	[ "$(curl -s -o body -w '%{http_code}' -X POST "$at?path=$root/a.log")" = 405 ]
}

@test "files: a root that is swapped for a link meanwhile gives nothing of elsewhere" {
	serving --files "$root"
	mv root was
	ln -s other root
	[ "$(get "$root/secret")" = 404 ]
	[ "$(get "$root/a.log")" = 200 ]
}

@test "files: a list tells names, types and sizes, and the roots without a path" {
	mkfifo root/pipe
	ln -s a.log root/link
	: >root/$'new\nline'
	: >"root/$(printf 'bad\377')"
	touch -d 2026-01-02T03:04:05Z root/a.log
	serving --files "$root"
	list() { curl -s -G --data-urlencode "path=$1" "http://127.0.0.1:$http/v1/files/list"; }
	list "$root" >got
	jq -e --arg r "$root" '.path == $r and .truncated == false and (.entries | length) == 6' got
	jq -e '.entries[] | select(.name == "a.log") | . == {name: "a.log", type: "file", size: 12, modified: "2026-01-02T03:04:05Z"}' got
	[ "$(jq -r '[.entries[].type] | sort | join(" ")' got)" = "directory file file file link other" ]
	jq -e '[.entries[].name] | index("new\nline") != null and index("bad\ufffd") != null' got
	[ "$(curl -s "http://127.0.0.1:$http/files/list" | jq -r '.entries[].name')" = "$root" ]
	for path in "$PWD/other" /etc "$root/.." "$root/link/x"; do
		list "$path" >got
		grep -q '^40[34] ' got
	done
	end_serving
	serving
	[ "$(curl -s "http://127.0.0.1:$http/files/list")" = "404 Not Found: there is no --files" ]
}

@test "files: the scope files opens them, no other does (SEC-03)" {
	(umask 077 && for s in read control ingest files; do
		printf '{"name":"%s","sha256":"%s","scopes":["%s"]}' "$s" "$(printf 'token-%s' $s | sha256sum | cut -d ' ' -f 1)" "$s"
	done | jq -s '{tokens: .}' >tokens.json)
	serving --files "$root" --auth tokens.json
	for s in read control ingest; do
		[ "$(get "$root/a.log" -H "X-API-Key: token-$s")" = 403 ]
	done
	[ "$(get "$root/a.log" -H 'X-API-Key: token-files')" = 200 ]
	[ "$(get "$root/a.log" -H 'X-API-Key: nothing')" = 401 ]
}

@test "files: one that shrinks meanwhile ends short, and one who takes nothing is let go" {
	head -c 200000000 /dev/zero >root/big
	serving --files "$root" --pong 1s
	python3 - "$http" "$root" <<-'Y'
	import os, socket, sys
	port, root = int(sys.argv[1]), sys.argv[2]
	def ask():
	    s = socket.socket()
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	    s.settimeout(30)
	    s.connect(("127.0.0.1", port))
	    s.sendall(f"GET /files?path={root}/big HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n".encode())
	    return s
	def rest(s):
	    n = 0
	    try:
	        while got := s.recv(1 << 20): n += len(got)
	    except ConnectionResetError: pass
	    return n
	a, b = ask(), ask()
	assert a.recv(100).startswith(b"HTTP/1.1 200")
	os.truncate(root + "/big", 1000)
	assert rest(a) < 200000000
	Y
	soon test "$(find "/proc/$server/fd" -lname '*/big' | wc -l)" = 0
	curl -sf "http://127.0.0.1:$http/health"
}

@test "files: a root must be a directory, by an absolute path" {
	run -64 rx-serve --check --files root
	run -78 rx-serve --check --files "$root/none"
	run -78 rx-serve --check --files "$root/a.log"
	for _ in {1..17}; do
		set -- "$@" --files "$root"
	done
	run -64 rx-serve --check "$@"
}
