# SPDX-License-Identifier: MIT
# rx-serve: JSON Web Tokens, what pages of elsewhere may read, and the time of a
# compare                                     (not tested: a real issuer)
setup() {
	load helper
	load serve
	need curl
	need python3
}

built() {
	rx-serve --version | grep -q 'libjose built in' || skip "built without libjose"
}

# The issuer, by openssl and python: never by what is tested.
issuer() {
	need openssl
	cat >issuer.py <<-'X'
	import base64, hashlib, hmac, json, subprocess, sys
	b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=").decode()
	NOW = int(subprocess.check_output(["date", "+%s"]))
	SECRET = b"0123456789abcdef0123456789abcdef"
	GOOD = {"iss": "https://id.example", "aud": "rx", "exp": NOW + 600, "sub": "ann"}
	def openssl(*a, data=b""):
	    return subprocess.run(["openssl", *a], input=data, stdout=subprocess.PIPE, check=True,
	                          stderr=subprocess.DEVNULL).stdout
	def token(header, claims, sign):
	    text = header if isinstance(header, str) else json.dumps(header)
	    body = claims if isinstance(claims, str) else json.dumps(claims)
	    head = b64(text.encode()) + "." + b64(body.encode())
	    return head + "." + b64(sign(head.encode()))
	def hs(data, key=SECRET, how="sha256"): return hmac.new(key, data, how).digest()
	def rs(data): return openssl("dgst", "-sha256", "-sign", "rsa.key", data=data)
	def es(data):
	    der = openssl("dgst", "-sha256", "-sign", "ec.key", data=data)
	    parts, at = [], 2
	    for _ in range(2):
	        n = der[at + 1]
	        parts.append(int.from_bytes(der[at + 2:at + 2 + n], "big").to_bytes(32, "big"))
	        at += 2 + n
	    return b"".join(parts)
	def rsa_jwk(bits="2048"):
	    openssl("genrsa", "-out", "rsa.key", bits)
	    n = openssl("rsa", "-in", "rsa.key", "-noout", "-modulus").decode().strip().split("=")[1]
	    return {"kty": "RSA", "kid": "r1", "n": b64(bytes.fromhex(n)), "e": "AQAB"}
	def ec_jwk():
	    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.key")
	    point = openssl("ec", "-in", "ec.key", "-pubout", "-outform", "DER")[-64:]
	    return {"kty": "EC", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}
	def key(name, algorithm, jwk, **more):
	    return {"name": name, "algorithm": algorithm, "issuer": "https://id.example",
	            "audience": "rx", "scopes": ["read"], "jwk": jwk, **more}
	OCT = {"kty": "oct", "k": b64(SECRET)}
	X
}
py() { PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=. python3 - "$@"; }

@test "jwt: every case of the vectors has its verdict; a key of too few bytes is refused" {
	built
	need jq
	need_shared data/jwt/cases.ndjson
	"$RX_UNIT/serve-jwt" <"$RX_SHARED/data/jwt/cases.ndjson" >got
	jq -r '.id + " " + .expect' "$RX_SHARED/data/jwt/cases.ndjson" >want
	[ "$(wc -l <want)" -ge 50 ]
	# The example of jwt.io has a key of 13 bytes (SEC-16).
	grep -E '^jwtio-.* refused its k is too short' got
	join <(sort want) <(cut -d ' ' -f 1,2 got | sort) |
		awk '$2 != "either" && $2 != $3 && !($3 == "refused" && ($2 == "invalid" || $1 ~ /^jwtio-/))' >bad
	[ ! -s bad ]
}

