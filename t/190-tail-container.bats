# SPDX-License-Identifier: MIT
# rx-tail --docker and --cri: what a container runtime writes, as the program
# wrote it (not tested: a Docker that is running)

setup() {
	load helper
	load tail
}

ID=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# container ID NAME: a container's directory as Docker makes it
container() {
	mkdir -p "d/containers/$1"
	config "$1" "$2"
	: >"d/containers/$1/$1-json.log"
}

config() {
	jq -n --arg id "$1" --arg name "/$2" '{ID: $id, Name: $name, Config: {Image: "nginx:1.27",
		Labels: {"com.docker.compose.project": "shop", "com.docker.compose.service": "web", "a\"b": "c\nd"}}}' \
		>config.new
	mv config.new "d/containers/$1/config.v2.json"
}

# says ID TEXT [STREAM]: the container writes a piece
says() {
	jq -cn --arg log "$2" --arg s "${3:-stdout}" '{log: $log, stream: $s, time: "2026-01-05T10:00:00.123456789Z"}' \
		>>"d/containers/$1/$1-json.log"
}

@test "container: published cases of Docker and CRI, every one" {
	need python3
	need_shared data/container
	run -0 python3 "$RX_TOP/t/container-cases.py" "$RX_SHARED/data/container/cases.ndjson"
	echo "$output"
}

