# SPDX-License-Identifier: MIT
# arguments -- rx-agent run with the arguments of rx's predecessor: they
# describe a host, whose pipelines are written below the state directory, anew at
# each start.
#
# Needs host, run, settings; pipelines
# shellcheck shell=sh
# shellcheck disable=SC2034 # for the others
# shellcheck disable=SC2154 # from them

number() {
	case $1 in
	'' | *[!0-9]* | ??????*) die 64 "$1 is no port" ;;
	esac
}

# arguments WORD...: --NAME VALUE or --NAME=VALUE.
arguments() {
	log_files='' api_url='' token=${RX_TOKEN:-} amqp_url=${RX_URL:-}
	telemetry_s=60 heartbeat_s=30
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) option=${1%%=*} value=${1#*=} ;;
		*)
			[ $# -gt 1 ] || die 64 "$1 needs an argument"
			option=$1 value=$2
			shift
			;;
		esac
		shift
		case $option in
		--log-file)
			log_files="$log_files${log_files:+
}$value"
			;;
		--api-url) api_url=$value ;;
		--control-port) port=$value ;;
		--ws-port) ws_port=$value ;;
		--telemetry-ws-port) telemetry_ws_port=$value ;;
		--node-id) export RX_NODE_ID="$value" ;;
		--telemetry-interval) telemetry_s=$value ;;
		--heartbeat-interval) heartbeat_s=$value ;;
		*) die 64 "no option $option" ;;
		esac
	done
	[ -n "$log_files" ] || die 64 "--log-file is needed"
	[ -n "$api_url" ] || die 64 "--api-url is needed"
	[ "$port" = off ] || number "$port"
	for value in "${ws_port:=8755}" "${telemetry_ws_port:=8756}"; do
		number "$value"
	done
	seconds --telemetry-interval "$telemetry_s" 1 3600
	seconds --heartbeat-interval "$heartbeat_s" 1 3600
	mkdir -p "$stats" || die 77 "unable to make $stats"
	one_only # what follows is not for one that works already
	etc=$state/pipelines
	rm -rf "$etc"
	mkdir -p "$etc" || die 77 "unable to make $etc"
	[ -n "$amqp_url" ] || amqp_url=file:$state/delivered.ndjson
	host_files "$etc"
	unset RX_LOGS RX_URL
	export RX_PIPELINES="$etc" RX_DASHBOARD="$port" \
		RX_WS_PORTS="$ws_port $telemetry_ws_port"
}
