# SPDX-License-Identifier: MIT
# rx-match --classify: a class by keywords, sentiment as it is shipped
setup() { load helper; }

# classes TEXT...: of each, with the sentiment that is shipped
classes() {
	for text; do
		jq -cn --arg t "$text" '{message: $t}'
	done | rx-match --classify "$RX_TOP/agent/rules/sentiment.json" | jq -r .sentiment
}

@test "classify: sentiment of what people write" {
	run -0 classes 'This is GREAT, thank you!' 'I am so frustrated, nothing works' "I'm not sure what this means" 'The report has 7 pages' \
		'Maybe? I have no idea.' 'We are running out of time and I am exhausted' 'Works great now, love it' '😡' 'Super, 🎉🎉' '' \
		'How do I export this' 'STRESSFUL day' 'Meeting at ten in room four'
	[ "$(paste -sd' ' <<<"$output")" = 'positive stressed uncertain neutral uncertain stressed positive stressed positive neutral uncertain stressed neutral' ]
}

@test "classify: negation turns the positive, silences the rest, and ends with the clause" {
	run -0 classes 'I am not happy' 'This is not at all good' 'not stressed at all' "don’t worry" 'never easy' 'not today, but great work' \
		'no, great' 'not bad' 'no problem' "it isn't helpful" 'not one two three four happy'
	[ "$(paste -sd' ' <<<"$output")" = 'stressed stressed neutral neutral stressed positive positive positive positive stressed positive' ]
}

@test "classify: the first of the members that is there; a record without text gets the default; nothing else changes" {
	cat >in <<-'E'
	{"user_id":7,"feedback":"thanks","x":[1,2]}
	{"text":"awful","message":"lovely"}
	{"message":7,"text":"l\u006fvely"}
	{"user_id":7}
	{"sentiment":"x","message":"hm"}
	E
	run -0 rx-match --classify "$RX_TOP/agent/rules/sentiment.json" <in
	cat >want <<-'E'
	{"user_id":7,"feedback":"thanks","x":[1,2],"sentiment":"positive"}
	{"text":"awful","message":"lovely","sentiment":"positive"}
	{"message":7,"text":"l\u006fvely","sentiment":"positive"}
	{"user_id":7,"sentiment":"neutral"}
	{"sentiment":"uncertain","message":"hm"}
	E
	diff want - <<<"$output"
}

@test "classify: files of one's own, several at once, in other alphabets" {
	echo '{"into":"lang","default":"?","classes":[{"name":"de","words":["ärger*","über alles"]},{"name":"ru","words":["ПРИВЕТ"]},{"name":"el","words":["καλημέρα"]}]}' >a.json
	echo '{"into":"kind","members":["/a/b"],"default":"other","classes":[{"name":"disk","words":["disk full"]}]}' >b.json
	printf '%s\n' '{"log_line":"ÄRGERLICH"}' '{"log_line":"Über  ALLES","a":{"b":"Disk\tfull."}}' '{"log_line":"Привет!"}' '{"log_line":"ΚΑΛΗΜέΡΑ"}' '{"log_line":"disk full"}' >in
	run -0 rx-match --classify a.json --classify b.json <in
	[ "$(jq -r '.lang + "/" + .kind' <<<"$output" | paste -sd' ')" = 'de/other de/disk ru/other el/other ?/other' ]
}

@test "classify: the same class as a second implementation gives, on generated texts" {
	python3 - <<-'E'
	import json, os, random, re, subprocess
	random.seed(9)
	spec = json.load(open(os.environ["RX_TOP"] + "/agent/rules/sentiment.json"))
	def split(t): # clauses of words
	    t = t.lower().replace("’", "'")
	    for clause in re.split(r"[.,;:!?()\[\]{}\n]", t):
	        ws = []
	        for w in re.findall(r"[a-z0-9'\u0080-\u1fff\u2070-\uffff]+|[\U00010000-\U0010ffff]", clause):
	            if w.strip("'"): ws.append(w.strip("'"))
	        yield ws
	lex, begins = {}, {}
	def add(w, what):
	    key = " ".join(next(iter(split(w.rstrip("*")))))
	    (begins if w.endswith("*") else lex)[key] = what
	for c in spec["classes"]:
	    for w in c["words"]: add(w, c["name"])
	for w in spec["negations"]: add(w, "NOT")
	for w in spec["breaks"]: add(w, "BREAK")
	turned = {c["name"]: c.get("negated") for c in spec["classes"]}
	order = [c["name"] for c in spec["classes"]]
	def classify(t):
	    counts = dict.fromkeys(order, 0)
	    for ws in split(t):
	        until, i = 0, 0
	        while i < len(ws):
	            hit = n = None
	            for n in range(min(len(ws) - i, 6), 0, -1):
	                hit = lex.get(" ".join(ws[i:i + n]))
	                if hit: break
	            if not hit:
	                n = 1
	                for k in range(len(ws[i]), 0, -1):
	                    hit = begins.get(ws[i][:k])
	                    if hit: break
	            if hit == "NOT": until = i + n + spec["negation_reach"]
	            elif hit == "BREAK": until = 0
	            elif hit:
	                if i < until: hit = turned[hit]
	                if hit: counts[hit] += 1
	            i += n
	    best = max(order, key=lambda c: (counts[c], -order.index(c)))
	    return best if counts[best] else spec["default"]
	pool = [w.rstrip("*") + random.choice(["", "ing", "ed"]) * w.endswith("*") for c in spec["classes"] for w in c["words"]]
	pool += spec["negations"] * 4 + spec["breaks"] * 4 + ["the", "a", "report", "I", "'quoted'", "''", "x2", "été", "Ünder", "—"] * 20
	texts = []
	for i in range(6000):
	    t = "".join(random.choice([w, w.upper(), w.capitalize(), w.replace("'", "’")]) + random.choice([" "] * 8 + [", ", ". ", "! ", "\n", " (", "😀", "\t"])
	        for w in random.choices(pool, k=random.randrange(9)))
	    texts.append(t)
	out = subprocess.run(["rx-match", "--classify", os.environ["RX_TOP"] + "/agent/rules/sentiment.json"], text=True, stdout=subprocess.PIPE,
	    input="".join(json.dumps({"message": t}) + "\n" for t in texts), check=True).stdout.splitlines()
	seen = {}
	for t, o in zip(texts, out):
	    got = json.loads(o)["sentiment"]
	    seen[got] = seen.get(got, 0) + 1
	    assert got == classify(t), (t, got, classify(t))
	assert len(out) == len(texts) and len(seen) == 4 and min(seen.values()) > 300, seen
	E
}