@test "container: a chain that Docker wrote is read whole, the long line that a rotation cut too" {
	need_shared data/container
	mkdir -p d/containers/app
	cp "$RX_SHARED"/data/container/docker-rotated/* d/containers/app
	gunzip d/containers/app/*.gz
	for marks in '' --marks; do
		rx-tail --once $marks --docker=d >out
		jq -c 'select(._rx.k | not) | [.stream, .log_line]' out >got
		[ "$(wc -l <got)" = 724 ]
		[ "$(grep -cF '"stdout"' got)" = 604 ]
		grep '^."stdout","[0-9]* out: request handled"' got | grep -o '[0-9]*' | cmp - <(seq 600)
		grep '^."stderr","[0-9]* err: ERROR failed to open file"' got | grep -o '[0-9]*' | cmp - <(seq 5 5 600)
		[ "$(jq -r 'select(.[1] | startswith("xx")) | .[1] | length' got)" = 20000 ]
		[ "$(jq -r '.[1]' got | grep -c 'last words without newline')" = 1 ]
	done
	[ ! -s stderr ]
}

@test "container: what conmon wrote" {
	need_shared data/container
	rx-tail --once --cri "$RX_SHARED/data/container/cri-conmon/app.log" >out
	jq -r 'select(.stream == "stdout") | .log_line' out | grep -c '^[0-9]* out: request handled$' | grep -x 60
	jq -r 'select(.stream == "stderr") | .log_line' out | grep -c '^[0-9]* err: ERROR failed to open file$' | grep -x 12
	[ "$(jq -r '.log_line' out | tail -n1)" = 'last words without newline' ]
	[ "$(jq -r '.log_line | select(startswith("xxx")) | length' out)" = 20000 ]
}

@test "container: a record says whose it is" {
	container $ID web
	says $ID $'hello\n'
	says $ID $'oh\n' stderr
	rx-tail --once --docker=d >out
	[ "$(jq -c '[.timestamp,.label,.application,.log_line,.stream]' out | paste -sd' ')" = '["2026-01-05T10:00:00.123456789Z","web","web","hello","stdout"] ["2026-01-05T10:00:00.123456789Z","web","web","oh","stderr"]' ]
	[ "$(head -n1 out | jq -c '[.container_id,.container_name,.container_image,.compose_project,.compose_service]')" = "[\"$ID\",\"web\",\"nginx:1.27\",\"shop\",\"web\"]" ]
	[ "$(head -n1 out | jq -c '.container_labels["a\"b"]')" = '"c\nd"' ]
	# the directory containers does as well, and labels go by the name
	[ "$(rx-tail --once --docker=d/containers --label 'we*=front' | jq -r .label | sort -u)" = front ]
}

@test "container: one whose config cannot be read keeps its id" {
	container $ID web
	says $ID $'hello\n'
	for broken in '' '[' '{"Name":7,"Config":[]}' '{"Name":"","Config":{"Labels":null}}'; do
		printf '%s' "$broken" >"d/containers/$ID/config.v2.json"
		rx-tail --once --docker=d >out 2>err
		[ "$(jq -r '.label + " " + .container_id + " " + .log_line' out)" = "0123456789ab $ID hello" ]
	done
	rm "d/containers/$ID/config.v2.json"
	[ "$(rx-tail --once --docker=d | jq -r .label)" = 0123456789ab ]
	[ ! -s err ]
}

@test "container: they come, are renamed and go" {
	mkdir -p d/containers
	follow --docker=d --rotate-wait 100ms
	settled
	container aaa first
	says aaa $'one\n'
	soon out_n 1
	container bbb second
	says bbb $'two\n'
	soon out_n 2
	config aaa renamed
	renamed() {
		says aaa $'again\n'
		grep -q '"container_name":"renamed"' out
	}
	soon renamed
	rm -r d/containers/aaa
	soon holds 1
	rm -r d/containers/bbb
	soon holds 0
	[[ $(tail -n1 err) == *"status: 0 files followed"* ]]
	stop
	# The new name was seen at the first "again", or a second later.
	[ "$(jq -r '.label + " " + .log_line' out | sort -u | grep -vx 'first again' | paste -sd,)" = 'first one,renamed again,second two' ]
}

@test "container: pods by the path of their logs" {
	uid=3f1c9a70-aaaa-bbbb-cccc-0123456789ab
	mkdir -p "pods/kube_web-1_$uid/nginx" containers
	echo '2026-01-05T10:00:00.5+00:00 stderr F oh' >"pods/kube_web-1_$uid/nginx/3.log"
	rx-tail --once --cri 'pods/*/*/*.log' >out
	[ "$(jq -c '[.timestamp,.label,.stream,.log_line,.pod_namespace,.pod_name,.pod_uid,.container_name,.container_restarts]' out)" = "[\"2026-01-05T10:00:00.5Z\",\"nginx\",\"stderr\",\"oh\",\"kube\",\"web-1\",\"$uid\",\"nginx\",3]" ]
	ln -s "../pods/kube_web-1_$uid/nginx/3.log" "containers/web-1_kube_nginx-$ID.log"
	rx-tail --once --cri 'containers/*.log' >out
	[ "$(jq -c '[.label,.pod_namespace,.pod_name,.container_name,.container_id]' out)" = "[\"nginx\",\"kube\",\"web-1\",\"nginx\",\"$ID\"]" ]
	echo '2026-01-05T10:00:00Z stdout F x' >odd.log
	[ "$(rx-tail --once --cri odd.log | jq -c '[.label,.log_line,has("pod_name")]')" = '["odd.log","x",false]' ]
}

@test "container: the rest of a line that stops half way comes after five seconds, once" {
	container aaa web
	follow --from start --docker=d
	settled
	says aaa 'no newline'
	says aaa $'other\n' stderr
	soon out_n 1
	[ "$(lines out)" = other ]
	soon out_n 2
	says aaa $'next\n'
	soon out_n 3
	stop
	[ "$(lines out | paste -sd,)" = 'other,no newline,next' ]
}

@test "container: what one stream left open ends when the other is seconds further" {
	container aaa web
	says aaa 'last words'
	echo '{"log":"later\n","stream":"stderr","time":"2026-01-05T10:00:06Z"}' >>d/containers/aaa/aaa-json.log
	says aaa $' goes on\n'
	rx-tail --once --marks --docker=d >out
	[ "$(lines out | paste -sd,)" = 'last words,later, goes on' ]
	[ "$(jq -c 'select(._rx.o != null) | ._rx | [.o,.e]' out | paste -sd' ')" = "$(awk 'BEGIN { at = 0 } { n = at + length + 1; print "[" at "," n "]"; at = n }' d/containers/aaa/aaa-json.log | paste -sd' ')" ]
}

@test "container: a record that others overtook has a larger end than they" {
	container aaa web
	says aaa 'last words'
	says aaa $'over\n' stderr
	echo '{"log":"later\n","stream":"stderr","time":"2026-01-05T10:00:06Z"}' >>d/containers/aaa/aaa-json.log
	rx-tail --once --marks --docker=d >out
	[ "$(lines out | paste -sd,)" = 'over,last words,later' ]
	mapfile -t ends < <(awk '{ print at += length + 1 }' d/containers/aaa/aaa-json.log)
	[ "$(jq -c 'select(._rx.o != null) | ._rx | [.o,.e]' out | paste -sd' ')" = "[${ends[0]},${ends[1]}] [0,$((ends[1] + 1))] [${ends[1]},${ends[2]}]" ]
}

@test "container: marks stay behind a record that is not complete" {
	container aaa web
	says aaa 'begun '
	says aaa $'whole\n' stderr
	follow --marks --from start --docker=d
	soon out_n 1
	soon grep -q '"q":2' out
	[ "$(tail -n1 out | jq -c '[._rx.pos[].o]')" = '[0]' ]
	says aaa $'done\n'
	soon out_n 2
	stop
	mapfile -t ends < <(awk '{ print at += length + 1 }' d/containers/aaa/aaa-json.log)
	[ "$(jq -c 'select(._rx.o != null) | [.log_line,._rx.o,._rx.e]' out | paste -sd' ')" = "[\"whole\",${ends[0]},${ends[1]}] [\"begun done\",0,${ends[2]}]" ]
	[ "$(tail -n1 out | jq -c '[._rx.pos[].o]')" = "[${ends[2]}]" ]
}

@test "container: a line that never ends is cut where its bytes say, after a restart too" {
	need python3
	container aaa web
	python3 - >>d/containers/aaa/aaa-json.log <<-'E'
		import json
		time = "2026-01-05T10:00:00Z"
		def say(log, stream="stdout"):
		    print(json.dumps({"log": log, "stream": stream, "time": time}))
		for i in range(80):
		    say(chr(97 + i % 26) * 16384)
		say("end\n")
		say("after\n")
	E
	rx-tail --once --marks --docker=d >out
	jq -c 'select(._rx.o != null) | [._rx.o,._rx.e,._rx.f,._rx.fl]' out >once
	[ "$(cut -d, -f3- once | paste -sd' ')" = '0,null] 1,null] 2,true] null,null]' ]
	[ "$(lines out | head -n3 | tr -d '\n' | wc -c)" = $((80 * 16384 + 3)) ]
	cp d/containers/aaa/aaa-json.log whole
	head -n 50 whole >d/containers/aaa/aaa-json.log
	follow --marks --from start --docker=d
	soon out_n 2
	soon grep -q '"fr":1' out
	kill -9 "$tail"
	wait "$tail" || :
	jq -c 'select(._rx.k == "mark") | ._rx.pos[]' out | tail -n1 >pos
	printf '{"_rx":{"k":"claim","v":1,"sp":"s","ln":"main","ep":2,"tk":"t","new":false,"pos":[%s]}}\n' "$(cat pos)" >claim
	tail -n +51 whole >>d/containers/aaa/aaa-json.log
	rx-tail --once --resume claim --docker=d | jq -c 'select(._rx.o != null) | [._rx.o,._rx.e,._rx.f,._rx.fl]' | cmp - <(tail -n +2 once)
}

@test "container: hostile bytes pass as they are, counted, and harm nobody" {
	need python3
	mkdir -p d/containers/x
	python3 - <<-'E'
		import random
		rnd = random.Random(7)
		seed = b'{"log":"a\\u0000\\ud800\\n","stream":"stdout","time":"2026-01-05T10:00:00Z"}'
		with open("d/containers/x/x-json.log", "wb") as f, open("0.log", "wb") as g:
		    for i in range(3000):
		        line = bytearray(seed)
		        for _ in range(rnd.randrange(4)):
		            line[rnd.randrange(len(line))] = rnd.randrange(256)
		        f.write(line.replace(b"\n", b"") + b"\n")
		        line = bytearray(b"2026-01-05T10:00:00Z stdout F text")
		        for _ in range(rnd.randrange(4)):
		            line[rnd.randrange(len(line))] = rnd.randrange(256)
		        g.write(line.replace(b"\n", b"") + b"\n")
	E
	rx-tail --once --marks --docker=d --cri 0.log --stats s.prom >out 2>err
	jq -es 'map(select(._rx.o != null)) | length > 2000' out
	grep -q 'is not of its container format' err
	grep -q '^rx_tail_undecoded_lines_total [1-9]' s.prom
	# every byte is covered, whatever was joined
	[ "$(tail -n1 out | jq '[._rx.pos[].o] | add')" = $(($(cat d/containers/x/x-json.log 0.log | wc -c))) ]
}

@test "container: kill -9 in the middle of joins loses nothing and doubles nothing" {
	need python3
	seed=${RX_SEED:-$RANDOM}
	echo "seed $seed"
	for form in docker cri lines docker+lines; do
		mkdir "$form"
		python3 "$RX_TOP/t/storm/join.py" "$form" --bin "$RX_BIN" --dir "$form" --rounds "${RX_ROUNDS:-4}" --seed "$seed"
	done
}

# What one stream has in the making when a record of the other ends: told as
# lying behind that, in the run that reads it again, too.
@test "container: kill -9 while both streams have a record open loses neither" {
	need sqlite3
	container aaa web
	says aaa $'START a1\n'
	says aaa $'START b1\n' stderr
	says aaa $'START b2\n' stderr
	says aaa $'START a2\n' # ends a1, behind all there is of b2
	stored_to() { [ "$(sqlite3 q.db 'SELECT coalesce(sum(n), 0) FROM segment')" -ge "$1" ]; }
	for round in 2 4; do
		rx-spool claim q.db >claim
		mkfifo pipe.$round
		rx-spool push q.db <pipe.$round 3>&- &
		push=$!
		rx-tail --from start --resume claim --docker=d --multiline start=^START --join-wait 60s >pipe.$round 3>&- &
		tail=$!
		soon stored_to $round
		kill -9 "$tail"
		wait $push || :
		says aaa $'START b3\n' stderr
		says aaa $'START a3\n'
	done
	[ "$(sqlite3 q.db 'SELECT body FROM segment ORDER BY seg' | jq -r '.[] | .log_line' | sort | paste -sd,)" = 'START a1,START a2,START b1,START b2' ]
}
