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
	--alias           rx.target is called resolvix and resolvix-daemon, too
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
		case $file in
		/*) ;;
		*) die 78 "LOG_FILE $file does not begin with /" ;;
		esac
		[ -z "$DESTDIR" ] || [ -e "$DESTDIR$file" ] || [ -e "$file" ] ||
			say "warning: $file is not there yet"
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
	'') ;;
	ssh-*' '* | ecdsa-*' '* | sk-*' '*)
		case $1 in
		*[\"\\]* | *'
'*) die 78 "SSH_PUBLIC_KEY is more than a key" ;;
		esac
		;;
	*) die 78 "SSH_PUBLIC_KEY is no public key" ;;
	esac
}

install_tools() {
	[ ! -x "$bin/rx-agent" ] || return 0
	[ -n "$DESTDIR" ] || act make -s -C "$top" deps
	act make -s -C "$top" all install DESTDIR="$DESTDIR" PREFIX="$PREFIX"
}
make_user() {
	[ -z "$DESTDIR" ] || return 0
	has_user rx || act useradd --system --home-dir /var/lib/rx --shell /usr/sbin/nologin rx
}
make_directories() {
	act mkdir -p "$etc" "$state/stats"
	act chmod 750 "$etc"
	act chmod 700 "$state" "$state/stats"
	[ -z "$DESTDIR" ] || return 0
	act chgrp rx "$etc"
	act chown rx:rx "$state" "$state/stats"
}
configure() {
	if [ -n "$dry" ]; then
		say "would write the pipelines error, telemetry, heartbeat and alert to $etc"
		return
	fi
	host_files "$etc"
	printf '%s\n' "$info_url" | put "$etc/profile.url" 600
	bearer "$token" | put "$etc/profile.token" 600
	[ -n "$DESTDIR" ] || chgrp rx "$etc"/*.json || die 77 "unable to share $etc"
}

# submit: the profile, once; a backend that is away does not hold this up.
submit() {
	[ -z "$DESTDIR" ] || return 0
	[ ! -e "$state/profile.sent" ] || return 0
	[ -z "$dry" ] || {
		say "would send the profile of this host"
		return
	}
	if RX_STATE_DIR=$state "$bin/rx-metrics" --info --save="$state/system_info.json" |
		"$bin/rx-ship" --once --preset system-info --url-file "$etc/profile.url" \
			--token-file "$etc/profile.token"; then
		: >"$state/profile.sent"
	else
		say "warning: the profile was not taken; run this again to send it"
	fi
}

# browse: an account that can look at logs and nothing else.
browse() {
	[ -n "$key" ] && [ -z "$DESTDIR" ] || return 0
	if ! "$bin/rx-serve" --help=all | grep -q -e --browse; then
		say "warning: this rx-serve has no --browse: no account for ssh is made"
		return
	fi
	has_user "$browser" || act useradd --system --create-home --groups adm --shell /bin/sh "$browser"
	home=$(getent passwd "$browser" | cut -d: -f6)
	[ -z "$dry" ] || return 0
	act mkdir -p "$home/.ssh"
	act chmod 755 "$home/.ssh"
	printf 'restrict,command="%s/rx-serve --browse /var/log" %s\n' "$bin" "$key" |
		put "$home/.ssh/authorized_keys" 644
}
enable_units() {
	live || {
		say "no systemd here: start it with rx-agent run"
		return 0
	}
	if [ -n "$alias" ]; then
		for name in resolvix resolvix-daemon; do
			act ln -sf "$PREFIX/lib/systemd/system/rx.target" "$units/$name.target"
		done
	fi
	act systemctl daemon-reload
	act systemctl enable --now rx.target
}

uninstall() {
	if live && systemctl cat rx.target >/dev/null 2>&1; then
		act systemctl disable --now rx.target
	fi
	for name in resolvix resolvix-daemon; do
		[ ! -L "$units/$name.target" ] || act rm "$units/$name.target"
	done
	[ -n "$DESTDIR" ] || ! has_user "$browser" || act userdel --remove "$browser"
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
[ -n "$DESTDIR" ] || [ -n "$dry" ] || [ "$(id -u)" -eq 0 ] || die 77 "only root can install"
if [ -n "$removing" ]; then
	[ $# -eq 0 ] || wrong "--uninstall takes no arguments"
	uninstall
	exit 0
fi
[ -z "$purge" ] || wrong "--purge goes with --uninstall"
[ $# -eq 5 ] || wrong "five arguments are needed"

log_files='' token='' telemetry_s=60 heartbeat_s=30
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
enable_units
say "done${dry:+, or would be}: rx-agent status tells what the queues hold"
