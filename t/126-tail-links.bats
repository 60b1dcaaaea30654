# SPDX-License-Identifier: MIT
# rx-tail: which symbolic links are followed (SEC-30)
setup() {
	load helper
	load tail
	[ "$(id -u)" = 0 ] || skip "only root can make the links of another"
	mkdir shared own
	chmod 777 shared # with 1777 the kernel may refuse, too
	echo 'secret' >secret
}

@test "SEC-30: a link that a pattern finds is followed only where nobody else can write; one that is named always is" {
	echo fine >own/a.log
	ln -s ../secret own/b.log
	echo fine >shared/a.log
	ln -s ../secret shared/b.log
	chown -h 12345 shared/b.log
	run -0 --separate-stderr rx-tail --once 'own/*.log'
	[ "$(lines <(echo "$output") | sort | paste -sd' ')" = "fine secret" ]
	run -0 --separate-stderr rx-tail --once 'shared/*.log'
	[ "$(lines <(echo "$output"))" = fine ]
	[ "$stderr" = "rx-tail: warning: shared/b.log: not followed: a link to another's file in a directory that others can write" ]
	run -0 --separate-stderr rx-tail --once shared/b.log
	[ "$(lines <(echo "$output"))" = secret ]
	if [ "$(cat /proc/sys/fs/protected_symlinks)" = 1 ]; then
		chmod 1777 shared
		run -0 --separate-stderr rx-tail --once 'shared/*.log'
		[ "$(lines <(echo "$output"))" = fine ]
		[ "$stderr" = "rx-tail: warning: shared/b.log: not followed: the link leads to what may not be looked at" ]
	fi
	# Neither by a group that is not root's, nor in another's directory.
	chmod 775 shared
	chgrp 12345 shared
	run -0 --separate-stderr rx-tail --once 'shared/*.log'
	[ "$(lines <(echo "$output"))" = fine ]
	chown 12345:0 shared
	chmod 755 shared
	run -0 --separate-stderr rx-tail --once 'shared/*.log'
	[ "$(lines <(echo "$output"))" = fine ]
	# What is his he could show without a link, too.
	chown 12345 secret
	run -0 --separate-stderr rx-tail --once 'shared/*.log'
	[ "$(lines <(echo "$output") | sort | paste -sd' ')" = "fine secret" ]
	chown 0 secret
	# A directory may be a link in what is named, but not behind a wildcard.
	ln -s ../own shared/dir
	chown -h 12345 shared/dir
	ln -s own named
	run -0 rx-tail --once 'named/a*.log'
	[ "$(lines <(echo "$output"))" = fine ]
	chmod 777 shared
	run -0 --separate-stderr rx-tail --once 'sha*/dir/a*.log'
	[ -z "$output" ]
	[[ $stderr == *"shared/dir/a.log: not followed"* ]]
}

@test "SEC-30: a file that is swapped for a link and back while it is followed gives nothing of what the link names" {
	local seconds=2
	[ -z "${RX_FULL:-}" ] || seconds=60
	seq -f 'secret %.0f' 20000 >secret
	chmod 777 shared
	echo 'fine 0' >shared/a.log
	follow --from start 'shared/*.log'
	settled
	python3 - "$seconds" <<-'E'
		import os, sys, time
		end, n = time.monotonic() + float(sys.argv[1]), 0
		while time.monotonic() < end:
		    n += 1
		    os.symlink("../secret", "shared/link")
		    os.lchown("shared/link", 12345, 12345)
		    os.rename("shared/link", "shared/a.log")
		    os.symlink("../secret", "shared/m")
		    os.lchown("shared/m", 12345, 12345)
		    os.rename("shared/m", "shared/n%d.log" % (n % 7))
		    with open("shared/file", "w") as f:
		        f.write("fine %d\n" % n)
		    os.rename("shared/file", "shared/a.log")
		    os.unlink("shared/n%d.log" % (n % 7))
		print(n)
	E
	echo 'fine end' >>shared/a.log
	read_end() { lines out | grep -qx 'fine end'; }
	soon read_end
	stop
	run -1 grep -c '"log_line":"secret' out
	lines out | grep -c '^fine' >fine
	[ "$(cat fine)" -gt 1 ]
}
