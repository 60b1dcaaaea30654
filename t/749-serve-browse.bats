# SPDX-License-Identifier: MIT
# rx-serve --browse: what sshd runs in place of a shell (not tested: an account of
# its own; the agent's installer makes it)
setup() {
	load helper
	mkdir -p root/sub other
	seq 1 30 >root/a.log
	printf 'no newline' >root/b.log
	echo secret >other/secret
	root=$BATS_TEST_TMPDIR/root
}

teardown() {
	[ -z "${sshd:-}" ] || kill "$sshd" 2>/dev/null || :
}

ssh_asks() { SSH_ORIGINAL_COMMAND=$1 rx-serve --browse "$root"; }

@test "browse: cat, head, tail and sha256sum give what the tools of those names do (R-126)" {
	head -c 300000 /dev/urandom | base64 >root/big
	: >root/empty
	cd root
	while read -r command; do
		ssh_asks "$command" >../got
		bash -c "${command//SUB/sub}" >../want
		cmp ../got ../want
	done <<-X
	cat $root/a.log
	cat a.log b.log
	head a.log
	head -n 3 a.log
	head -n3 $root/a.log
	head -5 a.log
	head -c 7 a.log
	head -n 0 a.log
	head -n 999999 big
	tail a.log
	tail -n 3 a.log
	tail -2 a.log
	tail -n +28 a.log
	tail -c 5 a.log
	tail -c +60 a.log
	tail -n 1 b.log
	tail -n 0 a.log
	tail -n 3000 big
	tail -n 999999 big
	tail empty
	head -n 1 $root/a.log $root/b.log
	sha256sum $root/a.log $root/big
	cat 'a.log' "b.log" \\a.log
	X
	cd ..
}

@test "browse: ls and stat tell names, modes and sizes, and no name writes to the terminal (SEC-37)" {
	: >root/$'evil\033[31m\n'
	: >root/.hidden
	ln -s ../other/secret root/out
	chmod 640 root/a.log
	ssh_asks "ls -la $root" >got
	grep -qE "^-rw-r----- +1 +$(id -u) +$(id -g) +$(stat -c %s root/a.log) .* a\.log$" got
	grep -qF 'evil\x1b[31m\x0a' got
	grep -qE '^drwx.* sub$' got
	grep -qE '^l.* out$' got
	grep -qE ' \.hidden$' got
	[ "$(ssh_asks 'ls' | sort)" = "$(printf '%s\n' a.log b.log 'evil\x1b[31m\x0a' out sub)" ]
	[ "$(ssh_asks "ls $root/a.log")" = "$root/a.log" ]
	[ "$(ssh_asks "ls -d $root")" = "$root" ]
	ssh_asks 'stat a.log' >got
	grep -qx "  Size: $(stat -c %s root/a.log)" got
	grep -qx '  Mode: -rw-r-----' got
}

@test "browse: what leads out or is no file is not there, and the rest goes on with 1" {
	ln -s ../other/secret root/out
	ln -s "$PWD/other/secret" root/absolute
	ln -s /proc/self/root root/magic
	mkfifo root/pipe
	for path in out absolute magic/etc/passwd pipe ../other/secret "$root/../other/secret" /etc/passwd "$PWD/other/secret" \
		sub none "${root}x" /proc/self/environ; do
		for command in cat head tail sha256sum; do
			run -1 ssh_asks "$command $path"
			[[ $output != *secret$'\n'* && $output != *root:* ]]
			[[ $output == "rx-serve: warning: "*": "* ]]
		done
	done
	for path in .. ../other /etc "$root/.." out; do
		run -1 ssh_asks "ls $path"
		[[ $output == *"No such file or directory" ]]
	done
	run -1 --separate-stderr ssh_asks "cat none b.log"
	[ "$output" = 'no newline' ]
}

# hostile: commands that are refused, one a line.
hostile() {
	cat <<-'X'
	bash
	sh -c id
	vi a.log
	rx-serve --logs id
	sftp-server
	/usr/lib/openssh/sftp-server
	internal-sftp
	scp -f a.log
	/bin/cat a.log
	cat a.log; id
	cat a.log | sh
	cat a.log && id
	cat a.log & id
	cat $(id)
	cat `id`
	cat "$(id)"
	cat "`id`"
	cat $HOME/x
	cat ${IFS}a.log
	cat <a.log
	cat a.log >b.log
	cat a.log >>b.log
	cat *.log
	cat a.lo?
	cat [ab].log
	cat {a,b}.log
	cat ~/x
	cat # a.log
	X=1 cat a.log
	cat 'a.log
	cat "a.log
	cat a.log\
	cat -A a.log
	cat --help
	cat
	tail -f a.log
	tail -F a.log
	tail --follow a.log
	tail -n a.log
	tail -n
	tail -n -1x a.log
	head -n 99999999999999999999999 a.log
	head -z a.log
	head -q -n 1 a.log
	ls -R
	ls --color=always
	ls -laZ
	stat -c %n a.log
	sha256sum -c a.log
	sha256sum
	X
	printf 'cat a.log\nid\n' | tr '\n' '\r'
	echo
}

@test "browse: nothing has a meaning but six words and their options (SEC-52)" {
	before=$(find . -type f -print0 | sort -z | xargs -0 sha256sum)
	while IFS= read -r command; do
		run -64 ssh_asks "$command"
		[[ $output == "rx-serve: fatal: "* ]]
		[[ $output != *uid=* ]]
	done < <(hostile)
	run -64 ssh_asks $'cat a.log\nid'
	run -64 ssh_asks ''
	run -64 ssh_asks '   '
	run -64 ssh_asks "cat $(printf 'a%.0s' {1..9000})"
	run -64 ssh_asks "cat $(printf 'a %.0s' {1..70})"
	run -64 env -u SSH_ORIGINAL_COMMAND rx-serve --browse "$root"
	[[ $output == *"there is no shell here"* ]]
	[ "$before" = "$(find . -type f -print0 | sort -z | xargs -0 sha256sum)" ]
}

@test "browse: behind a real sshd, with a key and nothing else (R-125, SEC-52)" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to run sshd"
	[ -x /usr/sbin/sshd ] || skip "not installed: sshd"
	need ssh
	can_unshare -m
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f key
	cp key.pub keys
	cat >config <<-X
	HostKey $PWD/host
	AuthorizedKeysFile $PWD/keys
	PidFile none
	StrictModes no
	UsePAM no
	PermitRootLogin yes
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	DisableForwarding yes
	PermitTTY no
	Subsystem sftp internal-sftp
	ForceCommand $(command -v rx-serve) --browse $root
	X
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	echo "ListenAddress 127.0.0.1:$port" >>config
	unshare -m sh -c "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -D -e -f $PWD/config" 2>sshd.log 3>&- &
	sshd=$!
	soon grep -q 'Server listening' sshd.log
	there() {
		ssh -F none -n -p "$port" -i key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
			-o LogLevel=ERROR root@127.0.0.1 "$@"
	}
	there "cat $root/a.log" >got || { cat sshd.log; false; }
	cmp got root/a.log
	there "ls -la $root" | grep -q 'a\.log$'
	for command in 'cat a.log; id' 'bash -i' 'cat $(id)' 'cat /etc/passwd' ''; do
		run there "$command"
		[ "$status" -ne 0 ]
		[[ $output != *uid=* && $output != *root:* ]]
	done
	run there -s sftp
	[ "$status" -eq 64 ] # of a subsystem sshd passes no standard error on
	[ -z "$output" ]
}
