#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rx-ship beside what it replaces: RabbitMQ, HTTP, the archive.

usage: ship.py [--bin DIR] [--records N] [--rounds N] [--write]

amqp     N records of 300 bytes into a durable queue of a RabbitMQ node of its
         own: rx-ship with confirms; amqp-publish -l -p, which asks for none;
         the frames that rx-ship sends, without confirms and encoded before;
         pika with a confirm for each message, and with a connection for each.
         The time ends when the queue holds all of them.  The first three take
         turns, --rounds times; figures are medians.  The CPU of the broker
         tells what its confirms cost it, however loaded the machine is.
http     30 N records in NDJSON batches to an nginx that reads and answers 204;
         and what the kernel alone takes for it: a program that reads 1 MiB and
         writes it to the socket, again and again.
archive  N records of a spool to file:, each on the disk before its outcome.

CPU is user and system of the client alone.  What is not installed is left out,
and said.  --write puts the table into results/ship.md and ship.json.
"""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PYTHON = "/usr/bin/python3"  # where the distribution puts pika

# A node for as long as standard input is open; the first line is its port and pid.
NODE = """
skip() { echo "$*" >&2; exit 1; }
. "$1/t/rabbit.bash"
trap rabbit_stop EXIT
rabbit_start >&2 || exit
echo "$RABBIT_PORT $(rabbit_pid)"
cat >/dev/null
"""

PIKA = """
import pika, sys
port, queue, how, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
def connect():
    k = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    return k, k.channel()
lines = open(path, "rb").read().splitlines()
props = pika.BasicProperties(delivery_mode=2)
if how == "confirms":
    k, c = connect()
    c.confirm_delivery()
    for line in lines:
        c.basic_publish("", queue, line, props, mandatory=True)
    k.close()
else:
    for line in lines:
        k, c = connect()
        c.basic_publish("", queue, line, props)
        k.close()
"""

# The messages of rx-ship, to a broker that is not asked to confirm them.
BARE = r"""
import socket, sys, pika
from pika import frame, spec
port, queue = int(sys.argv[1]), sys.argv[2]
props = lambda n: spec.BasicProperties(content_type="application/json", delivery_mode=2, message_id="abcdefghijklmnopqrstuv:%d" % n, app_id="rx")
put = frame.Method(1, spec.Basic.Publish(exchange="", routing_key=queue, mandatory=True)).marshal()
parts = []
for n, line in enumerate(sys.stdin.buffer.read().splitlines(), 1):
    parts += [put, frame.Header(1, len(line), props(n)).marshal(), frame.Body(1, line).marshal()]
data = b"".join(parts)
s = socket.create_connection(("127.0.0.1", port))
def say(ch, m): s.sendall(frame.Method(ch, m).marshal())
got = b""
def hear(kind):
    global got
    while True:
        n, f = frame.decode_frame(got)
        if f is None:
            more = s.recv(65536)
            if not more: raise SystemExit("closed")
            got += more
            continue
        got = got[n:]
        if isinstance(f, frame.Method) and isinstance(f.method, kind): return f.method
s.sendall(frame.ProtocolHeader().marshal())
hear(spec.Connection.Start)
say(0, spec.Connection.StartOk({}, "PLAIN", "\0guest\0guest", "en_US"))
t = hear(spec.Connection.Tune)
say(0, spec.Connection.TuneOk(t.channel_max, t.frame_max, 0))
say(0, spec.Connection.Open("/")); hear(spec.Connection.OpenOk)
say(1, spec.Channel.Open()); hear(spec.Channel.OpenOk)
s.sendall(data)
say(1, spec.Channel.Close(200, "", 0, 0)); hear(spec.Channel.CloseOk)
"""

COUNT = """
import pika, sys, time
k = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), heartbeat=0))
c = k.channel()
if sys.argv[3] == "make":
    c.queue_declare(sys.argv[2], durable=True)
elif sys.argv[3] == "drop":
    c.queue_delete(sys.argv[2])
else:
    while c.queue_declare(sys.argv[2], passive=True).method.message_count < int(sys.argv[3]):
        time.sleep(0.01)
