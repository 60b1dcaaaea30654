# SPDX-License-Identifier: MIT
# Several hosts over ssh, merged by time      (not tested: hosts that are really far)
setup() { load helper; }
teardown() { [ -z "${sshd:-}" ] || kill "$sshd" 2>/dev/null || :; }

@test "incident: three hosts are read over ssh and merged by time, as rx-incident(7) says" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to run sshd"
	[ -x /usr/sbin/sshd ] || skip "not installed: sshd"
	need ssh
	can_unshare -m
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f key
	cp key.pub keys
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >config <<-X
	HostKey $PWD/host
	AuthorizedKeysFile $PWD/keys
	PidFile none
	StrictModes no
	UsePAM no
	PermitRootLogin yes
	ListenAddress 127.0.0.1:$port
	X
	unshare -m sh -c "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -D -e -f $PWD/config" 2>sshd.log 3>&- &
	sshd=$!
	soon grep -q 'Server listening' sshd.log
	# Three hosts, each with a directory of its own for a name.
	n=0
	for host in web1 web2 db1; do
		mkdir -p "hosts/$host/log"
		for i in $(seq 0 99); do
			printf '2026-01-05T10:%02d:%02dZ %s %s: line %d\n' \
				$((i * 3 / 60 % 60)) $(((i * 3 + n) % 60)) \
				"$([ $((i % 10)) = 0 ] && echo ERROR || echo INFO)" "$host" "$i"
		done >"hosts/$host/log/app.log"
		n=$((n + 1))
	done
	there() {
		local host=$1
		shift
		ssh -F none -n -p "$port" -i key -o BatchMode=yes -o StrictHostKeyChecking=no \
			-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR root@127.0.0.1 \
			"cd $PWD/hosts/$host && PATH=$RX_BIN:\$PATH RX_NODE_ID=$host $*"
	}
	pids=
	for host in web1 web2 db1; do
		there "$host" "rx-tail --once 'log/*.log'" >"$host" 3>&- &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086 # several
	wait $pids
	LC_ALL=C sort -m web1 web2 db1 | rx-match -k >found
	[ "$(wc -l <found)" = 30 ]
	jq -r .timestamp found | sort -c
	[ "$(jq -r .node_id found | uniq | head -n 3 | tr '\n' ' ')" = 'web1 web2 db1 ' ]
	jq -r '.timestamp + " " + .node_id' found >got
	cat hosts/*/log/app.log | grep ERROR | sort |
		sed 's/^\([^ ]*\) ERROR \([^:]*\):.*/\1 \2/' | diff - got
}
