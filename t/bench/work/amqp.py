# SPDX-License-Identifier: MIT
"""amqp: records of 300 bytes into a durable queue of RabbitMQ, persistent.

rx-ship has each confirmed by the broker; so does pika, waiting for each, and pika
with a connection for each, as what rx replaces did.  amqp-publish and syslog-ng ask
for no confirms; nor does "the same frames", the messages of rx-ship made before and
written to a socket, the most that this broker takes.  The time ends when the queue
holds all; CPU is of the client alone, "broker_cpu_s" what the broker took.
"""
import subprocess
import sys
import time

import syslogs
from bench import (PYTHON, QUICK, RUNS, Spent, missing, module, need, tell,
                   write_records)
from broker import Node

COUNT = 3000 if QUICK else 100000
PATIENCE_S = 180
SLOW = {"confirms": 300 if QUICK else 4000, "connections": 50 if QUICK else 400}

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


SYSLOG_NG = """
source s {{ file("{file}" flags(no-parse) log-fetch-limit(1000)
  log-iw-size(10000)); }};
destination d {{ amqp(host("127.0.0.1") port({port}) username("guest")
  password("guest") exchange("amq.direct") exchange-declare(no)
  routing-key("{queue}") body("$MESSAGE") persistent(yes)); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""

BIND = """
import pika, sys
k = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1])))
k.channel().queue_bind(sys.argv[2], "amq.direct", sys.argv[2])
k.close()
"""


def fill(node, name, start, count, ends=True):
    """start() gives the client; it ends by itself, or is ended."""
    node.make()
    broker, all_there = node.cpu_s(), node.watch(count)
    client = start(node)
    try:
        all_there.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        all_there.kill()
        client.p.kill()
        sys.exit(f"not all came in {PATIENCE_S} s: {name}")
    wall = time.monotonic() - client.began
    cpu, _, rss = client.end(stop=not ends)
    tell(name, count, "record", cpu, wall, rss, rate=count / wall,
         broker_cpu_s=node.cpu_s() - broker)
    node.ask("drop")


def client(*argv, path="records"):
    """What starts a client; {port}, {queue} and {url} are filled in."""
    def start(node):
        return Spent([a.replace("{port}", str(node.port))
                      .replace("{queue}", node.queue)
                      .replace("{url}", node.url()) for a in argv],
                     open(path, "rb"))
    return start


def syslog_ng(node):
    Spent([PYTHON, "-c", BIND, str(node.port), node.queue]).end()
    return syslogs.syslog_ng(SYSLOG_NG, file="records", port=node.port,
                             queue=node.queue)


def compare(node):
    write_records("records", COUNT)
    jobs = [("rx-ship, confirms", client("rx-ship", "-q", "{url}"), COUNT, True),
            ("the same frames, no confirms",
             client(PYTHON, "-c", BARE, "{port}", "{queue}"), COUNT, True)]
    if need("amqp-publish, no confirms", "amqp-publish"):
        jobs.append(("amqp-publish, no confirms", client(
            "amqp-publish", "-u", "amqp://guest:guest@127.0.0.1:{port}", "-r",
            "{queue}", "-p", "-l"), COUNT, True))
    if syslogs.have_syslog_ng():
        jobs.append(("syslog-ng, no confirms", syslog_ng, COUNT, False))
    else:
        missing("syslog-ng, no confirms", "not installed")
    for how, count in SLOW.items():
        write_records(how, count)
        name = {"confirms": "pika, a confirm for each",
                "connections": "pika, a connection for each"}[how]
        jobs.append((name, client(PYTHON, "-c", PIKA, "{port}", "{queue}", how,
                                  how), count, True))
    for turn in range(-1, RUNS):
        for name, start, count, ends in jobs[:1] if turn < 0 else jobs:
            if turn < 0:  # the broker warms up
                node.make()
                start(node).end()
                node.ask("drop")
            else:
                fill(node, name, start, count, ends)


if module("pika", "pika"):
    with Node() as n:
        if n.there:
            compare(n)
        else:
            missing("rx-ship, confirms", "no RabbitMQ")
