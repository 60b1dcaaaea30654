# SPDX-License-Identifier: MIT
# lib/newfile, lib/digest, lib/nodeid, lib/backoff: files, hashes, who, when again
setup() { load helper; }

@test "newfile: a file is replaced whole, with its mode, whatever the umask" {
	umask 077
	echo old >f
	printf 'new\n' | "$RX_UNIT/newfile" f 644
	[ "$(cat f)" = new ]
	[ "$(stat -c %a f)" = 644 ]
	umask 000
	printf 'secret\n' | "$RX_UNIT/newfile" f 600
	[ "$(stat -c %a f)" = 600 ]
	[ "$(ls | wc -l)" -eq 1 ]
}

@test "newfile: a symlink is replaced, not followed" {
	echo victim >victim
	ln -s victim link
	echo new | "$RX_UNIT/newfile" link 644
	[ "$(cat victim)" = victim ]
	[ ! -L link ]
}

@test "newfile: a device, a pipe and a link to one are not replaced" {
	mkfifo pipe
	ln -s pipe link
	ln -s /proc/self/fd/1 out
	ln -s nowhere dangling
	for path in pipe link out .; do
		run -1 "$RX_UNIT/newfile" "$path" 644 <<<new
		[[ $output == *"Invalid argument"* ]]
	done
	[ -p pipe ] && [ -L link ] && [ -L out ]
	run -0 "$RX_UNIT/newfile" dangling 644 <<<new
	[ "$(cat dangling)" = new ]
	[ "$(ls | wc -l)" -eq 4 ]
}

@test "newfile: the bytes are on disk before the name points at them" {
	can_trace
	echo x | strace -f -e trace=fsync,rename,renameat,renameat2 -o trace "$RX_UNIT/newfile" f 644
	[ "$(grep -oE '(fsync|rename)' trace | tr '\n' ' ')" = "fsync rename fsync " ]
}

@test "newfile: a full disk leaves the old file and no temporary one" {
	can_trace
	echo old >f
	echo new | strace -f -o trace -e trace=fsync -e inject=fsync:error=ENOSPC:when=1 \
		"$RX_UNIT/newfile" f 644 2>err && false
	grep -q 'No space left' err
	[ "$(cat f)" = old ]
	[ "$(ls)" = "$(printf 'err\nf\ntrace')" ]
}

@test "newfile: reading refuses what is no regular file, or too long" {
	mkfifo p
	run -1 "$RX_UNIT/newfile" -r p 10
	printf 12345678901 >f
	run -1 "$RX_UNIT/newfile" -r f 10
	[[ $output == *"File too large"* ]]
	run -0 "$RX_UNIT/newfile" -r f 11
	[ "$output" = 12345678901 ]
}

