# SPDX-License-Identifier: MIT
# rx-match --redact: secrets are gone from whatever is written, the rest is not
# (not tested: secrets that look like nothing in particular)
setup() { load helper; }

# hidden TEXT...: what becomes of it in a log line, each on a line
hidden() {
	for text; do
		jq -cn --arg t "$text" '{log_line: $t}'
	done | rx-match --redact "${sets:-all}" 2>/dev/null | jq -r .log_line
}

@test "redact: passwords, in the spellings of programs" {
	run -0 hidden 'password=hunter2' 'Password: hunter2, next' "passwd='hun ter2' x" 'DB_PASSWORD="hun\"ter2";' \
		'{"password":"hunter2","u":1}' '{"m":"{\"password\":\"hun\\\"ter2\"}"}' 'mysql --password hunter2 -u root' \
		'amqp://user:hunter2@host/v' 'https://u:hun@ter2@host' 'identified by "hunter2"' 'GET /?pwd=hunter2&x=1' \
		'pass=hunter2' 'client_secret => hunter2' 'password="hunter2'
	! grep -i 'hun\|ter2' <<<"$output" || false
	[ "${lines[0]}" = 'password=[redacted:password]' ]
	[ "${lines[1]}" = 'Password: [redacted:password], next' ]
	[ "${lines[2]}" = "passwd='[redacted:password]' x" ]
	[ "${lines[3]}" = 'DB_PASSWORD="[redacted:password]";' ]
	[ "${lines[4]}" = '{"password":"[redacted:password]","u":1}' ]
	[ "${lines[5]}" = '{"m":"{\"password\":\"[redacted:password]\"}"}' ]
	[ "${lines[6]}" = 'mysql --password [redacted:password] -u root' ]
	[ "${lines[7]}" = 'amqp://user:[redacted:password]@host/v' ]
	[ "${lines[10]}" = 'GET /?pwd=[redacted:password]&x=1' ]
}

@test "redact: tokens: bearer, basic, cookies, keys by name and by shape" {
	a=ghp_ b=AKIA k='PRIVATE KEY' j=eyJhbGciOiJIUzI1NiJ9
	run -0 hidden 'Authorization: Bearer hunter2.a-b/c=' '"authorization": "Basic aHVudGVyMg==", x' 'Cookie: a=hunter2; b=hunter2' \
		'api_key=hunter2 x' 'X-Api-Key: hunter2' 'access-token: hunter2' "got ${a}hunter2hunter2hunter2" \
		"id ${b}HUNTER2HUNTER2HU" "jwt $j.hunter2hunter2.hunter2 end" 'bearer hunter2hunter2' \
		$'-----BEGIN RSA '"$k"$'-----\nhunter2\nhunter2\n-----END RSA '"$k-----"
	! grep -i 'hunter2\|aHVud' <<<"$output" || false
	[ "${lines[0]}" = 'Authorization: Bearer [redacted:token]' ]
	[ "${lines[1]}" = '"authorization": "Basic [redacted:token]", x' ]
	[ "${lines[3]}" = 'api_key=[redacted:token] x' ]
	[ "${lines[8]}" = 'jwt [redacted:token] end' ]
	run -0 hidden 'Basic training' 'the bearer of bad news' 'a key: none given?' 'monkey=3'
	[ "${lines[0]}" = 'Basic training' ]
	[ "${lines[1]}" = 'the bearer of bad news' ]
	[ "${lines[3]}" = 'monkey=3' ]
}

