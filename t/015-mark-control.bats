# SPDX-License-Identifier: MIT
# lib/mark: the control records of PROTOCOL.md 2 and 11
setup() {
	load helper
	mark="$RX_UNIT/mark"
}

echoes() {
	"$mark" echo <<<"$1"
}

# refused WHAT SED-SCRIPT: that kind of record is refused once so changed
refused() {
	local line
	line=$(grep -m 1 "\"k\":\"$1\".*$3" "$RX_TOP/t/data/marks.ndjson" | sed "$2")
	! grep -qxF "$line" "$RX_TOP/t/data/marks.ndjson" || return
	[ "$(echoes "$line")" = refused ] || {
		printf 'taken: %s\n' "$line"
		return 1
	}
}

@test "mark: every form is read and written again byte for byte" {
	"$mark" echo <"$RX_TOP/t/data/marks.ndjson" | cmp - "$RX_TOP/t/data/marks.ndjson"
	[ "$(wc -l <"$RX_TOP/t/data/marks.ndjson")" -eq 14 ]
}

@test "mark: every form is JSON to another reader, numbers exact" {
	need jq
	"$mark" echo <"$RX_TOP/t/data/marks.ndjson" | jq -c . | cmp - "$RX_TOP/t/data/marks.ndjson"
}

@test "mark: members the contract does not name are passed over" {
	[ "$(echoes '{"_rx":{"k":"open","later":[{"ep":9}],"ep":4,"sp":"u","v":1},"x":1}')" = '{"_rx":{"k":"open","v":1,"sp":"u","ep":4}}' ]
}

@test "mark: another version is refused" {
	refused begin 's/"v":1/"v":2/'
	refused claim 's/"v":1/"v":"1"/'
	refused open 's/"v":1,//'
}

@test "mark: a lacking member or a wrong type is refused" {
	refused begin 's/"n":"[^"]*",//'
	refused begin 's/"claims":\[/"claims":[1,/'
	refused begin 's/"ep":7,//'
	refused mark 's/"q":41/"q":"41"/'
	refused mark 's/"full":false/"full":0/'
	refused mark 's/"pos":\[/"pos":[[],/'
	refused gap 's/"from":900/"from":900.0/'
	refused gap 's/"from":900/"from":1201/'
	refused claim 's/"new":false/"new":null/'
	refused out 's/"st":"ok"/"st":"OK"/'
	refused out 's/"tag":123/"tag":-123/'
	refused out 's/"to":170/"to":122/' '"to"'
}

@test "mark: an entry that is not whole is refused" {
	for member in s o g i d b p fr x; do
		refused mark "s/\"$member\":\"\\?[^,}\"]*\"\\?[,]\\?//"
	done
	refused mark 's/"s":"k/"s":"K/'
	refused mark 's/"s":"k3/"s":"k/'
	refused mark 's/"i":"18446744073709551615"/"i":"18446744073709551616"/'
	refused mark 's/"i":"18446744073709551615"/"i":1/'
	refused mark 's/"b":"-1"/"b":"9223372036854775808"/'
	refused mark 's/"b":"-1"/"b":"-"/'
	refused mark 's/"h":\[256/"h":[257/'
	refused mark 's/"a":\[64/"a":[65/'
	refused mark 's/"a":\[64,"f/"a":[64,"g/'
	refused mark 's/"a":\[64,"f/"a":[64,"/'
	refused mark 's/"a":\[0/"a":[1/'
	refused mark 's/"a":\[0,"[0-9a-f]*"/&,1/'
	refused mark 's/"o":0/"o":9007199254740992/'
}

@test "mark: what does not begin as a control record is none" {
	[ "$(echoes '{ "_rx":{"k":"open","v":1,"sp":"u","ep":4}}')" = refused ]
	[ "$(echoes '{"_rx":{"v":1,"k":"open","sp":"u","ep":4}}')" = refused ]
	[ "$(echoes '{"_rx":{"k":"shut","v":1,"sp":"u","ep":4}}')" = refused ]
	[ "$(echoes '{"_rx":{"k":"open","v":1,"sp":"u","ep":4}')" = refused ]
	[ "$(echoes '{"_rx":{"k":"open","v":1,"sp":"u","ep"')" = refused ]
}