"""


def record(n, size=300):
    return b'{"n":%-8d,"log_line":"%s"}\n' % (n, b"x" * (size - 29))


def write_records(path, count, size=300):
    with open(path, "wb") as f:
        for n in range(0, count, 1000):
            f.write(b"".join(record(i, size)
                             for i in range(n, min(n + 1000, count))))


def run(argv, path, out="/dev/null"):
    """Seconds, CPU seconds, peak KiB of one process that reads path."""
    with open(path, "rb") as stdin, open(out, "wb") as stdout:
        began = time.monotonic()
        p = subprocess.Popen(argv, stdin=stdin, stdout=stdout)
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        raise SystemExit(f"{argv}: status {p.returncode}")
    return (time.monotonic() - began, used.ru_utime + used.ru_stime,
            used.ru_maxrss)


def have(name):
    if shutil.which(name):
        return True
    print(f"left out, not installed: {name}", file=sys.stderr)
    return False


class Queue:
    """One queue, new for each run."""

    def __init__(self, port, pid):
        self.port, self.pid, self.name, self.n = port, pid, "", 0

    def broker_cpu(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, what):
        subprocess.run([PYTHON, "-c", COUNT, str(self.port), self.name, what],
                       check=True)

    def fill(self, argv, path, count):
        """argv reads path; {q} and {url} are filled in.

        Messages/s, CPU us a message of the client and of the broker, KiB.
        """
        self.n += 1
        self.name = f"bench{self.n}"
        self.ask("make")
        url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        argv = [a.replace("{q}", self.name).replace("{url}", url)
                .replace("{port}", str(self.port)) for a in argv]
        before, began = self.broker_cpu(), time.monotonic()
        _, cpu, peak = run(argv, path)
        self.ask(str(count))
        took = time.monotonic() - began
        broker = self.broker_cpu() - before
        self.ask("drop")
        return (count / took, cpu / count * 1e6, broker / count * 1e6, peak)


def amqp(count, rounds):
    if subprocess.run([PYTHON, "-c", "import pika"], check=False).returncode:
        return []
    node = subprocess.Popen(["bash", "-c", NODE, "bash", TOP], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    line = node.stdout.readline()
    if not line:
        print("left out: no RabbitMQ", file=sys.stderr)
        return []
    queue = Queue(*map(int, line.split()))
    jobs = {"rx-ship, confirms": ["rx-ship", "-q", "{url}{q}"],
            "the same messages, no confirms":
                [PYTHON, "-c", BARE, "{port}", "{q}"]}
    if have("amqp-publish"):
        jobs["amqp-publish -l, no confirms, no properties"] = [
            "amqp-publish", "-u", "amqp://guest:guest@127.0.0.1:{port}", "-r",
            "{q}", "-p", "-l"]
    rows, seen = [], {name: [] for name in jobs}
    try:
        write_records("few", 2000)
        queue.fill(["rx-ship", "-q", "{url}{q}"], "few", 2000)  # to warm up
        for _ in range(rounds):
            for name, argv in jobs.items():
                seen[name].append(queue.fill(argv, "records", count))
        ours = seen["rx-ship, confirms"]
        for name, runs in seen.items():
            rate, cpu, broker, peak = map(statistics.median, zip(*runs))
            rows.append((f"{name}: messages a second", f"{rate:.0f}", ""))
            if "the same" not in name:
                rows.append((f"{name}: CPU a message", f"{cpu:.2f} us",
                             "<= 5 us" if runs is ours else ""))
            rows.append((f"{name}: CPU of the broker", f"{broker:.1f} us", ""))
            if runs is ours:
                rows.append((f"{name}: resident", f"{peak / 1024:.1f} MiB",
                             "<= 64 MiB"))
                continue
            share = statistics.median(a[0] / b[0] for a, b in zip(ours, runs))
            rows.append((f"{name}: rx-ship has, of that rate",
                         f"{share * 100:.0f} %", ">= 95 %"))
        rate, us, _, _ = queue.fill([PYTHON, "-c", PIKA, "{port}", "{q}",
                                     "confirms", "few"], "few", 2000)
        rows.append(("pika, a confirm for each",
                     f"{rate:.0f}/s, {us:.0f} us", ""))
        write_records("few", 200)
        rate, us, _, _ = queue.fill([PYTHON, "-c", PIKA, "{port}", "{q}",
                                     "connections", "few"], "few", 200)
        rows.append(("pika, a connection for each",
                     f"{rate:.0f}/s, {us:.0f} us", ""))
    finally:
        node.stdin.close()
        node.wait()
    return rows


NGINX = """
daemon off; worker_processes 1; pid nginx.pid; error_log nginx.err;
events {{}}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path tmp;
  client_body_buffer_size 4m; keepalive_requests 1000000;
  proxy_temp_path tmp2; fastcgi_temp_path tmp3; uwsgi_temp_path tmp4;
  scgi_temp_path tmp5;
  server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
}}
"""


def floor(port, path):
    """System CPU seconds a GB: the least that reading and sending can cost."""
    before, sent, room = os.times(), 0, memoryview(bytearray(1 << 20))
    with socket.create_connection(("127.0.0.1", port)) as s, open(
            path, "rb", buffering=0) as f:
        while n := f.readinto(room):
            s.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: %d"
                      b"\r\n\r\n" % n)
            s.sendall(room[:n])
            s.recv(4096)
            sent += n
    return (os.times().system - before.system) / sent * 1e9


def http(count):
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        print("left out, not installed: nginx", file=sys.stderr)
        return []
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with open("nginx.conf", "w", encoding="utf-8") as f:
        f.write(NGINX.format(port=port))
    server = subprocess.Popen([nginx, "-p", os.getcwd(), "-c",
                               os.getcwd() + "/nginx.conf"])
    rows = []
    try:
        for _ in range(200):
            if socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                break
            time.sleep(0.05)
        for size, more in ((300, []), (300, ["--gzip"]), (3000, [])):
            n = count * 300 // size
            write_records("many", n, size)
            took, cpu, peak = run(["rx-ship", "-q", "--body", "ndjson",
                                   "--batch", "5000", *more,
                                   f"http://127.0.0.1:{port}/in"], "many")
            what = f"HTTP, NDJSON, records of {size} bytes" + (
                ", gzip" if more else "")
            rows.append((f"{what}: a second", f"{n / took:.0f}", ">= 20000"))
            rows.append((f"{what}: CPU", f"{cpu / n / size * 1e9:.2f} s/GB",
                         "" if more else "<= 0.5 s/GB"))
        rows.append(("HTTP, the kernel's share of that: CPU",
                     f"{floor(port, 'many'):.2f} s/GB", ""))
        rows.append(("HTTP: resident", f"{peak / 1024:.1f} MiB", "<= 64 MiB"))
    finally:
        server.terminate()
        server.wait()
    return rows


def archive(count):
    with open("emitted", "wb") as f:
        f.write(b'{"_rx":{"k":"open","v":1,"sp":"S","ep":1}}\n')
        for n in range(1, count + 1):
            f.write(b'{"_rx":{"id":"a:%x","tag":%d,"ep":1,"at":0},' % (n, n) +
                    record(n)[1:])
    rows = []
    for name, more in (("", []), (", segments of 8 MiB packed",
                                  ["--rotate-size", "8M", "--gzip"])):
        took, cpu, _ = run(["rx-ship", "-q", *more, "file:gone"], "emitted",
                           "outcomes")
        told = 0
        with open("outcomes", encoding="utf-8") as f:
            for line in f:
                out = json.loads(line)["_rx"]
                told += out.get("to", out["tag"]) - out["tag"] + 1
        rows.append((f"archive, on the disk before its outcome{name}",
                     f"{told / took:.0f}/s, {cpu / count * 1e6:.2f} us",
                     ">= 10000/s"))
        if told != count:
            raise SystemExit(f"archive: {told} outcomes of {count}")
        os.unlink("gone")
    return rows


def table(rows):
    lines = ["| what | figure | required |", "|---|---|---|"]
    return "\n".join(lines + ["| %s | %s | %s |" % row for row in rows])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", default=os.environ.get("RX_BIN", TOP + "/build"))
    p.add_argument("--records", type=int, default=100000)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--write", action="store_true")
    a = p.parse_args()
    os.environ["PATH"] = os.path.abspath(a.bin) + ":" + os.environ["PATH"]
    commit = subprocess.run(["git", "-C", TOP, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True,
                            check=False).stdout.strip()
    head = (f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
            f"commit {commit}, {a.records} records of 300 bytes")
    with tempfile.TemporaryDirectory() as d:
        os.chdir(d)
        write_records("records", a.records)
        rows = archive(a.records) + http(30 * a.records)
        rows += amqp(a.records, a.rounds)
        os.chdir("/")
    print(head, table(rows), sep="\n\n")
    if a.write:
        base = os.path.join(HERE, "results", "ship")
        with open(base + ".md", "w", encoding="utf-8") as f:
            f.write(f"# rx-ship (t/bench/ship.py)\n\n{head}\n\n{table(rows)}\n")
        with open(base + ".json", "w", encoding="utf-8") as f:
            json.dump({"host": head, "rows": rows}, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
