#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A backend that knows which hosts are there by their heartbeats.

backend.py INTERVAL PORTFILE LOG

A host is online from the first beat that says so, and offline when it says so or
when more than two beats in a row did not come: nothing for three intervals and a
half.  Each change is a line of LOG: "NODE online", "NODE offline: said so",
"NODE offline: silent".
"""
import http.server, json, os, sys, threading, time

interval, port_file, log_path = float(sys.argv[1]), sys.argv[2], sys.argv[3]
lock = threading.Lock()
seen, state = {}, {}


def become(node, now):
    if state.get(node) != now:
        state[node] = now
        with open(log_path, "a") as f:
            f.write(f"{node} {now}\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200 if self.path == "/api/heartbeat" else 404
        if status == 200:
            beat = json.loads(body)
            assert sorted(beat) == ["node_id", "status", "timestamp"]
            with lock:
                seen[beat["node_id"]] = time.monotonic()
                become(beat["node_id"], "online" if beat["status"] == "online"
                       else "offline: said so")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def watch():
    while True:
        time.sleep(interval / 20)
        with lock:
            for node, at in seen.items():
                if (state[node] == "online" and
                        time.monotonic() - at > 3.5 * interval):
                    become(node, "offline: silent")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=watch, daemon=True).start()
with open(port_file + ".new", "w") as f:
    f.write(f"{server.server_port}\n")
os.rename(port_file + ".new", port_file)
server.serve_forever()
