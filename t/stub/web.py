#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An HTTP server that answers as a test tells it.

web.py [--tls CERT KEY] [--tokens SECONDS [--same SECONDS]] [--bad TEXT STATUS]
       PORTFILE LOG [ANSWERS]

Each request is one line of JSON in LOG: number, method, path, headers, body
(gzip undone), status.  ANSWERS is read again for every request: its first line is
taken off and used, the last one stays.  A line is

    200 [Name=Value ...] [| body]   an answer; {n} in the body is the number
    reset close half big garbage hang slow redirect leave any

reset, close: the body was read, no answer comes.  half: part of one.  big: 1 GB.
slow: 200, a second later.  leave: 200, and the connection is closed, unannounced.
any: reset, close, half, garbage and 503 in turn.
--bad: a body that holds TEXT gets STATUS; the first of several counts.  --tokens:
POST /api/auth/refresh gives tokens that live so long, everything else needs one that
is alive.  --same: it gives the token "same" again and again, each time with an
expires_at so far ahead; only the very first request finds it dead.
"""
import base64, gzip, http.server, json, os, socket, ssl, struct, sys, threading, time

args = sys.argv[1:]
tls = tokens = same = None
bad = []
while args[0].startswith("--"):
    word = args.pop(0)
    if word == "--tls":
        tls = args.pop(0), args.pop(0)
    elif word == "--tokens":
        tokens = float(args.pop(0))
    elif word == "--same":
        same = float(args.pop(0))
    elif word == "--bad":
        bad.append((args.pop(0).encode(), args.pop(0)))
port_file, log_path = args[:2]
answers = args[2] if len(args) > 2 else None

lock = threading.Lock()
count = 0


def part(value):
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def new_token():
    now = time.time()
    claims = {"iat": int(now), "exp": now + tokens, "n": count}
    return "%s.%s.c2ln" % (part({"alg": "HS256"}), part(claims))


def fresh():
    if same is None:
        return {"token": new_token()}
    until = time.gmtime(time.time() + same)
    return {"token": "same", "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", until)}


def alive(header):
    if same is not None:
        return count > 0
    if not header or not header.startswith("Bearer "):
        return False
    try:
        middle = header.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return False
    return time.time() < claims["exp"]


def next_answer():
    if answers is None or not os.path.exists(answers):
        return "200"
    with open(answers) as f:
        lines = f.read().splitlines()
    if not lines:
        return "200"
    if len(lines) > 1:
        temporary = answers + ".next"
        with open(temporary, "w") as f:
            f.write("\n".join(lines[1:]) + "\n")
        os.rename(temporary, answers)
    return lines[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, body, status):
        global count
        headers = {k.lower(): v for k, v in self.headers.items()}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        line = {"n": count, "method": self.command, "path": self.path,
                "headers": headers, "body": body.decode("utf-8", "replace"),
                "status": status, "at": time.time(), "port": self.client_address[1]}
        with open(log_path, "a") as f:
            f.write(json.dumps(line) + "\n")
        count += 1

    def say(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with lock:
            self.answer(body)

    do_HEAD = do_POST  # with answers that have no body

    def answer(self, body):
        if tokens is not None and self.path == "/api/auth/refresh":
            word = next_answer()
            if word == "200" and self.headers.get("Authorization", "").startswith("Bearer "):
                reply = json.dumps(fresh()).encode()
                self.note(body, 200)
                return self.say(200, [("Content-Type", "application/json")], reply)
            return self.carry_out(word if word != "200" else "401", body)
        if tokens is not None and not alive(self.headers.get("Authorization")):
            return self.carry_out("401", body)
        if tokens is not None:
            return self.carry_out("200", body)
        for text, status in bad:
            if text in body:
                return self.carry_out(status, body)
        self.carry_out(next_answer(), body)

    def carry_out(self, line, body):
        if line == "any":
            line = ("reset", "close", "half", "garbage", "503")[count % 5]
        word = line.split()[0]
        if word.isdigit():
            head, _, text = line.partition("|")
            pairs = [p.split("=", 1) for p in head.split()[1:]]
            self.note(body, int(word))
            pairs = [(k, v.replace("_", " ")) for k, v in pairs]
            return self.say(int(word), pairs, text.strip().replace("{n}", str(count)).encode())
        self.note(body, word)
        if word == "slow":
            time.sleep(1)
            return self.say(200, [], b"")
        self.close_connection = True
        if word == "leave":
            return self.say(200, [], b"")
        if word == "reset":
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif word == "half":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        elif word == "garbage":
            self.wfile.write(b"\x00\x01\x02 999 what\r\n\r\n")
        elif word == "redirect":
            self.say(302, [("Location", "/elsewhere")], b"")
        elif word == "big":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try:
                for _ in range(1000):
                    self.wfile.write(b"x" * 1000000)
            except OSError:
                pass
        elif word == "hang":
            lock.release()
            try:
                self.connection.settimeout(600)
                self.connection.recv(1)
            except OSError:
                pass
            lock.acquire()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server((os.environ.get("STUB_HOST", "127.0.0.1"), 0), Handler)
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
