# SPDX-License-Identifier: MIT
"""A headless Chromium driven by its debugging protocol, for tests; the
standard library only.  See Page.
"""
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request

import wsclient

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update "
         "--disable-sync --disable-dev-shm-usage --hide-scrollbars "
         "--remote-debugging-port=0 --remote-allow-origins=*").split()


class Page:
    def __init__(self, width=1280, height=800):
        self.dir = tempfile.mkdtemp()
        command = [next(n for n in NAMES if shutil.which(n)), *FLAGS,
                   f"--user-data-dir={self.dir}", "about:blank"]
        uid = os.environ.get("RX_BROWSER_UID")  # whose it is to be
        if uid:
            os.chown(self.dir, int(uid), int(uid))
            command = ["setpriv", "--reuid", uid, "--regid", uid,
                       "--clear-groups", "env", f"HOME={self.dir}", *command]
        # What it makes for the time it runs stays in its directory, too.
        self.process = subprocess.Popen(
            command, cwd="/", env={**os.environ, "TMPDIR": self.dir},
            stderr=subprocess.DEVNULL, close_fds=True)
        told = os.path.join(self.dir, "DevToolsActivePort")
        self.until(lambda: os.path.exists(told) and open(told).read().strip(),
                   30)
        port = int(open(told).read().split()[0])
        tabs = self.until(lambda: [
            t for t in json.load(urllib.request.urlopen(
                f"http://127.0.0.1:{port}/json")) if t["type"] == "page"])
        url = tabs[0]["webSocketDebuggerUrl"]
        self.ws = wsclient.connect(port, "/" + url.split("/", 3)[3], timeout=30)
        self.calls, self.events = 0, []
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        # Its children end after it, and write until then.
        self.until(lambda: shutil.rmtree(self.dir, ignore_errors=True) or
                   not os.path.exists(self.dir))

    def call(self, method, **params):
        self.calls += 1
        self.ws.send(wsclient.TEXT, json.dumps(
            {"id": self.calls, "method": method, "params": params}).encode())
        while True:
            _, text = self.ws.frame()
            message = json.loads(text)
            if message.get("id") == self.calls:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def open(self, url):
        self.call("Page.navigate", url=url)

    def js(self, text):
        got = self.call("Runtime.evaluate", expression=text,
                        awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def key(self, key):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key,
                  text=key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    @staticmethod
    def until(true, seconds=10):
        end = time.monotonic() + seconds
        while not (got := true()):
            assert time.monotonic() < end, "never came true"
            time.sleep(0.02)
        return got

    def until_js(self, text, seconds=10):
        try:
            return self.until(lambda: self.js(text), seconds)
        except AssertionError as e:
            raise AssertionError(
                f"{e}: {text}\n{self.js('document.body.innerText')}")

    def _told(self, method):
        return [e["params"] for e in self.events if e.get("method") == method]

    def complaints(self):
        """What the console shows in red."""
        return ([e["entry"] for e in self._told("Log.entryAdded")
                 if e["entry"]["level"] == "error"] +
                self._told("Runtime.exceptionThrown") +
                [c for c in self._told("Runtime.consoleAPICalled")
                 if c["type"] in ("error", "assert")])

    def requests(self):
        return ([r["request"]["url"]
                 for r in self._told("Network.requestWillBeSent")] +
                [w["url"] for w in self._told("Network.webSocketCreated")])
