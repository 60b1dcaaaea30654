#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh -- make this host send its logs, telemetry and alerts to a backend.
#
#	install.sh LOG_FILE API_URL SYSTEM_INFO_URL AUTH_TOKEN SSH_PUBLIC_KEY
#
# Run again, it completes what is missing and changes nothing that is there: what
# it wrote may have been edited since.  Each file appears whole or not at all.
#
# shellcheck disable=SC2034 # for host.sh
set -u
umask 022

usage='usage: install.sh [OPTION ...] LOG_FILE API_URL SYSTEM_INFO_URL AUTH_TOKEN SSH_PUBLIC_KEY
       install.sh --uninstall [--purge] [--dry-run]'
help() {
	cat <<-EOF
	$usage

	LOG_FILE         what to watch; several are separated by commas
	API_URL          the backend, as https://HOST:3000; /api, /api/ticket are understood
	SYSTEM_INFO_URL  where the profile of this host goes, once
	AUTH_TOKEN       a bearer token; others can see it here: - reads it from
	                 standard input, @FILE from a file
	SSH_PUBLIC_KEY   who may look at logs by ssh; "" for nobody

	--amqp-file FILE  holds the URL of the broker, amqp://...; otherwise the
	                  lines that matter go to a file on this host
	--alias           rx.target starts and stops as resolvix and resolvix-daemon, too
	--dry-run         say what would be done
	--uninstall       stop it and take it off; configuration and state stay
	--purge           with that: they go, too
	DESTDIR, PREFIX   as make install has them; with DESTDIR nothing is started
	EOF
}
say() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
	status=$1
	shift
	say "fatal: $*"
	exit "$status"
}
wrong() {
	printf '%s\n' "$usage" >&2
	die 64 "$*"
}

# act COMMAND...: or only say so.
act() {
	if [ -n "$dry" ]; then
		say "would do: $*"
	else
		"$@" || die 75 "this failed: $*"
	fi
}

