#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Loki that answers a push as Grafana Loki 3.4 does.

loki.py [--max-age S] [--max-future S] [--behind S] [--max-body N]
        [--burst N] [--stream-rate N] [--answers FILE] [--port N]
        PORTFILE LOG

Entries are kept in a set, so that repeats count once.  LOG gets a line of JSON for
each request: path, headers, status, text, entries, new.  GET /entries gives what is
stored, sorted; GET /entries?last the same, and from then on no push is answered.
FILE as in web.py, but only whole answers: "500", "429 | text",
"close".  --behind: how far below the newest entry of its stream one may be.
--burst: lines of more bytes together are refused with 429, whenever they come.
--stream-rate: so many bytes a second of one stream are taken, the rest is refused.
--port: to come back where one was before.
"""
import gzip, http.server, json, os, re, sys, threading, time
from datetime import datetime, timezone

args = sys.argv[1:]
option = {"--max-age": 604800.0, "--max-future": 600.0, "--behind": 3600.0,
          "--max-body": 4194304.0, "--burst": 0, "--stream-rate": 0, "--answers": None,
          "--port": 0}
while args[0].startswith("--"):
    word = args.pop(0)
    option[word] = args.pop(0)
port_file, log_path = args
MAX_AGE, MAX_FUTURE = float(option["--max-age"]), float(option["--max-future"])
BEHIND, MAX_BODY = float(option["--behind"]), float(option["--max-body"])
LINE, LABELS = 262144, 15

lock = threading.Lock()
stored = {}  # (labels, ns, line) -> metadata
newest = {}
spent = {}  # labels -> second, bytes
ended = False


def show(ns):
    return datetime.fromtimestamp(ns // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_of(labels):
    pairs = dict(labels)
    pairs.setdefault("service_name", pairs.get("job", "unknown_service"))
    return "{%s}" % ", ".join('%s=%s' % (k, json.dumps(v)) for k, v in sorted(pairs.items()))


def grouped(errors):
    """One text for each kind, with how many there were."""
    kinds = {}
    for kind, text in errors:
        kinds.setdefault(kind, []).append(text)
    if len(errors) == 1:
        return errors[0][1]
    return "; ".join("%d errors like: %s" % (len(t), t[0]) for t in kinds.values())


def is_over(labels, size):
    """Whether the stream has used up what it may have in this second."""
    rate, second = int(option["--stream-rate"]), int(time.time())
    since, used = spent.get(labels, (0, 0))
    if since != second:
        used = 0
    if 0 < rate < used + size:
        return True
    spent[labels] = second, used + size
    return False


def push(body):
    """status, text, number of new entries"""
    try:
        streams = json.loads(body)["streams"]
        for s in streams:
            for k, v in s["stream"].items():
                if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", k):
                    return 400, "couldn't parse labels: 1:3: parse error: unexpected character inside braces: '-'", 0
                if not isinstance(v, str):
                    return 400, "loghttp.PushRequest.Streams: label", 0
            for value in s["values"]:
                if not isinstance(value[0], str) or not value[0].isdigit() or not isinstance(value[1], str):
                    return 400, "loghttp.PushRequest.Streams: value", 0
                if len(value) > 2 and any(not isinstance(v, str) for v in value[2].values()):
                    return 400, "loghttp.PushRequest.Streams: metadata", 0
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return 400, "loghttp.PushRequest.Streams: ReadMapCB", 0
    if not any(s["values"] for s in streams):
        return 422, "error at least one valid stream is required for ingestion", 0
    lines = [value[1] for s in streams for value in s["values"]]
    size = sum(len(line.encode("utf-8", "replace")) for line in lines)
    if 0 < int(option["--burst"]) < size:
        return 429, ("Ingestion rate limit exceeded for user fake (limit: %s bytes/sec) while attempting to ingest"
                     " '%d' lines totaling '%d' bytes, reduce log volume" % (option["--burst"], len(lines), size)), 0
    now = time.time_ns()
    oldest = now - int(MAX_AGE * 1e9)
    latest = now + int(MAX_FUTURE * 1e9)
    errors, behind, new = [], {}, 0
    limited = []
    for s in streams:
        labels = tuple(sorted((k, re.sub("[\ud800-\udfff]", "\ufffd", v))
                              for k, v in s["stream"].items()))
        name = name_of(labels)
        if len(labels) > LABELS:
            errors.append(("labels", "entry for stream '%s' has %d label names; limit 15" % (name, len(labels))))
            continue
        top = newest.get(labels)
        for value in s["values"]:
            ns = int(value[0])
            line = re.sub("[\ud800-\udfff]", "\ufffd", value[1])
            if ns < oldest:
                errors.append(("old", "entry for stream '%s' has timestamp too old: %s, oldest acceptable timestamp is: %s"
                               % (name, show(ns), show(oldest))))
            elif ns > latest:
                errors.append(("new", "entry for stream '%s' has timestamp too new: %s" % (name, show(ns))))
            elif len(line.encode()) > LINE:
                errors.append(("line", "Max entry size '262144' bytes exceeded for stream '%s' while adding an entry with length '%d' bytes"
                               % (name, len(line.encode()))))
            elif is_over(labels, len(line.encode())):
                limited.append("entry with timestamp %s ignored, reason: 'Per stream rate limit exceeded (limit: %sB/sec) while attempting to"
                               " ingest for stream '%s' totaling %dB, consider splitting a stream via additional labels or contact your Loki"
                               " administrator to see if the limit can be increased'," % (show(ns), option["--stream-rate"], name, len(line.encode())))
            elif top is not None and ns < top - int(BEHIND * 1e9):
                behind.setdefault(name, []).append((ns, top - int(BEHIND * 1e9), len(s["values"])))
            else:
                new += (labels, ns, line) not in stored
                stored[labels, ns, line] = value[2] if len(value) > 2 else {}
                newest[labels] = max(newest.get(labels, 0), ns)
                continue
    if errors:
        return 400, grouped(errors), new
    if limited:
        return 429, "\n".join(limited[:10]) + "\nuser 'fake', total ignored: %d out of %d" % (len(limited), len(lines)), new
    if behind:
        name, refused = next(iter(behind.items()))
        text = "".join("entry with timestamp %s ignored, reason: 'entry too far behind, entry timestamp is: %s, oldest acceptable timestamp is: %s',\n"
                       % (datetime.fromtimestamp(r[0] / 1e9, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f +0000 UTC"), show(r[0]), show(r[1]))
                       for r in refused[:10])
        return 400, text + "user 'fake', total ignored: %d out of %d for stream: %s" % (len(refused), refused[0][2], name), new
    return 204, "", new


def next_answer():
    path = option["--answers"]
    if path is None or not os.path.exists(path):
        return None
    with open(path) as f:
        lines = f.read().splitlines()
    if not lines:
        return None
    with open(path + ".next", "w") as f:
        f.write("".join(line + "\n" for line in lines[1:]))
    os.rename(path + ".next", path)
    return lines[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, text):
        body = (text + "\n").encode() if text else b""
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global ended
        with lock:
            ended = ended or self.path.endswith("?last")
            entries = [[dict(k[0]), str(k[1]), k[2], m] for k, m in stored.items()]
        entries.sort(key=lambda e: (sorted(e[0].items()), int(e[1]), e[2]))
        self.say(200, json.dumps(entries))

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with lock:
            if ended:
                self.close_connection = True
                return
            self.take(raw)

    def take(self, raw):
        headers = {k.lower(): v for k, v in self.headers.items()}
        body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
        word, new = next_answer(), 0
        if word is not None and word.split()[0].isdigit() and word.split()[0] != "204":
            status, text = int(word.split()[0]), word.partition("|")[2].strip()
        elif not headers.get("content-type", "").startswith("application/json"):
            status, text = 400, "snappy: corrupt input"
        elif not self.path.startswith("/loki/api/v1/push"):
            status, text = 404, "404 page not found"
        elif len(body) > MAX_BODY:
            status, text = 500, ("rpc error: code = ResourceExhausted desc = grpc: received message"
                                 " larger than max (%d vs. %d)" % (len(body), MAX_BODY))
        else:
            status, text, new = push(body)
        with open(log_path, "a") as f:
            f.write(json.dumps({"path": self.path, "headers": headers, "status": status,
                                "text": text, "new": new, "bytes": len(body), "at": time.time()}) + "\n")
        if word == "close":
            self.close_connection = True
            return
        self.say(status, text)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", int(option["--port"])), Handler)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