@test "digest: hashes agree with sha256sum and base32" {
	[ "$("$RX_UNIT/digest" hex ab c)" = "$(printf abc | sha256sum | cut -c1-32)" ]
	want=$(printf abc | sha256sum | xxd -r -p 2>/dev/null | base32 -w0 | tr A-Z a-z | cut -c1-16) || want=
	[ -n "$want" ] || want=$(python3 -c 'import base64,hashlib
print(base64.b32encode(hashlib.sha256(b"abc").digest()).decode().lower()[:16])')
	[ "$("$RX_UNIT/digest" b32 a bc)" = "$want" ]
}

@test "digest: random names have their form and do not repeat" {
	for kind in nonce:'^[A-Za-z0-9_-]{22}$' \
		random:'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'; do
		for i in 1 2 3 4 5; do "$RX_UNIT/digest" "${kind%%:*}"; done >names
		[ "$(grep -cE "${kind#*:}" names)" -eq 5 ]
		[ "$(sort -u names | wc -l)" -eq 5 ]
	done
}

@test "nodeid: what is given wins over the environment, which wins over the file" {
	mkdir -p "$RX_STATE_DIR"
	echo from-file >"$RX_STATE_DIR/node_id"
	[ "$("$RX_UNIT/nodeid" given)" = given ]
	[ "$("$RX_UNIT/nodeid")" = test-node ]
	unset RX_NODE_ID
	[ "$("$RX_UNIT/nodeid")" = from-file ]
}

@test "nodeid: the directory of state is that of rx, of systemd, of root, of the user, in this order" {
	at() { env -u RX_STATE_DIR "$@" "$RX_UNIT/nodeid" --state; }
	[ "$(at RX_STATE_DIR=/a STATE_DIRECTORY=/b)" = /a ]
	[ "$(at STATE_DIRECTORY=/b HOME=/h)" = /b ]
	[ "$(id -u)" -eq 0 ] || skip "not root: whose directory is another is seen by root only"
	[ "$(at HOME=/h)" = /var/lib/rx ]
	cp "$RX_UNIT/nodeid" . && chmod 755 nodeid "$PWD"
	user() { env -u RX_STATE_DIR -u STATE_DIRECTORY -u XDG_STATE_HOME -u HOME setpriv --reuid=65534 --clear-groups env "$@" ./nodeid --state; }
	[ "$(user XDG_STATE_HOME=/x HOME=/h)" = /x/rx ]
	[ "$(user HOME=/h)" = /h/.local/state/rx ]
	run -1 user A=b
	run -1 user HOME="$(printf '%05000d' 0)"
}

@test "nodeid: without any of them it is derived from the machine id, stable, never the raw one" {
	unset RX_NODE_ID
	[ -s /etc/machine-id ] || skip "no /etc/machine-id here"
	id=$("$RX_UNIT/nodeid")
	[[ $id =~ ^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$ ]]
	[ "$id" = "$("$RX_UNIT/nodeid")" ]
	run ! grep -q "${id//-/}" /etc/machine-id
}

@test "nodeid: without a machine id a random one is made once and kept" {
	can_unshare -m
	unset RX_NODE_ID
	echo uninitialized >none
	run -0 unshare -m bash -c 'mount --bind none /etc/machine-id && "$0" && "$0"' "$RX_UNIT/nodeid"
	[[ ${lines[0]} =~ ^[0-9a-f]{8}-[0-9a-f]{4}-4 ]]
	[ "${lines[0]}" = "${lines[1]}" ]
	[ "$(cat "$RX_STATE_DIR/node_id")" = "${lines[0]}" ]
}

@test "nodeid: values that start with unknown, are empty or hold odd bytes are refused" {
	for bad in unknown Unknown-host unknown_1 "" "a b" 'a"b' $'a\nb' 'a\b'; do
		run -0 "$RX_UNIT/nodeid" "$bad"
		[[ $output == "no: the node id of --node-id "* ]]
	done
	mkdir -p "$RX_STATE_DIR"
	echo unknown >"$RX_STATE_DIR/node_id"
	unset RX_NODE_ID
	run -0 "$RX_UNIT/nodeid"
	[[ $output == "no: the node id of $RX_STATE_DIR/node_id starts with"* ]]
}

@test "nodeid: the id stays and the address follows when the address changes" {
	can_unshare -n
	unshare -n ip link add a0 type veth peer name b0 || skip "no veth interface here"
	unset RX_NODE_ID
	mkdir -p "$RX_STATE_DIR"
	cat >script <<-'E'
		set -e
		ip link add a0 type veth peer name b0
		ip link set a0 up
		ip addr add 10.9.8.50/24 dev a0
		"$1"; "$1" --ip
		ip addr del 10.9.8.50/24 dev a0; ip addr add 10.9.8.51/24 dev a0
		"$1"; "$1" --ip
	E
	echo stays >"$RX_STATE_DIR/node_id"
	run -0 unshare -n bash script "$RX_UNIT/nodeid"
	[ "$output" = "$(printf 'stays\n10.9.8.50\nstays\n10.9.8.51')" ]
}

@test "nodeid: the address is never loopback; without any other it is the host name" {
	can_unshare -n
	run -0 unshare -n "$RX_UNIT/nodeid" --ip
	[ "$output" = "$(hostname)" ]
	run -0 "$RX_UNIT/nodeid" --ip
	[[ $output != 127.* && $output != ::1 ]]
}

@test "nodeid: finding the address sends nothing" {
	can_trace
	strace -f -e trace=sendto,sendmsg,sendmmsg -o trace "$RX_UNIT/nodeid" --ip
	# Asking the kernel over netlink is no traffic.
	run ! bash -c "grep -vE 'NETLINK|exited|RTM_GET' trace | grep -q send"
}

@test "backoff: doubles to its cap with a true jitter of ten per cent" {
	python3 - "$RX_UNIT/backoff" <<-'E'
		import subprocess, sys
		seen = []
		for seed in range(300):
		    out = subprocess.run([sys.argv[1], "1s..60s", str(seed), "9"], capture_output=True, text=True).stdout.split()
		    waits, tries = list(map(int, out[:-1])), out[-1]
		    assert tries == "0", out
		    for wait, step in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]):
		        assert step * 900 <= wait <= step * 1100, (wait, step)
		        seen.append(wait / step / 1000)
		assert min(seen) < 0.91 and max(seen) > 1.09, (min(seen), max(seen))
		assert abs(sum(seen) / len(seen) - 1) < 0.01
	E
}

@test "backoff: a list keeps its last step; nonsense is refused" {
	run -0 "$RX_UNIT/backoff" 5s,15s,60s 1 5
	python3 - $output <<-'E'
		import sys
		for wait, step in zip(map(int, sys.argv[1:6]), [5, 15, 60, 60, 60]):
		    assert step * 900 <= wait <= step * 1100
	E
	for bad in "" 5 1s.. ..5s 60s..1s 1s,,2s 0 2d 1s..2s..3s; do
		run -0 "$RX_UNIT/backoff" "$bad" 1 1
		[[ $output == no:* ]]
	done
}
