# SPDX-License-Identifier: MIT
# A real RabbitMQ node to throw away, on free loopback ports, for one test file.
#
#   setup_file()    { load rabbit; rabbit_start; }
#   setup()         { load helper; load rabbit; }
#   teardown_file() { load rabbit; rabbit_stop; }
#
# rabbit_start        makes a node in a new directory and waits until it answers;
#                     skips the file where RabbitMQ is absent.  Exports RABBIT_DIR,
#                     RABBIT_PORT.
# rabbit_make         the same, but for the start.
# rabbit_stop         ends it and the name server it was given, by pid.
# rabbit_up           starts the stopped or killed node again, same data.
# rabbit_down         stops the node in good order; rabbit_kill: by SIGKILL.
# rabbit_pid          the pid of the node.
# rabbit_url [QUEUE]  amqp://guest:guest@127.0.0.1:PORT/QUEUE
# rabbit_eval ERLANG  evaluates in the node; takes milliseconds.
# rabbitmqctl ARG ... the real one; takes a second or two.
# rabbit_depth QUEUE  how many messages the queue holds ready.
# rabbit_queue NAME [KEY=VALUE ...]   declares a durable queue with arguments.
# rabbit_drop QUEUE   deletes it.
# rabbit_get QUEUE    takes everything out of it: a line of JSON a message with
#                     body, id, type, mode, app, time and redelivered.
#
# Nothing is shared with a node of the host: own ports, own name server, own
# cookie, own directories.

# setup_file has no helper that would put it first.
rabbit_python() { /usr/bin/python3 "$@"; } # where the distribution puts pika

rabbit_ports() {
	rabbit_python - "$1" <<-'PY'
		import socket, sys
		held = [socket.socket() for _ in range(int(sys.argv[1]))]
		for s in held:
		    s.bind(("127.0.0.1", 0))
		print(*(s.getsockname()[1] for s in held))
	PY
}

rabbit_scripts() {
	set -- /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin
	[ -x "$1/rabbitmq-server" ] && printf '%s\n' "$1"
}

rabbit_start() {
	rabbit_make
	rabbit_up
}

rabbit_make() {
	rabbit_scripts >/dev/null || skip "not installed: rabbitmq-server"
	command -v erl_call >/dev/null || skip "not installed: erl_call"
	rabbit_python -c 'import pika' 2>/dev/null || skip "not installed: pika"

	RABBIT_DIR=$(mktemp -d "${BATS_FILE_TMPDIR:-${TMPDIR:-/tmp}}/rabbit.XXXXXX")
	read -r RABBIT_PORT RABBIT_DIST RABBIT_EPMD < <(rabbit_ports 3)
	export RABBIT_DIR RABBIT_PORT RABBIT_DIST RABBIT_EPMD
	printf 'rx%s%s' "$RANDOM" "$RANDOM" >"$RABBIT_DIR/.erlang.cookie"
	chmod 600 "$RABBIT_DIR/.erlang.cookie"
	printf '[].\n' >"$RABBIT_DIR/plugins"
	cat >"$RABBIT_DIR/rabbitmq.conf" <<-CONF
		listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT
		disk_free_limit.absolute = 1MB
		loopback_users.guest = true
	CONF
	[ -z "${RABBIT_CONF:-}" ] || printf '%s\n' "$RABBIT_CONF" \
		>>"$RABBIT_DIR/rabbitmq.conf"
	# In the foreground and ours alone, so that nothing stays behind.
	ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$RABBIT_EPMD" \
		>/dev/null 2>&1 </dev/null 3>&- &
	export RABBIT_EPMD_PID=$!
}

# The environment that keeps a node, and who talks to it, to themselves: for a
# subshell that goes on with exec, so that its pid is that of the program.
rabbit_alone() {
	export HOME=$RABBIT_DIR
	export ERL_EPMD_PORT=$RABBIT_EPMD ERL_EPMD_ADDRESS=127.0.0.1
	export RABBITMQ_NODENAME=rx@localhost RABBITMQ_CONF_ENV_FILE=/dev/null
	export RABBITMQ_CONFIG_FILE=$RABBIT_DIR/rabbitmq.conf
	export RABBITMQ_ADVANCED_CONFIG_FILE=$RABBIT_DIR/none
	export RABBITMQ_ENABLED_PLUGINS_FILE=$RABBIT_DIR/plugins
	export RABBITMQ_MNESIA_BASE=$RABBIT_DIR/db
	export RABBITMQ_LOG_BASE=$RABBIT_DIR/log RABBITMQ_LOGS=rx.log
	export RABBITMQ_FEATURE_FLAGS_FILE=$RABBIT_DIR/flags
	export RABBITMQ_DIST_PORT=$RABBIT_DIST
	export ERL_CRASH_DUMP=$RABBIT_DIR/erl_crash.dump
	RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none"
	RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS+=" +sbwtdio none -kernel"
	RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS+=" inet_dist_use_interface {127,0,0,1}"
	export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS
	# The start script then execs the node instead of waiting for it.
	export RUNNING_UNDER_SYSTEMD=1
}