@test "classify: hostile texts: long, of emoji, of apostrophes, cut characters" {
	python3 - <<-'E' >in
	import json
	for t in ["x" * 900000, "😀" * 200000, "'" * 900000, "a " * 400000, "a😀" * 100000, "not " * 200000 + "happy", "stress" + "x" * 100, "é" * 8193, "\x00bad\x00"]:
	    print(json.dumps({"message": t}, ensure_ascii=False).replace("\x00", "\\u0000"))
	E
	run -0 --separate-stderr rx-match --classify "$RX_TOP/agent/rules/sentiment.json" <in
	[ "$(jq -r .sentiment <<<"$output" | paste -sd' ')" = 'neutral positive neutral neutral positive neutral stressed neutral neutral' ]
}

@test "classify: the file fits its schema, and what is wrong in one is told with its place" {
	need_python jsonschema
	python3 -W ignore - "$RX_TOP" <<-'E'
	import json, jsonschema, sys
	schema = json.load(open(sys.argv[1] + "/agent/schemas/classify.json"))
	jsonschema.Draft202012Validator.check_schema(schema)
	jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[1] + "/agent/rules/sentiment.json")))
	E
	wrong() { # FILE PLACE WHAT
		echo "$1" >c.json
		run -78 rx-match --classify c.json --check
		[[ $output == *"c.json:$2: "*"$3"* ]] || { echo "$1: $output"; false; }
	}
	wrong '{"into":"a","default":"b"}' 1:1 '"classes" is missing'
	wrong '{"into":"a","default":"b","classes":[],"x":1}' 1:44 'no member here'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":["a*b"]}]}' 1:59 'a * that is not its end'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":["a"]},{"name":"m","words":["A"]}]}' 1:86 'is there already'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":[],"negated":"m"}]}' 1:38 'no class "m"'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":["..."]}]}' 1:59 'has no word'
	wrong '{"into":"a","default":"b","classes":[]}' 1:37 'must be a list of 1 to'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":"a"}]}' 1:58 'must be a list of words'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":[1]}]}' 1:59 'must be a word'
	wrong '{"into":"a","default":"b","classes":[{"name":"n","words":[]},{"name":"n","words":[]}]}' 1:62 'a second class "n"'
	wrong '{"into":"a","default":"b","members":[],"classes":[{"name":"n","words":[]}]}' 1:37 'must be a list of 1 to'
	wrong '{"into":"a","default":"b","members":["/~2"],"classes":[{"name":"n","words":[]}]}' 1:38 'no name and no pointer'
	wrong '{"into":"a\"","default":"b","classes":[{"name":"n","words":[]}]}' 1:1 'a name without escapes'
	run -78 rx-match --classify none.json --check
}

@test "classify: HUP reads the file again, a wrong one changes nothing and is told" {
	class() { # NAME WORDS
		echo '{"into":"c","default":"none","classes":[{"name":"'"$1"'","words":['"$2"']}]}' >new
		mv new c.json
	}
	class one '"alpha"'
	mkfifo pipe
	rx-match --classify c.json <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"log_line":"alpha"}' >&4
	soon has out 1
	class two '"alpha","ALPHA"'
	kill -HUP $pid
	soon grep -q 'c.json:1:[0-9]*: "ALPHA" is there already; the classes stay as they were' err
	echo '{"log_line":"alpha beta"}' >&4
	soon has out 2
	class three '"alpha"'
	kill -HUP $pid
	soon grep -q '1 classes read from c.json' err
	printf '{"log_line":"%s"}\n' alpha alpha >&4
	soon has out 4
	told_twice() { [ "$(grep -c "1 classes read" err)" -eq 2 ]; }
	class four '"alpha"'
	kill -HUP $pid
	soon told_twice
	rm c.json
	kill -HUP $pid
	soon grep -q 'unable to read c.json: No such file or directory; the classes stay' err
	exec 4>&-
	wait $pid
	[ "$(jq -r .c out | paste -sd' ')" = 'one one three three' ]
}
