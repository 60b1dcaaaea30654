# SPDX-License-Identifier: MIT
"""A RabbitMQ node to throw away, and one queue after the other in it."""
import os
import subprocess

from bench import PYTHON, TOP

# A node for as long as standard input is open; the first line is its port and pid.
# A line there is a word of t/rabbit.bash, as down, and is answered when it is done.
NODE = """
skip() { echo "$*" >&2; exit 1; }
. "$1/t/rabbit.bash"
trap rabbit_stop EXIT
rabbit_start >&2 || exit
echo "$RABBIT_PORT $(rabbit_pid)"
while read -r word; do "rabbit_$word" >&2; echo "$?"; done
"""

ASK = """
import pika, sys, time
k = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), heartbeat=0))
c = k.channel()
if sys.argv[3] == "make":
    c.queue_declare(sys.argv[2], durable=True)
elif sys.argv[3] == "drop":
    c.queue_delete(sys.argv[2])
else:
    print("ready", flush=True)
    while c.queue_declare(sys.argv[2], passive=True).method.message_count < int(sys.argv[3]):
        time.sleep(0.01)
"""


class Node:
    def __init__(self):
        self.p = subprocess.Popen(["bash", "-c", NODE, "bash", TOP], text=True,
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        line = self.p.stdout.readline()
        self.there = bool(line)
        if line:
            self.port, self.pid = map(int, line.split())
        self.queue, self.n = "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.stdin.close()
        self.p.wait()

    def do(self, word):
        """down or up: the node goes, and comes back with what it had."""
        self.p.stdin.write(word + "\n")
        self.p.stdin.flush()
        return self.p.stdout.readline() == "0\n"

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{self.queue}"

    def ask(self, what):
        """make or drop the queue."""
        subprocess.run([PYTHON, "-c", ASK, str(self.port), self.queue, what],
                       check=True)

    def watch(self, count):
        """A process that ends when the queue holds so many."""
        p = subprocess.Popen([PYTHON, "-c", ASK, str(self.port), self.queue,
                              str(count)], stdout=subprocess.PIPE)
        p.stdout.readline()
        return p

    def make(self):
        self.n += 1
        self.queue = f"bench{self.n}"
        self.ask("make")
