"""Where a benchmark runs: by itself, if the machine lets us.

As root the whole benchmark runs in namespaces of its own: a loopback interface without neighbours, so that no
client waits for name servers; a tmpfs that nobody else sees; and process numbers that end with the benchmark, so
that no server outlives it. Elsewhere it runs as it is, with a directory in /dev/shm.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from typing import TextIO

MEMORY = "/dev/shm"
MARK = "SWAB_BENCH_ALONE"
# The first two words end it when we are killed.
UNSHARE = [
    "setpriv", "--pdeathsig=KILL",
    "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
]


def enter(arguments: list[str]) -> None:
    """Runs this program in namespaces of its own and ends with it, where that is possible; else does nothing."""
    if is_alone() or os.geteuid() != 0:
        return
    if subprocess.run([*UNSHARE, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return
    inner = subprocess.Popen([*UNSHARE, *arguments], env={**os.environ, MARK: "1"}, process_group=0)
    # unshare itself is deaf to signals; the program inside cleans up.
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, lambda *_: os.killpg(inner.pid, signal.SIGTERM))
    code = inner.wait()
    sys.exit(code if code >= 0 else 128 - code)


def is_alone() -> bool:
    return MARK in os.environ


def lock(build: str) -> TextIO:
    """Holds a clone's build directory for one benchmark, for as long as the answer is kept."""
    file = open(os.path.join(build, "lock"), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{os.path.basename(build)}: another one is running in this clone")
    return file


class Sandbox:
    """A directory in memory and one on disk, both gone at the end."""

    def __init__(self, build: str):
        if is_alone():
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", MEMORY], check=True)
            _loopback_up()
        self.memory = tempfile.mkdtemp(prefix="swab-bench-", dir=MEMORY)
        self.disk = os.path.join(build, "disk")
        # What a benchmark left behind that was killed.
        shutil.rmtree(self.disk, ignore_errors=True)
        os.makedirs(self.disk)
        # Servers that run as their own user pass through.
        os.chmod(self.memory, 0o755)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_) -> None:
        shutil.rmtree(self.memory, ignore_errors=True)
        shutil.rmtree(self.disk, ignore_errors=True)

    def directory(self, name: str) -> str:
        path = os.path.join(self.memory, name)
        os.makedirs(path, exist_ok=True)
        return path


def _loopback_up() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", flags | up))
