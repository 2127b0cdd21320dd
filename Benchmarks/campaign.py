#!/usr/bin/python3
"""Measures what a large campaign costs its submitter: 2,000 jobs, 1,000,000 files, beside 1 GB of history at the schedd.

With --files 10000000 it is the largest that there is a limit for: 60 s and 200 MB for each command.

The pool is a throw-away HTCondor (Tests/Condor/pool.sh) in which no job is started: the campaign is planned and submitted,
reports and the later part of the event log are made up from those of one job that really ran. README.md says more.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

from programs import Programs  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
RSE = "T2_XX_Test"
LIMIT = 600
# Seconds and MB of "status", of "collect" with the page, and of "collect" where nothing is new; up to so many files.
LIMITS = {1_000_000: [(2, 50), (20, 50), (2, 50)], 10_000_000: [(60, 200), (60, 200), (60, 200)]}


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    most: float
    unit: str
    # Of all of its processes: what the time would be where nothing else runs and nobody is waited for.
    cpu: float | None = None

    @property
    def line(self) -> str:
        verdict = "" if self.value < self.most else "  MISSED"
        cpu = f", {self.cpu:.2f} s of CPU" if self.cpu is not None else ""
        return f"{self.what:32} {self.value:8.2f} {self.unit:2}  (below {self.most} {self.unit}{cpu}){verdict}"


class Scene:
    """A pool, and campaigns in a directory of it."""

    def __init__(self, place: Path, options: argparse.Namespace):
        self.place, self.pool = place, place / "pool"
        self.script = str(ROOT / "Tests/Condor/pool.sh")
        self.programs = Programs(str(place / "raw"))
        for name in ("swab", "swab-submit"):
            shutil.copy(options.bin / name, place / name)
        shutil.copy(ROOT / "Wrapper/swab-job.sh", place)
        (place / "protected").write_text("/store/unmerged/other/a/b/c\n")
        self._write_site()
        with open(place / "up.log", "wb") as log:
            subprocess.run(
                [self.script, "up", self.pool, ROOT / ".build/condor", str(options.port), str(os.getpid())],
                check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.run("condor_off", "-daemon", "negotiator")

    def down(self) -> None:
        subprocess.run([self.script, "down", self.pool], check=False)

    def run(self, *words: object, code: int | None = 0) -> str:
        """Runs something as the pool's user."""
        command = [self.script, "run", str(self.pool), "env", f"--chdir={self.place}", *map(str, words)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        if code is not None and done.returncode != code:
            sys.exit(f"bench: {words}: {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout

    def measure(self, *words: object, code: int = 0) -> tuple[float, float, float]:
        """Seconds, MB of the largest process, and CPU seconds, HTCondor's tools among them."""
        result = self.place / "usage"
        result.touch()
        result.chmod(0o666)
        self.run(self.programs["measure"], result, *words, code=None)
        seconds, cpu, kilobytes, found = result.read_text().split()
        if int(found) != code:
            sys.exit(f"bench: {words}: exit {found}, not {code}")
        return float(seconds), int(kilobytes) / 1000, float(cpu)

    def plan(self, name: str, jobs: int, each: int) -> Path:
        directory = self.place / name
        with open(self.place / f"{name}.list", "w") as file:
            for job in range(jobs):
                for number in range(each):
                    file.write(f"/store/unmerged/{name}/Primary-v1/AOD/v1/{job:05d}/{number:06d}-0123-4567-89ab.root\n")
        self.run(
            self.place / "swab-submit", "plan", "--rse", RSE, "--site", RSE, "--from", self.place / f"{name}.list",
            "--protected", self.place / "protected", "--files-per-job", each, "-o", directory)
        return directory

    def submit(self, directory: Path, *words: str) -> dict:
        self.run(self.place / "swab-submit", "submit", directory, "--yes", *words)
        return json.loads((directory / "submission.json").read_text())

    def _write_site(self) -> None:
        site = self.place / "site" / "JobConfig"
        site.mkdir(parents=True)
        (site / "site-local-config.xml").write_text(
            f'<site-local-config><site name="{RSE}"><stage-out><method volume="Disk" protocol="P" command="cp"/>'
            "</stage-out></site></site-local-config>\n")
        (self.place / "site/storage.json").write_text(json.dumps([{
            "site": RSE, "volume": "Disk", "type": "DISK", "rse": RSE, "fts": [],
            "protocols": [{"protocol": "P", "access": "site-rw", "prefix": f"{self.place}/disk"}]}]))


def one_report(scene: Scene, directory: Path) -> str:
    """The report of the first job, whose files are made and deleted."""
    job = directory / "jobs/0001"
    for name in gzip.open(job / "lfns.txt.gz", "rt").read().split():
        path = Path(f"{scene.place}/disk{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    shutil.copy(directory / "protected.txt.gz", job)
    subprocess.run(
        [scene.place / "swab", "delete", "--job", "job.json", "--report", scene.place / "report.json",
         "--site-config", scene.place / "site/JobConfig/site-local-config.xml"],
        cwd=job, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    (job / "protected.txt.gz").unlink()
    return (scene.place / "report.json").read_text()


def write_reports(directory: Path, template: str, count: int) -> None:
    """What the jobs from the first one on would have brought home: the text that swab wrote, with other names in it."""
    def names(number: int) -> list[str]:
        return gzip.open(directory / f"jobs/{number:04d}/lfns.txt.gz", "rt").read().split()

    places = {name: place for place, name in enumerate(names(1))}
    # Each file is a line of its own.
    lines = [(line, re.search(r'"(?:lfn|LFN)":"([^"]+)"', line)) for line in template.split("\n")]
    lines = [(line, found[1] if found else None) for line, found in lines]
    for number in range(1, count + 1):
        own = names(number)
        text = "\n".join(
            line.replace(name, own[places[name]]) if name else line.replace('"jobId":"0001"', f'"jobId":"{number:04d}"')
            for line, name in lines)
        with gzip.open(directory / f"jobs/{number:04d}/report.json.gz", "wt", compresslevel=1) as out:
            out.write(text)


# What HTCondor writes of a job that runs and ends, with what is written beside each event (job_ad_information_attrs).
EVENTS = [
    (40, '<a n="Type"><i>2</i></a>'), (1, '<a n="SlotName"><s>slot1_1@wn1.pool.test</s></a>'),
    (6, '<a n="Size"><i>24140</i></a><a n="MemoryUsage"><i>5</i></a>'), (40, '<a n="Type"><i>5</i></a>'),
    (40, '<a n="Type"><i>6</i></a>'),
    (5, '<a n="TerminatedNormally"><b v="t"/></a>\n<a n="ReturnValue"><i>0</i></a>'),
]


def write_events(directory: Path, cluster: int, each: int, processes: range) -> None:
    progress = "".join(
        f'    <a n="ChirpSwab{name}"><i>{number}</i></a>\n'
        for name, number in [("Total", each), ("Done", each), ("Deleted", each), ("Failed", 0)])
    with open(directory / "events.log", "a") as log:
        for process in processes:
            for number, more in EVENTS:
                for kind, inside in [(number, f"    {more}\n"), (28, progress)]:
                    log.write(
                        f'<c>\n    <a n="Cluster"><i>{cluster}</i></a>\n    <a n="Proc"><i>{process}</i></a>\n'
                        f'    <a n="Subproc"><i>0</i></a>\n    <a n="EventTime"><s>2026-11-27T20:00:00.000</s></a>\n'
                        f'    <a n="EventTypeNumber"><i>{kind}</i></a>\n{inside}</c>\n')


def fill_history(scene: Scene, gigabytes: float) -> float:
    """Rotated histories of earlier times, as long as asked for; gives GB."""
    spool = scene.pool / "spool"
    own = (spool / "history").stat().st_size
    old = (spool / "history").read_bytes().replace(b"EnteredCurrentStatus = 17", b"EnteredCurrentStatus = 12")
    for number in range(int(gigabytes * 1e9 / own) + 1):
        path = spool / f"history.20250101T{number:06d}"
        path.write_bytes(old)
        shutil.copystat(spool / "history", path)
        os.chown(path, (spool / "history").stat().st_uid, -1)
    return sum(path.stat().st_size for path in spool.glob("history*")) / 1e9


def figures(scene: Scene, options: argparse.Namespace) -> list[Figure]:
    submit = scene.place / "swab-submit"
    jobs, each = options.jobs, options.files // options.jobs
    config = scene.place / "all-at-once.ini"
    config.write_text("[job]\nmax-materialize = 0\n")

    # Others' jobs make the history.
    others = scene.plan("others", min(200, jobs), 2)
    scene.submit(others, "--config", str(config))
    scene.run(submit, "remove", others)
    wait_for_empty_queue(scene)
    gigabytes = fill_history(scene, options.history)
    print(f"bench: {jobs} jobs, {jobs * each} files, {gigabytes:.2f} GB of history", flush=True)

    directory = scene.plan("large", jobs, each)
    cluster = scene.submit(directory, "--config", str(config))["cluster"]
    template = one_report(scene, directory)
    write_reports(directory, template, jobs)
    # Half have ended by the event log. A fifth is only in the history: what the log had of them is lost.
    lost = range(jobs // 2, jobs // 2 + jobs // 5)
    scene.run("condor_rm", "-constraint", f"ClusterId == {cluster} && ProcId >= {lost.start} && ProcId < {lost.stop}")
    wait_for_empty_queue(scene, f"ClusterId == {cluster} && ProcId >= {lost.start} && ProcId < {lost.stop}")
    log = (directory / "events.log").read_text().split("<c>\n")
    keep = [event for event in log if '<a n="EventTypeNumber"><i>9</i>' not in event]
    (directory / "events.log").write_text("<c>\n".join(keep))
    write_events(directory, cluster, each, range(jobs // 2))
    status = max(scene.measure(submit, "status", directory) for _ in range(options.runs))
    write_events(directory, cluster, each, range(jobs // 2, jobs))
    collect = max(collect_anew(scene, submit, directory) for _ in range(options.runs))
    unchanged = scene.measure(submit, "collect", directory)
    scene.run("condor_rm", "-all")
    wait_for_empty_queue(scene)

    before = megabytes(scene.pool / "spool")
    spooled = scene.plan("spooled", min(200, jobs), 100)
    scene.submit(
        spooled, "--spool", "--schedd", "schedd@pool.test", "--pool", f"127.0.0.1:{options.port}",
        "--payload", "https://storage.example/swab")
    spool = megabytes(scene.pool / "spool") - before
    limits = next((limits for files, limits in LIMITS.items() if jobs * each <= files), LIMITS[max(LIMITS)])
    found = []
    for what, measured, (seconds, memory) in zip(
            ["status", "collect, with the page", "collect, nothing new"], [status, collect, unchanged], limits, strict=True):
        found.append(Figure(what, measured[0], seconds, "s", measured[2]))
        found.append(Figure(f"{what}, memory", measured[1], memory, "MB"))
    return [*found, Figure("spool of 200 jobs", spool, 300, "MB")]


def collect_anew(scene: Scene, submit: Path, directory: Path) -> tuple[float, float, float]:
    (directory / "collected.json").unlink(missing_ok=True)
    return scene.measure(submit, "collect", directory, "--html", scene.place / "page.html")


def wait_for_empty_queue(scene: Scene, constraint: str = "true") -> None:
    end = time.monotonic() + LIMIT
    while scene.run("condor_q", "-allusers", "-constraint", constraint, "-af", "ClusterId").strip():
        if time.monotonic() > end:
            sys.exit("bench: jobs stay in the queue")
        time.sleep(0.5)


def megabytes(directory: Path) -> float:
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6


def bench(options: argparse.Namespace, measured: Callable[[Scene, argparse.Namespace], list[Figure]]) -> int:
    """Measures beside a pool of its own and prints what was found; 1 where a figure is above its limit."""
    place = Path(tempfile.mkdtemp(prefix="swab-bench-", dir=os.environ.get("TMPDIR", "/tmp")))
    place.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(place, "nobody")
    scene = None
    try:
        scene = Scene(place, options)
        found = measured(scene, options)
    finally:
        if scene is not None:
            scene.down()
        shutil.rmtree(place, ignore_errors=True)
    for figure in found:
        print(figure.line)
    return 1 if any(figure.value >= figure.most for figure in found) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--history", type=float, default=1.0, help="GB of it (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="the slowest of so many counts (default: %(default)s)")
    parser.add_argument("--port", type=int, default=29_873, help="of the pool")
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/static", help="where swab and swab-submit are")
    options = parser.parse_args()
    return bench(options, figures)


if __name__ == "__main__":
    sys.exit(main())
