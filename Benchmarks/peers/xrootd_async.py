"""xrootd_async.py ENDPOINT WINDOW LIST: deletes with the asynchronous calls of XRootD's Python bindings."""

import sys
import threading

from XRootD import client

endpoint, window, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
room = threading.Semaphore(window)
failed = 0


def answered(status, _response, _hosts):
    global failed
    if not status.ok:
        failed += 1
    room.release()


storage = client.FileSystem(endpoint)
with open(path) as lines:
    for line in lines:
        room.acquire()
        storage.rm(line.rstrip("\n"), callback=answered)
for _ in range(window):
    room.acquire()
if failed:
    sys.exit(f"{failed} files not deleted")
