"""Disturbs a process and what it works with, as planned for one round."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from disks import SmallDisk
from plan import Blow
from proxy import Proxy
from servers import Server
from tokens import TokenFile

SIGNALS = {
    "kill": signal.SIGKILL, "kill-torn": signal.SIGKILL, "term": signal.SIGTERM, "int": signal.SIGINT,
    "hup": signal.SIGHUP}
# A process that stays longer hangs.
PATIENCE = 600


@dataclass
class Surroundings:
    """What can be disturbed in one run."""

    report_disk: SmallDisk
    journal_disk: SmallDisk
    journal: str
    servers: list[Server]
    proxies: list[Proxy]
    token: TokenFile | None

    def heal(self) -> None:
        """Everything is well again."""
        self.report_disk.heal()
        self.journal_disk.heal()
        for server in self.servers:
            if not server.is_running:
                server.start()
        for proxy in self.proxies:
            proxy.heal()
        if self.token is not None:
            self.token.replace()


@dataclass
class Storm:
    """One round: what was really done to the process while it ran."""

    process: subprocess.Popen
    around: Surroundings
    struck: list[str]
    # When the process was first asked to end.
    asked: float | None = None
    is_hanging: bool = False

    def rage(self, blows: list[Blow], size: int) -> None:
        """Strikes, heals and waits for the process's end.

        ``size`` is what the journal is expected to have in the end.
        """
        began = time.monotonic()
        first = _size(self.around.journal)
        waiting = list(blows)
        healing: list[tuple[float, Blow]] = []
        while self.process.poll() is None:
            now = time.monotonic()
            if now - began > PATIENCE:
                self.is_hanging = True
                self.process.kill()
                self.process.wait()
                return
            share = (_size(self.around.journal) - first) / max(1, size - first)
            for blow in [each for each in waiting if _is_due(each, now - began, share)]:
                waiting.remove(blow)
                self._strike(blow)
                healing.append((time.monotonic() + blow.lasts, blow))
            for due in [each for each in healing if each[0] <= now]:
                healing.remove(due)
                self._heal(due[1])
            time.sleep(0.004)

    def _strike(self, blow: Blow) -> None:
        around, kind = self.around, blow.kind
        server, proxy = _one(around.servers, blow), _one(around.proxies, blow)
        if kind in SIGNALS:
            self._signal(SIGNALS[kind])
            if not kind.startswith("kill"):
                self.asked = self.asked or time.monotonic()
        elif kind == "pause":
            self._signal(signal.SIGSTOP)
        elif kind == "report-full":
            around.report_disk.fill(self.process.pid)
        elif kind == "journal-full":
            around.journal_disk.fill(self.process.pid)
        elif kind == "server-restart":
            server.end()
            server.start()
        elif kind == "server-kill":
            server.stop()
        elif kind == "net-delay":
            proxy.delay(0.05)
        elif kind == "net-reset":
            proxy.reset()
        elif kind == "net-mute":
            proxy.mute()
        elif kind == "net-stall":
            proxy.stall()
        elif kind == "token-replaced":
            around.token.replace()
        elif kind == "token-truncated":
            around.token.truncate(blow.number % 300)
        elif kind == "token-removed":
            around.token.remove()
        self.struck.append(kind)

    def _heal(self, blow: Blow) -> None:
        around, kind = self.around, blow.kind
        server, proxy = _one(around.servers, blow), _one(around.proxies, blow)
        if kind == "pause":
            self._signal(signal.SIGCONT)
        elif kind == "report-full":
            around.report_disk.heal()
        elif kind == "journal-full":
            around.journal_disk.heal()
        elif kind == "server-kill" and not server.is_running:
            server.start()
        elif kind.startswith("net-"):
            proxy.heal()
        elif kind.startswith("token-"):
            around.token.replace()

    def _signal(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)


def _one(of: list[Any], blow: Blow) -> Any:
    return of[blow.number % len(of)] if of else None


def _is_due(blow: Blow, seconds: float, share: float) -> bool:
    return share >= blow.share if blow.seconds is None else seconds >= blow.seconds


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