@test "redact: cards are numbers of an issuer whose Luhn digit is right" {
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(7)
	def luhn(d): # as ISO 7812-1 says it, from the right
	    s = 0
	    for i, c in enumerate(reversed(d)):
	        n = int(c) * (1 + i % 2)
	        s += n // 10 + n % 10
	    return s % 10 == 0
	def number(head, n, good):
	    while True:
	        d = head + "".join(random.choice("0123456789") for _ in range(n - len(head)))
	        if luhn(d) == good:
	            return d
	heads = [("4", 16), ("4", 13), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3528", 16), ("36", 14), ("62", 19)]
	want, lines = [], []
	for i in range(600):
	    head, n = random.choice(heads)
	    good = i % 3 != 0
	    d = number(head, n, good)
	    if i % 2 and n == 16:
	        d = random.choice(" -").join(d[k:k + 4] for k in range(0, 16, 4))
	    text = random.choice(["pay %s now", "%s", "x%s.", "12 %s, 345"]) if good else "pay %s now"
	    lines.append(text % d)
	    want.append(text % "[redacted:card]" if good else text % d)
	# of an issuer nobody is, times in nanoseconds, too short, too long
	for d in [number("1", 16, True), number("9", 16, True), "17676072001234567", number("4", 12, True), number("4", 25, True)]:
	    lines.append(d); want.append(d)
	got = subprocess.run(["rx-match", "--redact", "card", "-q"], stdout=subprocess.PIPE, check=True,
	    input="".join(json.dumps({"log_line": l}) + "\n" for l in lines), text=True).stdout.splitlines()
	got = [json.loads(g)["log_line"] for g in got]
	bad = [(l, w, g) for l, w, g in zip(lines, want, got) if w != g]
	assert len(got) == len(want) and not bad, bad[:5]
	E
}

@test "redact: mail and addresses, and what only looks like one" {
	run -0 hidden 'to <bob.x+y@mail.example.com>, ok' 'für jörg@müller.de.' 'from 10.1.2.3:80 and 010.001.002.003' \
		'fe80::1%eth0, ::1 and 2001:db8::8a2e:370:7334: x' '::ffff:10.0.0.1' 'IP 10.0.0.1.443 > 10.0.0.2.80'
	[ "${lines[0]}" = 'to <[redacted:email]>, ok' ]
	[ "${lines[1]}" = 'für [redacted:email].' ]
	[ "${lines[2]}" = 'from [redacted:ip]:80 and [redacted:ip]' ]
	[ "${lines[3]}" = '[redacted:ip]%eth0, [redacted:ip] and [redacted:ip]: x' ]
	[ "${lines[4]}" = '[redacted:ip]' ]
	[ "${lines[5]}" = 'IP [redacted:ip].443 > [redacted:ip].80' ]
	same=$'10:00:00 std::foo() 1.2.3 a.b.c.d\naa:bb:cc:dd:ee:ff a @ b me@here 300.1.2'
	run -0 hidden "$same"
	[ "$output" = "$same" ]
}

@test "redact: only the sets that were named, and patterns of one's own" {
	sets=email run -0 hidden 'a@b.cd password=x 10.0.0.1'
	[ "$output" = '[redacted:email] password=x 10.0.0.1' ]
	echo '{"log_line":"account ACC-17 of order ORD-9"}' >in
	run -0 --separate-stderr rx-match --redact 'account=ACC-\d+' --redact 'order=ORD-\K\d+' <in
	[ "$output" = '{"log_line":"account [redacted:account] of order ORD-[redacted:order]"}' ]
	run -0 rx-match -q --redact 'none=x*' <in
	[ "$output" = "$(cat in)" ]
	run -64 rx-match --redact emails <in
	[[ $output == *'--redact emails: no such set'* ]]
	run -64 rx-match --redact 'a=(' <in
	[[ $output == *'missing closing parenthesis, at offset 1'* ]]
	run -64 rx-match --redact '=x' <in
	run -64 rx-match --redact 'a b=x' <in
}

@test "redact: a member by its name, nested members, lists and numbers; never _rx" {
	cat >in <<-'E'
	{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":4111111111111111,"e":4111111111111119},"password":"open","n":4111111111111111}
	{"a":{"db_password":7,"token":["x","y"]},"count":12,"b":[[{"m":"a@b.cd"}]],"pass\u0077ord":"z"}
	{"tokens_used":5,"token_count":"5","passwords":"no","x":null,"secret":true,"api-key":""}
	E
	run -0 --separate-stderr rx-match --redact all <in
	cat >want <<-'E'
	{"_rx":{"s":"aaaaaaaaaaaaaaaa","o":4111111111111111,"e":4111111111111119},"password":"[redacted:password]","n":"[redacted:card]"}
	{"a":{"db_password":"[redacted:password]","token":["[redacted:token]","[redacted:token]"]},"count":12,"b":[[{"m":"[redacted:email]"}]],"pass\u0077ord":"[redacted:password]"}
	{"tokens_used":5,"token_count":"5","passwords":"[redacted:password]","x":null,"secret":true,"api-key":""}
	E
	diff want - <<<"$output"
	run -0 rx-match -q --redact all --redact-member b --redact-member c <<<'{"a":"a@b.cd","b":{"x":"a@b.cd"},"c":"a@b.cd"}'
	[ "$output" = '{"a":"a@b.cd","b":{"x":"[redacted:email]"},"c":"[redacted:email]"}' ]
}

@test "redact: a pointer names what is nested, each of members that share a name, and no other" {
	run -0 rx-match -q --redact email --redact-member /a/b --redact-member /l/1 --redact-member '/x~1y/~0' --redact-member /l/1/q <<-'E'
	{"a":{"b":"m@b.cd","c":"m@b.cd"},"b":"m@b.cd","l":["m@b.cd",{"q":"m@b.cd"},"m@b.cd"],"x/y":{"~":"m@b.cd"}}
	{"a":{"b":["m@b.cd",{"z":"m@b.cd"}]},"a":{"\u0062":"m@b.cd","b":"m@b.cd"},"a":"m@b.cd","l":{"1":"m@b.cd"}}
	{"_rx":{"s":"a","o":0,"e":1},"a":1,"l":[]}
	E
	diff - <(echo "$output") <<-'E'
	{"a":{"b":"[redacted:email]","c":"m@b.cd"},"b":"m@b.cd","l":["m@b.cd",{"q":"[redacted:email]"},"m@b.cd"],"x/y":{"~":"[redacted:email]"}}
	{"a":{"b":["[redacted:email]",{"z":"[redacted:email]"}]},"a":{"\u0062":"[redacted:email]","b":"[redacted:email]"},"a":"m@b.cd","l":{"1":"[redacted:email]"}}
	{"_rx":{"s":"a","o":0,"e":1},"a":1,"l":[]}
	E
	# What the last name says about a value counts, and a name alone is no pointer.
	run -0 rx-match -q --redact password --redact-member /db/pwd --redact-member a/b <<<'{"db":{"pwd":"x","key":"pwd=y"},"a":{"b":"pwd=z"},"a/b":"pwd=z"}'
	[ "$output" = '{"db":{"pwd":"[redacted:password]","key":"pwd=y"},"a":{"b":"pwd=z"},"a/b":"pwd=[redacted:password]"}' ]
	run -64 rx-match --redact all --redact-member /a~2
	run -64 --separate-stderr rx-match --redact-member a -e b
	[ "$stderr" = 'rx-match: fatal: --redact-member needs --redact' ]
}

@test "redact: however a string is escaped, in every form of output, nothing leaks and JSON stays JSON" {
	python3 - <<-'E'
	import json, random, subprocess
	random.seed(5)
	secrets = ["hunter2zz", "a.b@example.com", "4111 1111 1111 1111", "10.20.30.40", "Tk9" + "xyz" * 8]
	texts = ["login password=%s end", "mail %s end", "card %s end", "from %s end", "Bearer %s end"]
	def spell(s): # any character may be an escape
	    return '"' + "".join("\\u%04x" % ord(c) if random.random() < .3 or c in '"\\' or ord(c) < 32 else
	        c for c in s) + '"'
	def value(depth):
	    k = random.randrange(8 if depth else 5)
	    if k < 3:
	        i = random.randrange(5)
	        return spell(random.choice(["", "é\n", '"q" ', "\\"]) + texts[i] % secrets[i])
	    if k == 3: return spell("plain text")
	    if k == 4: return random.choice(["12", "true", "null", "-1.5e3", "4111111111111111"])
	    if k < 7: return "{" + ",".join(spell("m%d" % n) + ":" + value(depth - 1) for n in range(3)) + "}"
	    return "[" + ", ".join(value(depth - 1) for n in range(3)) + "]"
	lines = ["{" + ",".join(spell(n) + " : " + value(3) for n in ("log_line", "label", "x", "timestamp")) + "}" for _ in range(2000)]
	def strings(v):
	    if isinstance(v, str): yield v
	    elif isinstance(v, dict):
	        for k in v.values(): yield from strings(k)
	    elif isinstance(v, list):
	        for k in v: yield from strings(k)
	    else: yield str(v)
	def expect(v):
	    if isinstance(v, dict): return {k: expect(w) for k, w in v.items()}
	    if isinstance(v, list): return [expect(w) for w in v]
	    if v == 4111111111111111: return "[redacted:card]"
	    if not isinstance(v, str): return v
	    for name, s in zip(("password", "email", "card", "ip", "token"), secrets):
	        v = v.replace(s, "[redacted:%s]" % name)
	    return v
	for options in ([], ["--format", "raw"], ["--format", "classic"], ["--format", "view"], ["--text"], ["--text", "--format", "raw"]):
	    # The text of a record has no newline in raw output: records as text are one line each.
	    out = subprocess.run(["rx-match", "-q", "--redact", "all"] + options, input="\n".join(lines) + "\n", text=True,
	        stdout=subprocess.PIPE).stdout
	    if not options or options == ["--format", "classic"]:
	        got = [json.loads(g) for g in out.splitlines()]
	        assert len(got) == len(lines)
	        for l, g in zip(lines, got):
	            for s in strings(g):
	                assert not any(x in s for x in secrets), (l, s)
	            if not options:
	                assert g == expect(json.loads(l)), (l, g)
	    elif "--text" not in options:
	        assert not any(x in out for x in secrets)
	        assert "[redacted:card]" in out
	E
}

@test "redact: lines of text, also with bytes that are not UTF-8, are clean in every form" {
	printf 'a\xff password=hunter2 \xfe bob@example.com 10.0.0.1\n' >in
	for form in json raw view classic; do
		run -0 rx-match -q --redact all --format $form in
		! grep -a 'hunter2\|bob\|10\.0' <<<"$output" || false
		grep -aq 'redacted:password' <<<"$output"
	done
}

@test "redact: where a pattern reaches its bound the whole text is hidden, and told" {
	python3 -c 'print("{\"log_line\":\"" + "a" * 50000 + "!\",\"b\":1}")' >in
	run -0 --separate-stderr rx-match --redact 'bomb=(?:(a+)+)+$' <in
	[ "$output" = '{"log_line":"[redacted:limit]","b":1}' ]
	[[ $stderr == *'1 texts hidden whole: a pattern reached its bound'* ]]
}

@test "redact: a record that would outgrow its bound gets a shorter mark" {
	python3 -c 'print("{\"log_line\":\"" + "1.2.3.4 " * 4000 + "x" * 1010000 + "\"}")' >in
	rx-match -q --redact ip <in >out
	[ "$(wc -l <out)" -eq 1 ]
	jq -e '.log_line == "* " * 4000 + "x" * 1010000' out
}

@test "redact: a record full of small numbers that are secret ends no stream" {
	python3 -c 'print("{\"password\":[" + ",".join(["1"] * 500000) + "]}\n{\"pin\":[" + ",".join(["77"] * 300000) + "]}\n{\"pin\":7}")' >in
	run -0 --separate-stderr rx-match -q --redact password --redact 'n=7+' <in
	[ "${lines[0]:0:24}" = '{"password":[0,0,0,0,0,0' ]
	[ "${lines[1]:0:20}" = '{"pin":[0,0,0,0,0,0,' ]
	[ "${lines[2]}" = '{"pin":"[redacted:n]"}' ]
}

@test "redact: what is hidden is counted, by set" {
	run -0 --separate-stderr rx-match --redact all <<<'{"log_line":"a@b.cd c@d.ef pwd=x","password":"y"}'
	[[ $stderr == *'2 hidden: email'* ]]
	[[ $stderr == *'2 hidden: password'* ]]
	[[ $stderr != *card* ]]
}
