# SPDX-License-Identifier: MIT
"""A service manager's ear: prints each datagram of SOCKET, a line of it a line.

    notify.py SOCKET >heard
"""
import socket
import sys

ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(ear.recv(65536).decode(), flush=True)
