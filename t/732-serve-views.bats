# SPDX-License-Identifier: MIT
# rx-serve: the other views of the dashboard, in a real browser (not tested: how
# they look; screenshots are for eyes)
setup() {
	load helper
	load serve
	need python3
	command -v chromium chromium-browser google-chrome >browsers || skip "no Chromium"
	export PYTHONPATH="$RX_TOP/t" PYTHONDONTWRITEBYTECODE=1
}

# page PYTHON: with p, a browser that shows the dashboard.
page() {
	{
		cat <<-'X'
		import os, sys
		from browser import Page
		def shown(view):
		    return f"document.body.dataset.view == '{view}' && !document.getElementById('{view}').hidden"
		def note(view):
		    return f"document.querySelector('#{view} .note h2').textContent"
		def text(id): return f"document.getElementById('{id}').textContent"
		with Page() as p:
		    p.open(f"http://localhost:{sys.argv[1]}/")
		    p.until_js("document.body?.dataset.state && document.body.dataset.state != 'connecting'")
		X
		sed 's/^/    /'
	} >page.py
	SERVER=$server python3 page.py "$http"
}

sample() { # SECOND CPU DISK
	printf '{"timestamp":"2026-01-05T10:00:%02dZ","metrics":{"cpu":{"cpu_usage_percent":%s,"cores":2,"load_avg_1m":1.5,"load_avg_5m":1,"load_avg_15m":1},"memory":{"memory_usage_percent":50,"memory_total_mb":2048,"memory_used_mb":1024},"disk":{"disk_usage":{"/":{"usage_percent":%s,"total_gb":100,"used_gb":50},"/x":{"usage_percent":1,"total_gb":1,"used_gb":0}},"write_mb_per_sec":1},"network":{"bytes_sent_mb_per_sec":1,"bytes_recv_mb_per_sec":2,"active_connections":3},"processes":{"process_count":7,"top_memory":[{"name":"<b>","memory_mb":10}]}}}\n' "$1" "$2" "$3"
}

@test "views: telemetry becomes charts with limits, only while it is watched, without a foreign request" {
	[ -e /usr/share/javascript/chart.js/chart.min.js ] || skip "not built with Chart.js"
	{ sample 1 20 85; sample 2 95 85; } >past
	serving --telemetry 'cat past; sleep 600'
	page <<-'X'
	running = "fetch('/v1/status').then(r => r.json()).then(s => s.streams.telemetry.clients)"
	assert p.js(running) == 0
	p.key("2")
	p.until_js(shown("host"))
	p.until_js("document.querySelector('#card-cpu .value').textContent == '95'")
	assert p.js("document.getElementById('card-cpu').dataset.level") == "critical"
	assert p.js("document.querySelector('#card-disk .level-name').textContent") == "high"
	assert p.js("document.getElementById('card-memory').dataset.level") == ""
	assert "<b>" in p.js(text("processes"))
	p.until_js("Chart.getChart(document.querySelector('#card-cpu canvas')).data.datasets[0].data.length == 2")
	assert p.js("Chart.getChart(document.querySelector('#card-cpu canvas')).data.datasets.slice(1).map(d => d.data[0].y).join()") == "75,90"
	p.key("t")
	p.key("1")
	p.until_js(shown("logs"))
	p.until_js(running + ".then(n => n == 0)")
	p.key("2")
	p.until_js("document.querySelector('#host .note').hidden")
	assert p.js("Chart.getChart(document.querySelector('#card-cpu canvas')).data.datasets[0].data.length") == 2
	complaints = [c for c in p.complaints() if "/livelogs" not in str(c)]
	assert complaints == [], complaints
	own = f"//localhost:{sys.argv[1]}/"
	assert all(own in u for u in p.requests()), p.requests()
	X
}

