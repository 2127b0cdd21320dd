"""How near Swab comes to what a limiting server allows, and how much of what it asks is refused."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from batches import ERA
from swab import REPORT, Swab

LIMITER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "limiter.py")
# From then on the limit should have been found.
FOUND = 10
PATIENCE = 240


@dataclass(frozen=True)
class Limited:
    name: str
    files: int
    # Requests a second that the server allows.
    ideal: float
    # Those that were allowed, from ten seconds on.
    rate: float
    # Of all requests.
    refused: float
    trouble: str | None


class LimitBenchmark:
    """Each limit at a server of its own; requests, and not files, are what is limited."""

    LIMITS = [
        ("250 a second, a second's worth at once", 250.0, ["--rate", "250"]),
        ("the same with Retry-After", 250.0, ["--rate", "250", "--retry-after", "2"]),
        ("the same, 50 ms away", 250.0, ["--rate", "250", "--latency", "0.05"]),
        ("100 a second, 10 at once", 100.0, ["--rate", "100", "--burst", "10"]),
        ("10 in flight of 50 ms", 200.0, ["--in-flight", "10", "--latency", "0.05"]),
        ("2 in flight of 50 ms", 40.0, ["--in-flight", "2", "--latency", "0.05"]),
        ("root://, kXR_wait, 250 a second, a second's worth at once", 250.0, ["--root", "--rate", "250"]),
        ("root://, kXR_wait, 100 a second, 10 at once", 100.0, ["--root", "--rate", "100", "--burst", "10"]),
    ]

    def __init__(self, swab: Swab, environment: dict[str, str], directory: str):
        self._swab = swab
        self._environment = environment
        self._directory = directory

    def run(self, runs: int, seconds: float) -> list[Limited]:
        """Each limit as often, with files for so many seconds at the ideal rate."""
        return [
            self._summary(name, ideal, [self._once(round(ideal * seconds), options) for _ in range(runs)], ideal * seconds)
            for name, ideal, options in self.LIMITS]

    def _once(self, count: int, options: list[str]) -> dict:
        names = os.path.join(self._directory, "limited")
        with open(names, "w") as file:
            file.writelines(f"{ERA}/{index // 500:06}/file-{index:07}.root\n" for index in range(count))
        server = subprocess.Popen(
            [sys.executable, LIMITER, names, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=self._directory)
        try:
            port = server.stdout.readline().strip()
            report = os.path.join(self._directory, REPORT)
            backend, prefix = ("xroot", f"root://127.0.0.1:{port}/") if "--root" in options else (
                "webdav", f"http://127.0.0.1:{port}")
            run = subprocess.run(
                [self._swab.path, "delete", "-q", "--from", names, "--backend", backend, "--override",
                 f"command=gfal2,lfn-prefix={prefix},phedex-node=T2_XX_Bench", "--report", report],
                env=self._environment, cwd=self._directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                timeout=PATIENCE)
            account = json.loads(server.communicate("")[0].splitlines()[-1])
        finally:
            server.kill()
            server.wait()
        trouble = None
        if run.returncode != 0:
            trouble = f"exit code {run.returncode}: {run.stderr[-200:]}"
        elif account["left"]:
            trouble = f"{account['left']} of {count} files are left"
        return {**account, "trouble": trouble}

    @staticmethod
    def _summary(name: str, ideal: float, accounts: list[dict], files: float) -> Limited:
        def rate(account: dict) -> float:
            # Not the last seconds, in which only refused files wait for their turn.
            found = account["perSecond"][FOUND:]
            while len(found) > 1 and found[-1] < ideal / 2:
                found.pop()
            return sum(found) / len(found) if found else sum(account["perSecond"]) / max(1, len(account["perSecond"]))

        def refused(account: dict) -> float:
            return account["refused"] / max(1, account["refused"] + account["accepted"])

        troubles = [account["trouble"] for account in accounts if account["trouble"]]
        return Limited(
            name, round(files), ideal, median(map(rate, accounts)), median(map(refused, accounts)),
            troubles[0] if troubles else None)
