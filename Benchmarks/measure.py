"""One run of one program: how long, how much CPU, how much memory."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from programs import Programs

LIMIT = 180


@dataclass(frozen=True)
class Usage:
    seconds: float
    # Of the program and of all processes it waited for.
    cpu: float
    # Of the largest single process.
    peak_bytes: int
    exit_code: int
    # The processors that something else than the program and the servers kept busy meanwhile.
    others: float
    # The end of what it printed on standard error.
    words: str


class Meter:
    def __init__(self, programs: Programs, server_cpu: Callable[[], float] = lambda: 0.0):
        self._programs = programs
        self._server_cpu = server_cpu

    def run(self, command: list[str], environment: dict[str, str], directory: str) -> Usage:
        """Runs a command in a directory, which also gets its output."""
        result, output, errors = (os.path.join(directory, name) for name in ["usage", "stdout", "stderr"])
        busy, served, begin = _busy_seconds(), self._server_cpu(), time.monotonic()
        with open(output, "wb") as out, open(errors, "wb") as err:
            process = subprocess.Popen(
                [self._programs["measure"], result, *command], env=environment, cwd=directory,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                pass
            finally:
                ended = process.returncode == 0
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        took = time.monotonic() - begin
        busy, served = _busy_seconds() - busy, self._server_cpu() - served
        if not ended:
            return Usage(took, 0, 0, 124, 0, f"it did not end within {LIMIT} s")
        with open(result) as file:
            seconds, cpu, kilobytes, code = file.read().split()
        return Usage(
            float(seconds), float(cpu), int(kilobytes) * 1024, int(code),
            max(0.0, busy - served - float(cpu)) / took, _end_of(errors))


def _busy_seconds() -> float:
    with open("/proc/stat") as file:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _end_of(path: str) -> str:
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 200))
        return " ".join(file.read().decode(errors="replace").replace("\0", "").split())