@test "views: queues, delivery and alerts are what the stages tell" {
	mkdir stages
	cat >stages/spool.prom <<-'X'
	# TYPE rx_spool_pending_records gauge
	rx_spool_pending_records{lane="error"} 1284
	# TYPE rx_spool_oldest_seconds gauge
	rx_spool_oldest_seconds{lane="error"} 42.5
	# TYPE rx_spool_dead_letters gauge
	rx_spool_dead_letters{lane="error"} 3
	X
	printf '# TYPE rx_ship_up gauge\nrx_ship_up 0\n# TYPE rx_ship_delivered_total counter\nrx_ship_delivered_total 17\n' >stages/ship.prom
	printf '# TYPE rx_alert_firing gauge\nrx_alert_firing 2\n' >stages/alert.prom
	serving --stages stages
	page <<-'X'
	p.js("document.getElementById('tab-delivery').click()")
	p.until_js(text("waiting") + " == '1,284'")
	assert p.js(text("oldest")) == "43 s" and p.js(text("dead")) == "3"
	assert p.js("[...document.querySelectorAll('#ships td')].map(t => t.textContent).slice(0, 3).join()") == "ship,failing,17"
	assert p.js("document.querySelectorAll('#stages tr').length") == 3
	p.key("3")
	p.until_js(text("alert-firing") + " == '2'")
	assert "no history" in p.js(text("anomalies-none"))
	p.js("document.getElementById('tab-alerts').focus()")
	p.key("ArrowRight")
	p.until_js(shown("delivery") + " && document.activeElement.id == 'tab-delivery'")
	for width in 360, 1920:
	    p.call("Emulation.setDeviceMetricsOverride", width=width, height=740, deviceScaleFactor=1, mobile=width == 360)
	    for view in "alerts", "delivery":
	        p.js(f"document.getElementById('tab-{view}').click()")
	        p.until_js(f"innerWidth == {width} && document.documentElement.scrollWidth <= {width}")
	X
}

@test "views: each says what it lacks, and that nobody answers" {
	serving
	page <<-'X'
	for key, view, title in ("2", "host", "No telemetry"), ("3", "alerts", "No alerts here"), ("4", "delivery", "No stages"), ("5", "signals", "No signals"):
	    p.key(key)
	    p.until_js(shown(view))
	    p.until_js(f"{note(view)} == '{title}'")
	assert p.complaints() == [], p.complaints()
	p.key("4")
	os.kill(int(os.environ["SERVER"]), 15)
	p.until_js(note("delivery") + " == 'Disconnected'")
	X
}

@test "views: somebody else is told that they are not for him" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	need setpriv
	serving --telemetry 'echo secret; sleep 600' --stages .
	export RX_BROWSER_UID=65534
	page <<-'X'
	for key, view in ("2", "host"), ("3", "alerts"), ("4", "delivery"), ("5", "signals"):
	    p.key(key)
	    p.until_js(f"{note(view)} == 'No access' || {note(view)} == 'No signals'")
	X
}

@test "views: signals are bars by sentiment, anomalies a table; the logs are followed behind them" {
	now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
	for mood in positive stressed stressed '<b>'; do
		printf '{"timestamp":"%s","user_id":"u-%s","sentiment":"%s"}\n' "$(now)" "$mood" "$mood"
	done | rx-spool push --unmarked ./signals.db main
	printf '{"timestamp":"2026-01-05T10:00:00Z","alert_type":"flood","severity":"critical","count":9,"threshold":5,"window_seconds":60,"user_id":"<i>"}\n' |
		rx-spool push --unmarked ./anomalies.db main
	serving --history signals=signals.db --history anomalies=anomalies.db \
		--logs 'seq 200; while :; do sleep 0.2; echo more; done'
	page <<-'X'
	following = "(l => l.scrollHeight - l.scrollTop - l.clientHeight < 40 && l.clientHeight > 0)(document.getElementById('log'))"
	p.until_js("document.querySelectorAll('.line').length > 200 && " + following)
	p.key("5")
	p.until_js(shown("signals") + " && " + text("mood-stressed") + " == '2'")
	assert p.js(text("mood-positive")) == "1" and p.js(text("mood-uncertain")) == "0"
	assert p.js("document.querySelectorAll('#users tr').length") == 3
	if p.js("globalThis.Chart !== undefined"):
	    sums = "Chart.getChart('moods').data.datasets.map(d => d.data.reduce((a, b) => a + b, 0)).join()"
	    p.until_js(sums + " == '1,1,0,2'")
	p.key("3")
	p.until_js("document.querySelector('#anomalies tr')?.textContent.includes('9 in 60 s, limit 5')")
	assert "<i>" in p.js(text("anomalies"))
	p.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
	p.key("1")
	p.until_js(shown("logs"))
	n = p.js("document.querySelectorAll('.line').length")
	p.until_js(f"document.querySelectorAll('.line').length > {n + 2} && {following}")
	assert p.js("document.getElementById('latest').hidden")
	p.js("document.getElementById('log').scrollTop -= 300")
	p.until_js("!document.getElementById('latest').hidden")
	p.key("g")
	p.until_js(following)
	assert p.complaints() == [], p.complaints()
	X
}
