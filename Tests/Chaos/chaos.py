#!/usr/bin/python3
"""Runs `swab delete` against real servers, disturbs it, resumes it, and compares disk and report file by file."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Servers, certificates and namespaces are those of the benchmark.
sys.path.append(os.path.join(ROOT, "Benchmarks"))

import jsonschema  # noqa: E402
import sandbox  # noqa: E402
import totals  # noqa: E402
from certificates import Certificates  # noqa: E402
from plan import ASKING, KINDS, WAYS, Plan, Way, plan  # noqa: E402
from run import Run  # noqa: E402
from servers import Door, Servers  # noqa: E402
from tokens import PATTERN  # noqa: E402
from verdict import Verdict  # noqa: E402

BUILD = os.path.join(ROOT, ".build", "chaos")
KEPT = os.path.join(BUILD, "failed")
# A disturbance of the short part that came too late is tried so often.
TRIES = 4


def main() -> int:
    options = _options()
    if options.seed is None:
        # Chosen out here: the program starts itself again in namespaces of its own.
        options.seed = random.SystemRandom().randrange(1_000_000)
    sandbox.enter([sys.executable, sys.argv[0], *sys.argv[1:], "--seed", str(options.seed)])
    # So that what was started is also stopped when we are; and what is ignored here would be ignored by swab as well.
    for number in [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
        signal.signal(number, lambda *_: sys.exit(130))
    swab = os.path.abspath(options.swab)
    if "--journal" not in _says(swab, "delete", "--help"):
        sys.exit(f"chaos: {swab} has no --journal")
    validator = jsonschema.Draft202012Validator(json.loads(_says(swab, "report", "schema")))
    os.makedirs(BUILD, exist_ok=True)
    with sandbox.lock(BUILD), sandbox.Sandbox(BUILD) as place:
        certificates = Certificates(place.directory("certificates"))
        environment = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "X509_CERT_DIR": certificates.directory,
            "GFAL_PYTHONBIN": "/usr/bin/python3"}
        local = [Door(name, "file", place.directory(name.replace(" ", "-"))) for name in ["tmpfs", "other tmpfs"]]
        for door in local:
            os.makedirs(door.data + "/store")
        with Servers(place.directory("servers"), certificates) as servers:
            servers.start_xrootd()
            servers.start_nginx(PATTERN)
            doors = {door.name: door for door in [*local, *servers.doors]}

            def go(each: Plan) -> Verdict:
                run = Run(
                    each, [doors[name] for name in each.way.doors], swab, validator, environment,
                    place.directory("runs") + "/run")
                verdict = run.go(os.path.join(KEPT, f"seed-{each.seed}"))
                _show(verdict, options)
                return verdict

            verdicts = _smoke(go) if options.smoke else [
                go(plan(options.seed + index, ways=_ways(options.only))) for index in range(options.runs)]
    print(totals.text(verdicts), flush=True)
    return 1 if any(verdict.complaints for verdict in verdicts) else 0


def _smoke(go: Any) -> list[Verdict]:
    """Each kind of disturbance once, and each way of the quick ones."""
    verdicts = []
    for number, (kind, way) in enumerate(_pairs()):
        for attempt in range(TRIES):
            verdict = go(plan(1000 * (number + 1) + attempt, way, [kind]))
            if verdict.complaints or verdict.was_hit_by(kind):
                break
        else:
            verdict.complaints.append(f"{kind} came too late {TRIES} times")
        verdicts.append(verdict)
    return verdicts


def _pairs() -> Iterator[tuple[str, Way]]:
    for number, kind in enumerate(KINDS):
        # gfal is slow; xrdfs is given so many files at a time that it may be done before it ends.
        left_out = ["gfal", "xrdfs"] if kind in ASKING else ["gfal"]
        able = [way for way in WAYS if kind in way.kinds and way.backend not in left_out]
        yield kind, able[number % len(able)]


def _show(verdict: Verdict, options: argparse.Namespace) -> None:
    print(verdict.line, flush=True)
    if verdict.complaints:
        again = "--smoke" if options.smoke else f"--seed {verdict.plan.seed} --runs 1"
        only = f" --only '{options.only}'" if options.only else ""
        print("\n".join(f"  {complaint}" for complaint in verdict.complaints[:8]))
        print(f"  again: Tests/Chaos/chaos.py {again}{only}; kept: {KEPT}/seed-{verdict.plan.seed}", flush=True)


def _ways(only: str) -> list[Way]:
    ways = [way for way in WAYS if only.lower() in way.name.lower()]
    return ways or sys.exit(f"chaos: no way is named like {only}")


def _says(swab: str, *arguments: str) -> str:
    return subprocess.run([swab, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swab", default=os.path.join(ROOT, ".build/static/swab"), help="the executable")
    parser.add_argument("--runs", type=int, default=300, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the first run; each next one has the next (default: any)")
    parser.add_argument("--only", default="", metavar="WORDS", help="only ways named so, such as xroot or nginx")
    parser.add_argument("--smoke", action="store_true", help="each kind of disturbance once, with fixed seeds")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
