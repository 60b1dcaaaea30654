# SPDX-License-Identifier: MIT
# For the tests of rx-alert: samples with made-up times.

# cpu STEP VALUE...: one record each STEP seconds from 10:00:00, in the nested
# form; a value "-" is a record without it, VALUExN stands for N of them.
cpu() {
	local step=$1 v list=()
	shift
	for v; do
		case $v in
		*x*) while IFS= read -r _; do list+=("${v%x*}"); done \
			< <(seq "${v#*x}") ;;
		*) list+=("$v") ;;
		esac
	done
	jq -nc --argjson step "$step" '$ARGS.positional | to_entries[] |
	    {timestamp: (1767607200 + .key * $step | todate),
	     node_id: "web-1", hostname: "web-server-01",
	     system_ip: "10.0.0.5",
	     metrics: ({cpu: (if .value == "-" then {} else
	       {cpu_usage_percent: (.value | tonumber)} end)} +
	       {uptime_seconds: (1000 + .key * $step)})}' \
		--args -- "${list[@]}"
}

# rule JSON: a rules file with one rule, "r", over /v; JSON is merged in.
rule() {
	local more=${1:-}
	jq -n '{rules: [{name: "r", metric: "V", value: "/v",
	    operator: ">=", threshold: 10, duration: 30, cooldown: 300,
	    priority: "high"} + ($ARGS.positional[0] // {})]}' \
		--jsonargs -- "${more:-null}" >rules.json
}

# v AT=VALUE...: records of /v at these seconds, without uptime.
v() {
	jq -nc '$ARGS.positional[] | split("=") |
	    {timestamp: (1767607200 + (.[0] | tonumber) | todate),
	     node_id: "n", v: (.[1] | fromjson)}' --args -- "$@"
}

# events FILE: what came out, as "status seconds" a line.
events() {
	jq -r '"\(.status) \((.timestamp | fromdate) - 1767607200)"' "$1"
}
