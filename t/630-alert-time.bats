# SPDX-License-Identifier: MIT
# rx-alert: time is that of the records     (not tested: a real suspended host)
setup() { load helper; load alert; rule; }

fired() { rx-alert --replay -f rules.json >out && events out | tr '\n' ,; }

# up UPTIME=SECONDS=VALUE...: records whose clock and uptime differ.
up() {
	jq -nc '$ARGS.positional[] | split("=") |
	    {timestamp: (1767607200 + (.[1] | tonumber) | todate),
	     node_id: "n", uptime_seconds: (.[0] | tonumber),
	     v: (.[2] | tonumber)}' --args -- "$@"
}

@test "time: a clock that is set, either way, fires nothing early and silences nothing" {
	[ "$(up 100=0=10 110=86400=10 120=86410=10 129=86419=10 | fired)" = '' ]
	[ "$(up 100=0=10 110=86400=10 120=-500=10 130=-490=10 | fired)" = 'open -490,' ]
}

@test "time: a cooldown does not end because the clock was set" {
	rule '{"duration": 0}'
	[ "$(up 100=0=10 110=10=0 120=90000=10 | fired)" = 'open 0,resolved 10,' ]
}

@test "time: without uptime a step back restarts the duration, and one straggler does not" {
	[ "$(v 0=10 10=10 20=10 5=10 30=10 | fired)" = 'open 30,' ]
	[ "$(v 0=10 10=10 20=10 -100=10 -90=10 -80=10 -70=10 | fired)" = '' ]
	[ "$(v 0=10 10=10 20=10 -100=10 -90=10 -80=10 -70=10 -60=10 | fired)" = \
		'open -60,' ]
}

@test "time: up to three intervals may be missed, more restarts the duration" {
	[ "$(v 0=10 10=10 40=10 | fired)" = 'open 40,' ]
	[ "$(v 0=10 10=10 41=10 70=10 | fired)" = '' ]
	[ "$(v 0=10 10=10 41=10 71=10 | fired)" = 'open 71,' ]
}

@test "time: a value that is missing for longer restarts its own duration" {
	[ "$(v 0=10 10=10 20=null 30=null 40=null 50=10 60=10 70=10 | fired)" = '' ]
	[ "$(v 0=10 10=10 20=null 30=10 | fired)" = 'open 30,' ]
}

@test "time: a host started again restarts durations, and keeps its cooldowns" {
	[ "$(up 100=0=10 110=10=10 120=20=10 5=40=10 15=50=10 25=60=10 | fired)" = '' ]
	rule '{"duration": 0}'
	[ "$(up 100=0=10 110=10=0 5=100=10 15=299=0 25=309=10 | fired)" = \
		'open 0,resolved 10,' ]
	[ "$(up 100=0=10 110=10=0 5=300=10 | fired)" = 'open 0,resolved 10,open 300,' ]
}

@test "time: equal timestamps are one moment" {
	[ "$(v 0=10 0=10 0=10 0=10 30=10 | fired)" = 'open 30,' ]
}

@test "time: a century between two records is one gap, and no number runs over" {
	[ "$(v 0=10 10=10 3470000000=10 3470000010=10 3470000020=10 3470000030=10 | fired)" = \
		'open 3470000030,' ]
}
