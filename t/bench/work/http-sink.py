# SPDX-License-Identifier: MIT
"""http-sink: NDJSON batches to an nginx that reads them and answers 204.

"kernel alone" is a program that reads 1 MiB and writes it to the socket, again and
again: the least that this can cost.
"""
import os
import shutil
import socket
import subprocess

from bench import (QUICK, RUNS, free_port, gb, missing, spend, tell, wait,
                   write_records)

COUNT = 100000 if QUICK else 2000000
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
    """Its CPU and wall seconds."""
    before, room = os.times(), memoryview(bytearray(1 << 20))
    with socket.create_connection(("127.0.0.1", port)) as s, open(
            path, "rb", buffering=0) as f:
        while n := f.readinto(room):
            s.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: %d"
                      b"\r\n\r\n" % n)
            s.sendall(room[:n])
            s.recv(4096)
    after = os.times()
    return (after.system + after.user - before.system - before.user,
            after.elapsed - before.elapsed)


def compare(port):
    url = f"http://127.0.0.1:{port}/in"
    for size in (300, 3000):
        write_records(f"in{size}", COUNT * 300 // size, size)
    for _ in range(RUNS):
        for size, more in ((300, ""), (300, " --gzip"), (3000, "")):
            path = f"in{size}"
            tell(f"rx-ship, records of {size} bytes{more}", gb(path), "GB",
                 *spend(f"rx-ship -q --body ndjson --batch 5000{more} {url}",
                        path))
        tell("kernel alone", gb("in300"), "GB", *floor(port, "in300"))


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
if nginx is None:
    missing("nginx", "not installed")
else:
    port = free_port()
    with open("nginx.conf", "w", encoding="utf-8") as f:
        f.write(NGINX.format(port=port))
    server = subprocess.Popen([nginx, "-p", os.getcwd(), "-c",
                               os.getcwd() + "/nginx.conf"])
    try:
        wait(lambda: listens(port))
        compare(port)
    finally:
        server.terminate()
        server.wait()