rabbit_up() {
	mkdir -p "$RABBIT_DIR/log"
	# A broker that is started in a test must not keep the test's pipes open.
	(
		rabbit_alone
		exec "$(rabbit_scripts)/rabbitmq-server"
	) >"$RABBIT_DIR/out" 2>&1 </dev/null 3>&- 4>&- 5>&- 6>&- &
	# In a file: who starts it again in one test does so for the next as well.
	echo $! >"$RABBIT_DIR/pid"
	disown $! # its end is no news to the shell
	rabbit_wait 1200 rabbit_started && ! rabbit_gone || {
		cat "$RABBIT_DIR/out" "$RABBIT_DIR"/log/*.log >&2
		return 1
	}
}

# rabbit_wait TRIES CMD: CMD every 50 ms until it is true.
rabbit_wait() {
	local tries=$1
	shift
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

rabbit_answers() {
	# The listener opens last: who greets in AMQP is ready.  Asked by the
	# shell itself, for a program each time would slow down the start.
	local fd answer
	{ exec {fd}<>"/dev/tcp/127.0.0.1/$RABBIT_PORT"; } 2>/dev/null || return
	printf 'AMQP\0\0\x09\x01' >&"$fd"
	IFS= read -rN1 -t2 -u"$fd" answer
	exec {fd}>&-
	[ "$answer" = $'\x01' ]
}

# Or it has ended: somebody took one of its ports in the meantime.
rabbit_started() { rabbit_answers || rabbit_gone; }

rabbit_pid() { cat "$RABBIT_DIR/pid" 2>/dev/null; }
rabbit_gone() { ! kill -0 "$(rabbit_pid)" 2>/dev/null; }

rabbit_down() {
	kill -TERM "$(rabbit_pid)" 2>/dev/null || :
	rabbit_wait 600 rabbit_gone
}

rabbit_kill() {
	kill -KILL "$(rabbit_pid)" 2>/dev/null || :
	rabbit_wait 600 rabbit_gone
}

rabbit_stop() {
	[ -n "${RABBIT_DIR:-}" ] || return 0
	rabbit_kill
	kill "$RABBIT_EPMD_PID" 2>/dev/null || :
	rm -rf "$RABBIT_DIR"
}

rabbit_url() {
	printf 'amqp://guest:guest@127.0.0.1:%s/%s\n' "$RABBIT_PORT" "${1:-}"
}

rabbitmqctl() (
	rabbit_alone
	exec "$(rabbit_scripts)/rabbitmqctl" -q "$@"
)

rabbit_eval() {
	printf '%s\n' "$1" | (
		rabbit_alone
		exec erl_call -sname rx@localhost -e \
			-c "$(cat "$RABBIT_DIR/.erlang.cookie")" 2>&1
	)
}

rabbit_pika() { # CODE ARG ...: python with channel c, queue names in args
	local code=$1
	shift
	rabbit_python - "$RABBIT_PORT" "$@" <<-PY
		import json, sys, pika
		port, args = int(sys.argv[1]), sys.argv[2:]
		k = pika.BlockingConnection(pika.ConnectionParameters(
		    "127.0.0.1", port, heartbeat=0))
		c = k.channel()
		$code
		k.close()
	PY
}

rabbit_depth() {
	rabbit_pika 'print(c.queue_declare(args[0], passive=True).method.message_count)' "$1"
}

rabbit_queue() {
	rabbit_pika 'c.queue_declare(args[0], durable=True, arguments={k: int(v) if v.isdigit() else v for k, v in (a.split("=") for a in args[1:])})' "$@"
}

rabbit_drop() {
	rabbit_pika 'c.queue_delete(args[0])' "$1"
}

rabbit_get() {
	rabbit_python - "$RABBIT_PORT" "$1" <<-'PY'
		import json, sys, pika
		k = pika.BlockingConnection(pika.ConnectionParameters(
		    "127.0.0.1", int(sys.argv[1]), heartbeat=0))
		c = k.channel()
		left = c.queue_declare(sys.argv[2], passive=True).method.message_count
		c.basic_qos(prefetch_count=1000)
		# Ends by time only if somebody else takes messages meanwhile.
		for m, p, body in left and c.consume(sys.argv[2],
		                                     inactivity_timeout=5) or ():
		    if m is None:
		        break
		    print(json.dumps({"body": body.decode(), "id": p.message_id,
		        "type": p.content_type, "mode": p.delivery_mode,
		        "app": p.app_id, "time": p.timestamp,
		        "redelivered": m.redelivered}))
		    left -= 1
		    if left % 500 == 0:
		        c.basic_ack(m.delivery_tag, multiple=True)
		    if left == 0:
		        break
		k.close()
	PY
}
