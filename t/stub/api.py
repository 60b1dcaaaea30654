#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The backend of a host, with the endpoints that R-137 names.

api.py SECONDS PORTFILE DB [PORT]

Each POST is stored in DB, by its path and Idempotency-Key: a second one with the
same key is counted, not stored.  All but /api/auth/refresh need a bearer token
that is alive: PORTFILE has the port and a first one; refresh gives another for
any that was ours once.  They live SECONDS.  With PORT it comes back where one was
before, and knows its tokens.

  POST /api/telemetry/snapshot /api/heartbeat /api/alerts/create /api/system_info
  POST /api/auth/refresh
  GET  /api/system_info?hostname=NAME   the profile of that host (R-79)
  GET  /rows                            rows of telemetry by node, of 10 minutes (R-64)
  GET  /got?path=PATH                   [{"id", "times", "body"}, ...] as they came
"""
import base64, hashlib, hmac, http.server, json, os, sqlite3, sys, threading, time
import urllib.parse, uuid

life, port_file = float(sys.argv[1]), sys.argv[2]
db = sqlite3.connect(sys.argv[3], check_same_thread=False, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
db.execute("CREATE TABLE IF NOT EXISTS got (path TEXT, id TEXT, times INTEGER, at REAL,"
           " node TEXT, body TEXT, PRIMARY KEY (path, id))")
lock = threading.Lock()
POSTS = ("/api/telemetry/snapshot", "/api/heartbeat", "/api/alerts/create",
         "/api/system_info")


def part(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(text):
    return part(hmac.new(b"of this backend", text.encode(), hashlib.sha256).digest())


def new_token():
    text = part(b'{"alg":"HS256"}') + "." + part(json.dumps(
        {"exp": int(time.time() + life), "jti": uuid.uuid4().hex}).encode())
    return text + "." + sign(text)


def end_of(header):
    """When the token in it ends; 0: it is none of ours."""
    text, _, signature = (header or "").removeprefix("Bearer ").rpartition(".")
    if not text or not hmac.compare_digest(sign(text), signature):
        return 0
    claims = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        text = json.dumps(value or {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        with lock:
            if url.path == "/rows":
                self.answer(200, dict(db.execute(
                    "SELECT node, count(*) FROM got WHERE path = '/api/telemetry/snapshot'"
                    " AND at > ? GROUP BY node", (time.time() - 600,))))
            elif url.path == "/got":
                self.answer(200, [{"id": i, "times": n, "body": json.loads(b)} for i, n, b in db.execute(
                    "SELECT id, times, body FROM got WHERE path = ? ORDER BY at", (asked["path"],))])
            elif url.path == "/api/system_info":
                for body, in db.execute("SELECT body FROM got WHERE path = '/api/system_info'"):
                    if json.loads(body).get("hostname") == asked.get("hostname"):
                        return self.answer(200, json.loads(body))
                self.answer(404)
            else:
                self.answer(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        end = end_of(self.headers["Authorization"])
        if self.path == "/api/auth/refresh" and end:
            with lock:
                db.execute("INSERT INTO got VALUES (?, ?, 1, ?, '', '{}')",
                           (self.path, uuid.uuid4().hex, time.time()))
            self.answer(200, {"token": new_token()})
        elif end <= time.time():
            self.answer(401)
        elif self.path not in POSTS:
            self.answer(404)
        else:
            value = json.loads(body)
            with lock:
                db.execute("INSERT INTO got VALUES (?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + 1",
                           (self.path, self.headers["Idempotency-Key"] or uuid.uuid4().hex,
                            time.time(), value.get("node_id", ""), body.decode()))
            self.answer(201)


server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(sys.argv[4]) if len(sys.argv) > 4 else 0), Handler)
with open(port_file + ".new", "w") as f:
    f.write(f"{server.server_port} {new_token()}\n")
os.rename(port_file + ".new", port_file)
server.serve_forever()
