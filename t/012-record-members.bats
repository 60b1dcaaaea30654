# SPDX-License-Identifier: MIT
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

@test "record: 60000 lines that are nearly the line before are read as if each were the first" {
	python3 - >lines <<-'E'
	import random
	random.seed(12)
	values = ['"a"', '"a\\n"', '"\\u0041"', '""', '"%s"' % ("v" * 40), '"%s"' % ("w" * 300), "1", "12", "-1.5e3", "true", "null", "[1,2]", '{"x":1}', '"é"']
	names = ['"a"', '"b"', '"time"', '"\\u0061"', '"log_path"', '"%s"' % ("n" * 30)]
	def member():
	    return [random.choice(names), random.choice((":", ":", ":", " : ")), random.choice(values), random.choice((",", ",", ",", ", ", " ,"))]
	shape = []
	for i in range(60000):
	    if i % 50 == 0:
	        shape = [member() for _ in range(random.choice((0, 1, 3, 7, 8, 15, 16, 17, 20)))]
	    for _ in range(random.choice((0, 1, 1, 2, 3))):
	        if shape:
	            k, part = random.randrange(len(shape)), random.choice((0, 2, 2, 2, 3))
	            shape[k][part] = member()[part]
	    line = "{" + "".join("".join(m) for m in shape).rstrip(", ") + "}"
	    r = random.random()
	    if r < 0.05:
	        line = line[:random.randrange(len(line) + 1)]
	    elif r < 0.1:
	        k = random.randrange(len(line))
	        line = line[:k] + random.choice('",:{}x \\') + line[k + 1:]
	    elif r < 0.12:
	        line += random.choice(" }x")
	    print(line)
	E
	"$record" lines <lines >got
	"$record" fresh <lines >want
	cmp got want
	[ "$(grep -c '^!' got)" -gt 3000 ]
	[ "$(grep -vc '^!' got)" -gt 40000 ]
}
