# SPDX-License-Identifier: MIT
# rx-serve: the dashboard in a real browser        (not tested: how it looks;
# screenshots are for eyes)
setup() {
	load helper
	load serve
	need python3
	command -v chromium chromium-browser google-chrome >browsers || skip "no Chromium"
	export PYTHONPATH="$RX_TOP/t" PYTHONDONTWRITEBYTECODE=1
}

# page PYTHON: with p, a browser that shows the dashboard at base.
page() {
	{
		cat <<-'X'
		import os, signal, subprocess, sys, time
		from browser import Page
		base = f"http://localhost:{sys.argv[1]}"
		text = "document.getElementById('log').innerText"
		def rows(n):
		    return f"document.querySelectorAll('.line').length == {n}"
		def state(s):
		    return f"document.body?.dataset.state == '{s}'"
		with Page() as p:
		    p.open(base + "/")
		X
		sed 's/^/    /'
	} >page.py
	python3 page.py "$http" "$ws" "$server"
}

record() { # SEVERITY TEXT
	printf '{"timestamp":"2026-01-05T10:00:00Z","log_path":"/v/a.log","application":"app","log_line":"%s","severity":"%s"}\n' "$2" "$1"
}

@test "page: loads without a complaint or a foreign request, and shows a record within a second" {
	mkfifo pipe
	serving --logs 'cat pipe'
	page <<-'X'
	p.until_js(state("live"))
	p.until_js("document.getElementById('note-title').textContent == 'Listening'")
	out = open("pipe", "w", buffering=1)
	start = time.monotonic()
	out.write('{"timestamp":"2026-01-05T10:00:00Z","log_line":"hello <b>you</b>","severity":"error"}\n')
	p.until_js(rows(1))
	assert time.monotonic() - start < 1, time.monotonic() - start
	assert "hello <b>you</b>" in p.js(text)
	assert p.js("document.querySelector('.line').classList.contains('error')")
	assert p.complaints() == [], p.complaints()
	own = (base, base.replace("http", "ws"))
	assert all(u.startswith(own) for u in p.requests()), p.requests()
	assert len(p.requests()) >= 6
	X
}

@test "page: search and severities choose, pause holds, by keyboard" {
	{ record info one; record error 'two ONE'; record warn three; } >records
	serving --logs 'cat records; sleep 600'
	page <<-'X'
	p.until_js(rows(3))
	p.key("/")
	for c in "one": p.key(c)
	p.until_js(rows(2))
	assert p.js("document.querySelectorAll('mark').length") == 2
	assert p.js("document.getElementById('shown').textContent") == "2 of 3"
	p.key("Escape")
	p.until_js(rows(3))
	p.js("document.querySelector('.level.info').click()")
	p.until_js(rows(2))
	p.key("ArrowUp"); p.key("Enter")
	p.until_js("document.querySelector('.members')?.innerText.includes('/v/a.log')")
	p.key("p")
	p.until_js("document.getElementById('state').textContent == 'paused'")
	p.key("c")
	p.until_js(rows(0))
	assert p.complaints() == [], p.complaints()
	X
}

@test "page: tells that the connection is lost, and reconnects by itself, no record twice" {
	{ record info one; record error two; } >records
	serving --logs 'cat records; sleep 600'
	page <<-'X'
	p.until_js(rows(2))
	os.kill(int(sys.argv[3]), signal.SIGTERM)
	p.until_js(state("lost"))
	p.until_js("!document.getElementById('banner').hidden")
	open("records", "a").write('{"log_line":"three"}\n')
	again = subprocess.Popen(["rx-serve", "--control-port", sys.argv[1],
	    "--ws-port", sys.argv[2], "--logs", "cat records; sleep 600"])
	try:
	    p.until_js(state("live"), 30)
	    p.until_js("document.querySelector('.divider')?.textContent.startsWith('reconnected')")
	    p.until_js(rows(3))
	    assert p.js("[...document.querySelectorAll('.text')].map(t => t.textContent).join()") == "one,two,three"
	finally:
	    again.terminate()
	    again.wait()
	X
}

@test "page: without a source it says so" {
	serving
	page <<-'X'
	p.until_js(state("nosource"))
	assert "without" in p.js("document.getElementById('note').innerText")
	assert p.complaints() == [], p.complaints()
	X
}

@test "page: somebody else sees the page, and is told that the logs are not for him (SEC-19)" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	need setpriv
	serving --logs 'echo secret; sleep 600'
	export RX_BROWSER_UID=65534
	page <<-'X'
	p.until_js(state("denied"))
	assert "root" in p.js("document.getElementById('note').innerText")
	assert "secret" not in p.js("document.body.innerText")
	X
}

@test "page: a link lets somebody else in, for one page; so does a token he types" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	need setpriv
	(umask 077 && printf '{"tokens":[{"name":"ann","sha256":"%s","scopes":["read"]}]}\n' \
		"$(printf typed-token | sha256sum | cut -d ' ' -f 1)" >tokens.json)
	{ record info one; record error two; } >records
	serving --auth tokens.json --logs 'cat records; sleep 600'
	rx-serve --link --control-port "$http" >./link
	export RX_BROWSER_UID=65534
	page <<-'X'
	p.until_js(state("denied"))
	p.js("document.getElementById('token').value = 'typed-token'")
	p.js("document.querySelector('#login button').click()")
	p.until_js(state("live"))
	p.until_js(rows(2))
	p.js("sessionStorage.clear()")
	link = open("link").read().strip()
	p.open(link)
	p.until_js("location.hash == '' && " + state("live"))
	p.until_js(rows(2))
	p.js("sessionStorage.clear()")
	p.open("about:blank")
	p.open(link)
	p.until_js(state("denied"))
	X
}

@test "page: the buttons stop and start the live logs, for all who watch" {
	serving --logs 'echo one; sleep 600'
	page <<-'X'
	p.until_js(rows(1))
	p.js("document.getElementById('run').click()")
	p.until_js(state("stopped"))
	p.until_js("document.getElementById('run').textContent == 'Start'")
	p.js("document.getElementById('run').click()")
	p.until_js(state("live"))
	p.until_js(rows(2))
	assert p.complaints() == [], p.complaints()
	X
}

@test "page: nothing is wider than a screen of 360 and of 1920 pixels" {
	{ record error "$(printf 'x%.0s' {1..500})"; record info 'a b'; } >records
	serving --node-id "$(printf 'n%.0s' {1..60})" --logs 'cat records; sleep 600'
	page <<-'X'
	for width in 360, 1920:
	    p.call("Emulation.setDeviceMetricsOverride", width=width, height=740,
	           deviceScaleFactor=1, mobile=width == 360)
	    p.until_js(rows(2))
	    p.until_js(f"innerWidth == {width} && document.documentElement.scrollWidth <= {width}")
	    wide = p.js("[...document.querySelectorAll('.top > *, .rate, .search, .actions, .stage, .line, .line > *')]"
	                f".filter(e => e.getBoundingClientRect().right > {width}).map(e => e.className).join()")
	    assert wide == "", wide
	X
}