@test "jwt: HS, RS and ES open what their key is for, until they expire (SEC-13, SEC-14)" {
	built
	issuer
	py <<-'X'
	from issuer import *
	import os
	os.umask(0o077)
	json.dump({"keys": [key("h", "HS256", OCT), key("r", "RS256", rsa_jwk(), scopes=["read", "control"]),
	                    key("e", "ES256", ec_jwk())]}, open("auth.json", "w"))
	open("hs", "w").write(token({"alg": "HS256"}, GOOD, hs))
	open("rs", "w").write(token({"alg": "RS256", "kid": "r1", "jku": "http://127.0.0.1:1/"}, GOOD, rs))
	open("es", "w").write(token({"alg": "ES256", "typ": "JWT"}, {**GOOD, "aud": ["x", "rx"]}, es))
	open("narrow", "w").write(token({"alg": "RS256"}, {**GOOD, "scope": "openid control ingest"}, rs))
	open("short", "w").write(token({"alg": "HS256"}, {**GOOD, "exp": NOW + 4}, hs))
	X
	serving --auth auth.json --logs 'echo one; sleep 600'
	at=http://127.0.0.1:$http
	code() { curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $(cat "$1")" "${@:2}"; }
	start=(-H 'Content-Type: application/json' -d '{"command":"start_livelogs"}' "$at/control")
	watching got "$ws" --header "Authorization: Bearer $(cat short)"
	for t in hs rs es; do
		[ "$(code "$t" "$at/status")" = 200 ]
	done
	[ "$(code hs "${start[@]}")" = 403 ]
	[ "$(code rs "${start[@]}")" = 200 ]
	grep -q 'control: start_livelogs by r/ann' err
	[ "$(code narrow "${start[@]}")" = 200 ]
	[ "$(code narrow "$at/status")" = 403 ]
	# The stream of one that expires ends, within ten seconds of it.
	RX_PATIENCE=40 soon grep -q 'closed 1008' got.why
	grep -q one got
	[ "$(code short "$at/status")" = 401 ]
	# Without its key a token is nothing.
	jq 'del(.keys[1])' auth.json >fewer && cat fewer >auth.json
	kill -HUP "$server"
	soon grep -q 'from auth.json' err
	[ "$(code rs "$at/status")" = 401 ]
	[ "$(code es "$at/status")" = 200 ]
}

@test "jwt: whatever is crooked is 401, with the one text (X-58, SEC-15)" {
	built
	issuer
	py <<-'X'
	from issuer import *
	import os, urllib.request
	os.umask(0o077)
	jwk = rsa_jwk()
	json.dump({"keys": [key("h", "HS256", OCT), key("r", "RS256", jwk)]}, open("auth.json", "w"))
	pem = openssl("rsa", "-in", "rsa.key", "-pubout")
	der = openssl("rsa", "-in", "rsa.key", "-pubout", "-outform", "DER")
	good = token({"alg": "HS256"}, GOOD, hs)
	head, body, mac = good.split(".")
	rest = {k: v for k, v in GOOD.items()}
	def but(**more): return token({"alg": "HS256"}, {**GOOD, **more}, hs)
	def less(name): return token({"alg": "HS256"}, {k: v for k, v in GOOD.items() if k != name}, hs)
	def headed(**more): return token({"alg": "HS256", **more}, GOOD, hs)
	last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	bent = mac[:-1] + last[last.index(mac[-1]) ^ 1]
	bad = [
	    *(token({"alg": a}, GOOD, lambda d: b"") for a in ("none", "None", "nONE", "HS256", "RS256")),
	    *(token({"alg": a}, GOOD, hs) for a in ("none", "RS256", "HS384", "hs256", 7, None)),
	    token({}, GOOD, hs), token("[]", GOOD, hs), token('"HS256"', GOOD, hs),
	    token({"alg": "HS256"}, GOOD, lambda d: hs(d, pem)), token({"alg": "HS256"}, GOOD, lambda d: hs(d, der)),
	    token({"alg": "HS256", "kid": "r1"}, GOOD, lambda d: hs(d, pem)),
	    token({"alg": "HS384"}, GOOD, lambda d: hs(d, how="sha384")),
	    token({"alg": "HS256"}, GOOD, lambda d: hs(d, b"x" * 32)), token({"alg": "HS256"}, GOOD, rs),
	    head + "." + b64(json.dumps({**GOOD, "sub": "eve"}).encode()) + "." + mac,
	    good[:-1], good[:-4], head + "." + body + ".", head + "." + body, good + "." + mac, "." + good, good + "=",
	    head + "." + body + "." + bent, good.replace(".", "..", 1), " " + good + "\t.", head + "==." + body + "." + mac,
	    *(but(exp=v) for v in (NOW - 1, NOW - 3600, 0, -1, str(NOW + 600), True, None, [NOW + 600], 1e30)),
	    less("exp"), less("iss"), less("aud"), but(nbf=NOW + 3600), but(nbf="0"), but(iat=NOW + 3600), but(iat=None),
	    but(iss="https://id.example/"), but(iss=["https://id.example"]), but(aud="RX"), but(aud=[]), but(aud=["x"]),
	    but(aud={"rx": "rx"}), headed(kid="no"), headed(kid="../../etc/passwd"), headed(kid=1), headed(kid="k" * 3000),
	    headed(crit=["exp"]), headed(crit=[]), headed(b64=False), headed(kid="r1"),
	    token({"alg": "HS256", "jwk": {"kty": "oct", "k": b64(b"x" * 32)}}, GOOD, lambda d: hs(d, b"x" * 32)),
	    token('{"alg":"HS256","alg":"HS256"}', GOOD, hs), token({"alg": "HS256"}, json.dumps(GOOD)[:-1] + ',"aud":"rx"}', hs),
	    token({"alg": "HS256", "x": eval("[" * 40 + "]" * 40)}, GOOD, hs), but(deep=eval("[" * 40 + "]" * 40)),
	    token('{"alg":"HS256","x":' + "[" * 2000 + "]" * 2000 + "}", GOOD, hs),
	    token({"alg": "HS256"}, "null", hs), token({"alg": "HS256"}, "", hs), token("", GOOD, hs),
	    token({"alg": "HS256\0"}, GOOD, hs), but(x="\ud800"), "..", "a.b.c", "." * 50, good.swapcase(),
	]
	open("bad", "w").write("\n".join(bad) + "\n")
	open("good", "w").write(good)
	X
	serving --auth auth.json
	grep -q . good
	py "$http" <<-'X'
	import http.client, sys
	port = int(sys.argv[1])
	def ask(token, n):
	    # From an address of its own, or the tenth guess is 429.
	    c = http.client.HTTPConnection("127.0.0.1", port, source_address=(f"127.0.{n % 250}.{1 + n // 250}", 0))
	    c.request("GET", "/status", headers={"Authorization": "Bearer " + token, "Host": f"localhost:{port}"})
	    r = c.getresponse()
	    return r.status, r.read()
	assert ask(open("good").read(), 0)[0] == 200
	answers = set()
	for n, token in enumerate(open("bad").read().split("\n")[:-1]):
	    answer = ask(token, n + 1)
	    assert answer[0] == 401, (token, answer)
	    answers.add(answer[1])
	assert len(answers) == 1, answers
	assert ask("a" * 9000, 249)[0] == 431
	X
	run ! grep -Ff <(cut -c 1-60 good) err
}

@test "jwt: weak, private and crooked keys stop the start with 78, and say where (SEC-16)" {
	built
	issuer
	wrong() { # WHY KEY-EXPRESSION
		py "$2" <<-'X'
		from issuer import *
		import os
		os.umask(0o077)
		json.dump({"keys": eval(sys.argv[1])}, open("auth.json", "w"))
		X
		run -78 rx-serve --check --auth auth.json
		[[ $output == *"auth.json:"*"$1"* ]]
	}
	wrong 'its k is too short' '[key("a", "HS256", {"kty": "oct", "k": b64(b"x" * 31)})]'
	wrong 'its k is too short' '[key("a", "HS512", OCT)]'
	wrong 'its kty is not' '[key("a", "RS256", OCT)]'
	wrong 'its kty is not' '[key("a", "HS256", ec_jwk())]'
	wrong 'no RSA key of 2048' '[key("a", "RS256", rsa_jwk("1024"))]'
	wrong 'no RSA key of 2048' '[key("a", "RS256", {**rsa_jwk(), "e": "AQ"})]'
	wrong 'its crv is not' '[key("a", "ES384", ec_jwk())]'
	wrong 'it is no such key' '[key("a", "ES256", {**ec_jwk(), "x": b64(b"x" * 32)})]'
	wrong 'it is the private key' '[key("a", "ES256", {**ec_jwk(), "d": b64(b"x" * 32)})]'
	wrong 'its alg or use' '[key("a", "HS256", {**OCT, "alg": "HS512"})]'
	wrong 'its alg or use' '[key("a", "HS256", {**OCT, "use": "enc"})]'
	wrong 'its kid is' '[key("a", "HS256", {**OCT, "kid": ""})]'
	wrong 'it is no object' '[key("a", "HS256", [OCT])]'
	wrong 'no algorithm of' '[key("a", "none", OCT)]'
	wrong 'no algorithm of' '[key("a", "EdDSA", OCT)]'
	wrong 'a scope is' '[key("a", "HS256", OCT, scopes=["write"])]'
	wrong 'this name came before' '[key("a", "HS256", OCT)] * 2'
	wrong 'at most 16 keys' '[key(str(i), "HS256", OCT) for i in range(17)]'
	wrong 'skew' '[key("a", "HS256", OCT, skew="61s")]'
	wrong 'issuer' '[{k: v for k, v in key("a", "HS256", OCT).items() if k != "issuer"}]'
	wrong 'jwks' '[key("a", "HS256", OCT, jwks="http://x")]'
}

@test "jwt: without libjose a key in the file stops the start, it is never passed over" {
	rx-serve --version | grep -q 'libjose not built in' || skip "built with libjose"
	(umask 077 && echo '{"keys":[{"name":"a","algorithm":"HS256","issuer":"i","audience":"a","scopes":["read"],"jwk":{}}]}' >auth.json)
	run -78 rx-serve --check --auth auth.json
	[[ $output == *"built without libjose"* ]]
}

@test "cors: off unless listed; a listed site may ask and read, refusals too (SEC-09, R-153)" {
	serving --cors https://ops.example --origin https://other.example
	at=http://127.0.0.1:$http
	ask() { curl -si "$@" | tr -d "\r" >./head; }
	ask -H 'Origin: https://ops.example' "$at/status"
	grep -q '^HTTP/1.1 200' head
	grep -qx 'Access-Control-Allow-Origin: https://ops.example' head
	grep -qx 'Vary: Origin' head
	ask -H 'Origin: https://ops.example' "$at/nothing"
	grep -q '^HTTP/1.1 404' head
	grep -qx 'Access-Control-Allow-Origin: https://ops.example' head
	ask -X OPTIONS -H 'Origin: https://ops.example' -H 'Access-Control-Request-Method: POST' "$at/control"
	grep -q '^HTTP/1.1 204' head
	grep -qx 'Access-Control-Allow-Headers: .*Authorization.*' head
	# Behind a body, and an answer that came later, there is no head any more.
	ask -H 'Origin: https://ops.example' --json '{"command":"none"}' "$at/control"
	grep -q '^HTTP/1.1 400' head
	grep -qx 'Access-Control-Allow-Origin: https://ops.example' head
	for origin in https://other.example "http://127.0.0.1:$http"; do
		ask -H "Origin: $origin" "$at/status"
		grep -q '^HTTP/1.1 200' head
		run ! grep -i access-control head
		ask -X OPTIONS -H "Origin: $origin" -H 'Access-Control-Request-Method: POST' "$at/control"
		grep -q '^HTTP/1.1 405' head
	done
	for origin in https://evil.example null 'https://ops.example.evil.example' 'https://ops.example:444'; do
		ask -H "Origin: $origin" "$at/status"
		grep -q '^HTTP/1.1 403' head
		run ! grep -i access-control head
	done
	ask "$at/status"
	run ! grep -i access-control head
	for bad in '*' null ops.example 'https://a b' 'https://'; do
		run -64 rx-serve --check --cors "$bad"
	done
}

@test "auth: a compare takes the same instructions wherever the first wrong byte is (X-52, SEC-12)" {
	can_trace
	"$RX_UNIT/serve-token" >counts || skip "nothing can be traced here"
	[ "$(wc -l <counts)" = 33 ]
	[ "$(cut -d ' ' -f 2 counts | sort -u | wc -l)" = 1 ]
	[ "$(sed -n '1s/.* //p' counts)" -gt 100 ]
}
