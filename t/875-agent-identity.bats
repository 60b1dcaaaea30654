# SPDX-License-Identifier: MIT
# rx-agent: who this host is, when its address changes and when it was cloned

setup() {
	load helper
	export RX_BIN RX_STATE="$PWD/state" RX_LOGS="$PWD/*.log"
	unset RX_NODE_ID RX_STATE_DIR
	mkdir state
	echo 'an error' >a.log
}
agent() { "$RX_TOP/agent/rx-agent" "$@"; }
# on MACHINE COMMAND...: there, which is a machine id that is mounted.
on() {
	echo "$1" >machine-id
	shift
	unshare --mount --propagation private sh -c '
		mount --bind machine-id /etc/machine-id && exec "$@"' - "$@" 3>&-
}
a=0123456789abcdef0123456789abcdef b=00000000000000000000000000000001
# life MACHINE: rx-agent run there until it watches; what it says is in err.
life() {
	rm -f err # nobody shall read that of the life before
	on "$1" "$RX_TOP/agent/rx-agent" run >err 2>&1 &
	soon grep -q 'rx-tail: loop started' err
	agent stop 2>/dev/null || { kill $!; return 1; }
	wait $!
}

@test "identity: the node id stays when the address changes" {
	can_unshare --net --mount
	unset RX_LOGS
	RX_STATE_DIR="$PWD/state" unshare --net sh -c '
		ip link set lo up
		ip link add a0 type veth peer name b0 || exit 77
		ip link set a0 up && ip link set b0 up
		for n in 50 51; do
			ip addr flush dev a0
			ip addr add 192.0.2.$n/24 dev a0
			ip route replace default via 192.0.2.1
			rx-tail --once a.log
			rx-metrics --once --only mem
		done' >out || skip "no veth interface here"
	jq -se 'map(.node_id) | unique | length == 1' out
	jq -e 'select(.log_line).system_ip' out | paste -sd' ' | grep -qx '"192.0.2.50" "192.0.2.51"'
	[ "$(jq -r .node_id out | sort -u)" != "$(cat /etc/machine-id)" ]
}

@test "identity: a derived id is another on another machine, without a word of the user" {
	can_unshare --mount
	[ "$(id -u)" -eq 0 ] || skip "only root can mount"
	life $a
	! grep -q 'another machine' err || false
	read -r first <state/machine
	[ "$first" != $a ] # the value itself is nobody's business
	life $b
	grep -q "this state was another machine's" err
	life $b
	! grep -q 'another machine' err || false
}

@test "identity: a clone that has the other's id is told, and can be given its own" {
	can_unshare --mount
	[ "$(id -u)" -eq 0 ] || skip "only root can mount"
	echo twin >state/node_id
	life $a
	! grep -q 'another machine' err || false
	[ -e state/error.db ]
	life $b
	grep -q 'warning: the node id twin was another machine.*rx-agent rekey' err
	run -1 on $b "$RX_TOP/agent/rx-agent" doctor
	[[ $output == *"BAD  the node id is this machine's"* ]]
	# It was not cloned after all, or only its machine id is new.
	cp -r state other
	RX_STATE=$PWD/other run -0 on $b "$RX_TOP/agent/rx-agent" rekey --keep
	[ "$(cat other/node_id)" = twin ]
	cmp <(on $b env RX_STATE="$PWD/other" "$RX_TOP/agent/rx-agent" doctor | grep 'node id') <(echo "ok   the node id is this machine's")

	run -0 on $b "$RX_TOP/agent/rx-agent" rekey
	[[ $output == *"the node id is "*"; queues and positions of the other are in $PWD/state/before-"* ]]
	[[ "$(cat state/node_id)" =~ ^[0-9a-f]{8}-[0-9a-f-]{27}$ ]]
	[ ! -e state/error.db ]
	[ "$(find state -path "*/before-*/error.db" | wc -l)" = 1 ]
	life $b
	! grep -q 'another machine' err || false
	[ -e state/error.db ]
}

@test "identity: rekey does nothing to what works, or what the environment says" {
	agent run >err 2>&1 3>&- &
	soon grep -q 'rx-tail: loop started' err
	run -75 agent rekey
	[[ $output == *"it works: stop it first"* ]]
	agent stop
	wait $!
	RX_NODE_ID=given run -78 agent rekey
	[ ! -e state/node_id ]
	run -64 agent rekey --all
}