self=$(readlink -f "$0")
top=${self%/*/*}
DESTDIR=${DESTDIR:-} PREFIX=${PREFIX:-/usr/local}
etc=$DESTDIR/etc/rx state=$DESTDIR/var/lib/rx units=$DESTDIR/etc/systemd/system
bin=$DESTDIR$PREFIX/bin
browser=rx-browse

# live: does this host run systemd, and is it this host that is installed?
live() { [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; }
has_user() { getent passwd "$1" >/dev/null; }
has_group() { getent group "$1" >/dev/null; }

# What the arguments say is looked at before anything is done.
check_url() {
	case $2 in
	http://?* | https://?*) ;;
	*) die 78 "$1 is neither http:// nor https://" ;;
	esac
	case $2 in
	*[[:space:]\"\\]*) die 78 "$1 has a character that no URL has" ;;
	*://*@*) die 78 "$1 has a user in it: the token is what logs in" ;;
	esac
}
check_logs() {
	count=0
	old=$IFS
	IFS=,
	set -f
	# shellcheck disable=SC2086 # at commas
	set -- $1
	set +f
	IFS=$old
	for file; do
		case $file/ in
		*/../*) die 78 "LOG_FILE $file has a .. in it" ;;
		/*) ;;
		*) die 78 "LOG_FILE $file does not begin with /" ;;
		esac
		case $file in
		*[*?[]*) ;;
		*) [ -e "$DESTDIR$file" ] || say "warning: $file is not there yet" ;;
		esac
		log_files="$log_files${log_files:+
}$file"
		count=$((count + 1))
	done
	[ "$count" -gt 0 ] || die 78 "LOG_FILE is empty"
	[ "$count" -le 100 ] ||
		die 78 "Cannot monitor $count files. Maximum is 100. Consider log aggregation or sampling."
	[ "$count" -le 50 ] || say "warning: more than 50 files, $count"
}
read_token() {
	case $1 in
	-) IFS= read -r token || [ -n "$token" ] || die 78 "no token on standard input" ;;
	@*) IFS= read -r token <"${1#@}" || [ -n "$token" ] || die 78 "no token in ${1#@}" ;;
	*) token=$1 ;;
	esac
	[ -n "$token" ] || die 78 "AUTH_TOKEN is empty"
}
check_key() {
	case $1 in
	'') return 0 ;;
	*'
'*) die 78 "SSH_PUBLIC_KEY is more than a line" ;;
	*[\"\\]*) die 78 "SSH_PUBLIC_KEY is more than a key" ;;
	ssh-*' '* | ecdsa-*' '* | sk-*' '*) ;;
	*) die 78 "SSH_PUBLIC_KEY is no public key" ;;
	esac
	! command -v ssh-keygen >/dev/null || printf '%s\n' "$1" |
		ssh-keygen -l -f - >/dev/null 2>&1 ||
		die 78 "SSH_PUBLIC_KEY is none that ssh-keygen can read"
}

install_tools() {
	[ ! -x "$bin/rx-agent" ] || return 0
	[ -n "$DESTDIR" ] || act make -s -C "$top" deps
	act make -s -C "$top" all install DESTDIR="$DESTDIR" PREFIX="$PREFIX"
}
# add_user NAME OPTION...: with the group of that name, if it is there already.
add_user() {
	user=$1
	shift
	! has_group "$user" || set -- --gid "$user" "$@"
	act useradd --system "$@" "$user"
}
make_user() {
	[ -z "$DESTDIR" ] || return 0
	has_user rx || add_user rx --home-dir /var/lib/rx --shell /usr/sbin/nologin
}
# as_rx COMMAND...: in what is rx's, since there root might follow a link to
# anywhere.
as_rx() {
	if [ -n "$DESTDIR" ]; then
		"$@"
	else
		setpriv --reuid=rx --regid=rx --init-groups "$@"
	fi
}
make_directories() {
	act mkdir -p "$etc" "$state"
	act chmod 750 "$etc"
	act chmod 700 "$state"
	if [ -z "$DESTDIR" ]; then
		act chgrp rx "$etc"
		act chown rx:rx "$state"
	fi
	act as_rx mkdir -p "$state/stats" "$state/archive"
	act as_rx chmod 700 "$state/stats" "$state/archive"
}
configure() {
	if [ -n "$dry" ]; then
		say "would write the pipelines error, telemetry, heartbeat and alert to $etc"
		return
	fi
	[ -n "$DESTDIR" ] || group=rx
	host_files "$etc"
	printf '%s\n' "$info_url" | put "$etc/profile.url" 600 || exit
	bearer "$token" | put "$etc/profile.token" 600 || exit
}

# submit: the profile, once; a backend that is away does not hold this up.  Who is
# killed before that is noted sends it again: it has the id of the host, by which
# the backend can tell.
submit() {
	[ -z "$DESTDIR" ] || return 0
	[ ! -e "$state/profile.sent" ] || return 0
	[ -z "$dry" ] || {
		say "would send the profile of this host"
		return
	}
	profile=$(as_rx env RX_STATE_DIR="$state" \
		"$bin/rx-metrics" --info --save="$state/system_info.json") || profile=
	[ -n "$profile" ] || die 75 "the profile of this host cannot be made"
	if printf '%s\n' "$profile" |
		sed 's/^{"id":"\([^"]*\)"/{"_rx":{"s":"\1","o":0,"e":1},"id":"\1"/' |
		"$bin/rx-ship" --once --preset system-info --url-file "$etc/profile.url" \
			--token-file "$etc/profile.token"; then
		as_rx touch "$state/profile.sent"
	else
		say "warning: the profile was not taken; run this again to send it"
	fi
}

# find_roots: what who comes by ssh may look at, as options: /var/log, and where
# the logs are that are watched.
find_roots() {
	roots='--browse /var/log' count=1
	old=$IFS
	IFS='
'
	set -f
	for file in $log_files; do
		dir=${file%/*}
		case $dir in
		*[*?[]*)
			dir=${dir%%[*?[]*}
			dir=${dir%/*}
			;;
		esac
		case $dir/ in
		/var/log/*) continue ;;
		/ | *[!A-Za-z0-9_./@%+:=,-]*)
			say "warning: ${dir:-/}, of $file, is not opened for ssh"
			continue
			;;
		esac
		case "$roots " in
		*" $dir "*) continue ;;
		esac
		[ $((count += 1)) -le 16 ] || die 78 "logs in more than 16 directories are not opened for ssh: give no SSH_PUBLIC_KEY"
		roots="$roots --browse $dir"
	done
	set +f
	IFS=$old
}

# browse: an account that can look at logs and nothing else.  Its password is *, with
# which nobody logs in; ! would keep a key out, too, where sshd does without PAM.
browse() {
	[ -n "$key" ] && [ -z "$DESTDIR" ] || return 0
	has_user "$browser" || add_user "$browser" --create-home --shell /bin/sh --password '*'
	if ! has_group adm; then
		say "warning: there is no group adm: $browser sees what everybody may see"
	elif ! id -nG "$browser" 2>/dev/null | grep -qw adm; then
		act usermod --append --groups adm "$browser"
	fi
	find_roots
	say "opened for ssh, to read: $(printf '%s' "$roots" | sed 's/--browse //g')"
	[ -z "$dry" ] || return 0
	home=$(getent passwd "$browser" | cut -d: -f6)
	act mkdir -p "$home/.ssh"
	act chmod 755 "$home/.ssh"
	keys=$home/.ssh/authorized_keys
	if [ ! -s "$keys" ] || ! grep -qF "$(printf '%s\n' "$key" | cut -d' ' -f1,2)" "$keys"; then
		[ ! -s "$keys" ] || say "$keys has another key, too: take it out if it is not to be used any more"
		{
			cat "$keys" 2>/dev/null
			printf 'restrict,command="%s/rx-serve %s" %s\n' "$bin" "$roots" "$key"
		} >"$keys.new" || die 74 "unable to write $keys"
		act chmod 644 "$keys.new"
		act mv "$keys.new" "$keys"
	fi
}
# aliases: rx.target is started and stopped by the names of its predecessor, too.  A
# target cannot be called by the name of a service, so this is one, with two names.
aliases() {
	[ -n "$alias" ] || return 0
	[ -z "$dry" ] || {
		say "would write $units/resolvix.service, resolvix-daemon.service too"
		return
	}
	mkdir -p "$units/rx.target.d" || die 74 "unable to make $units"
	put "$units/resolvix.service" 644 <<-EOF
		[Unit]
		Description=rx.target, by the name of its predecessor
		Documentation=man:rx-agent(8)
		BindsTo=rx.target
		After=rx.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=true
		[Install]
		WantedBy=multi-user.target
	EOF
	# Only who is part of another is restarted with it.
	put "$units/rx.target.d/resolvix.conf" 644 <<-EOF
		[Unit]
		PartOf=resolvix.service
	EOF
	[ -e "$units/resolvix-daemon.service" ] || act ln -s resolvix.service "$units/resolvix-daemon.service"
}
enable_units() {
	live || {
		say "no systemd here: start it with rx-agent run"
		return 0
	}
	act systemctl daemon-reload
	act systemctl enable --now rx.target ${alias:+resolvix.service}
}

# close_browser: nobody comes any more, who is there goes, and the account with them.
close_browser() {
	home=$(getent passwd "$browser" | cut -d: -f6)
	act rm -f "$home/.ssh/authorized_keys"
	[ -n "$dry" ] || pkill -KILL -u "$browser"
	act userdel --force --remove "$browser"
}

uninstall() {
	aliased=
	! grep -qsx BindsTo=rx.target "$units/resolvix.service" || aliased=1
	if live && systemctl cat rx.target >/dev/null 2>&1; then
		act systemctl disable --now rx.target
		act systemctl stop 'rx-*@*.target' # a pipeline may have been started alone
		[ -z "$aliased" ] || act systemctl disable --now resolvix.service
	fi
	# The predecessor's own is not ours to take off.
	[ -z "$aliased" ] || act rm -f "$units/resolvix-daemon.service" "$units/resolvix.service"
	act rm -f "$units/rx.target.d/resolvix.conf"
	[ ! -d "$units/rx.target.d" ] || act rmdir --ignore-fail-on-non-empty "$units/rx.target.d"
	[ -n "$DESTDIR" ] || ! has_user "$browser" || close_browser
	act make -s -C "$top" uninstall DESTDIR="$DESTDIR" PREFIX="$PREFIX"
	! live || act systemctl daemon-reload
	if [ -z "$purge" ]; then
		say "kept: $etc and $state; --purge removes them"
		return
	fi
	act rm -rf "$etc" "$state"
	[ -n "$DESTDIR" ] || ! has_user rx || act userdel rx
}

dry='' purge='' removing='' alias='' amqp_url=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		help
		exit 0
		;;
	--dry-run) dry=1 ;;
	--purge) purge=1 ;;
	--uninstall) removing=1 ;;
	--alias) alias=1 ;;
	--amqp-file)
		[ $# -gt 1 ] || wrong "--amqp-file needs a file"
		IFS= read -r amqp_url <"$2" || [ -n "$amqp_url" ] || die 78 "no URL in $2"
		shift
		;;
	--) shift && break ;;
	-?*) wrong "no option $1" ;;
	*) break ;;
	esac
	shift
done
case $DESTDIR$PREFIX in
*[!A-Za-z0-9_./@%+:=,~-]*) die 78 "DESTDIR or PREFIX has a character that make does not take" ;;
esac
[ -n "$DESTDIR" ] || [ -n "$dry" ] || [ "$(id -u)" -eq 0 ] || die 77 "only root can install"
if [ -n "$removing" ]; then
	[ $# -eq 0 ] || wrong "--uninstall takes no arguments"
	uninstall
	exit 0
fi
[ -z "$purge" ] || wrong "--purge goes with --uninstall"
[ $# -eq 5 ] || wrong "five arguments are needed"

live && case $PREFIX in
/usr | /usr/local) ;;
*) die 78 "systemd looks for rx-agent in /usr/bin and /usr/local/bin only: PREFIX is /usr or /usr/local" ;;
esac
log_files='' token='' group='' telemetry_s=60 heartbeat_s=30
check_logs "$1"
check_url API_URL "$2"
check_url SYSTEM_INFO_URL "$3"
read_token "$4"
check_key "$5"
api_url=$2 info_url=$3 key=$5
[ -n "$amqp_url" ] || amqp_url=file:/var/lib/rx/stats/delivered.ndjson

pipelines=$top/agent/pipelines
# shellcheck source=agent/lib/host.sh
. "$top/agent/lib/host.sh"
install_tools
make_user
make_directories
configure
submit
browse
aliases
enable_units
say "done${dry:+, or would be}: rx-agent status tells what the queues hold"
