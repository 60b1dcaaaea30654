# lib/record: members and their values
setup() {
	load helper
	record="$RX_UNIT/record"
}

get() {
	"$record" get "$1" <<<"$2"
}

@test "record: a value is the text as it stands in the line" {
	run "$record" lines <<<'{ "n" : 1.50e+03 , "s":"a\nb","o":{ "x":[1, 2]},"z":null,"t":true,"f":false}'
	[ "$output" = 'n=number:1.50e+03 s=string:a\nb o=object:{ "x":[1, 2]} z=null:null t=true:true f=false:false' ]
}

@test "record: a number of any size keeps its spelling" {
	for n in 18446744073709551616 -0 1E400 0.10000000000000000000000000001; do
		[ "$(get n '{"n":'"$n"'}')" = "$n" ]
	done
}

@test "record: of members that share a name the last counts" {
	[ "$(get a '{"a":1,"b":2,"a":3}')" = 3 ]
	[ "$(get a '{"a":1,"\u0061":4}')" = 4 ]
}

@test "record: a name is compared as it reads, not as it is spelled" {
	[ "$(get log_line '{"\u006cog_l\u0069ne":"x"}')" = x ]
	[ "$(get 'a"b' '{"a\"b":"x"}')" = x ]
	[ "$(get 'ä' '{"\u00e4":"x"}')" = x ]
	[ "$(get a '{"A":"x","aa":"y","":"z"}')" = '(none)' ]
}

@test "record: text is given unescaped" {
	[ "$(get a '{"a":"x\"y\\z\u00e4\ud834\udd1e"}')" = 'x"y\zä𝄞' ]
}

@test "record: values inside values are found in order" {
	run "$record" walk <<<'{"a":[1,{"b":"x"},[]],"c":{},"d":null}'
	[ "$output" = 'a=array =number 1;=object b=string x;;=array ;;c=object ;d=null null;' ]
}
