"""One run: a tree, rounds that are disturbed, one that is not, and the verdict."""

import os
import random
import shutil
import subprocess
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import exits
import judge
import processes
import siteconf
from disks import SmallDisk
from plan import Blow, Plan
from proxy import Proxy
from servers import Door
from storm import Storm, Surroundings
from tokens import TokenFile
from tree import Tree
from verdict import Verdict

# From the signal to the end, at most; a quiet machine needs less than five, a busy one may need many more.
GRACE = 60
# Bytes that a file with an outcome has in the journal, about.
RECORD = 150


class Run:
    """Everything that it writes is below one directory."""

    def __init__(
        self, plan: Plan, doors: list[Door], swab: str, validator: Any, environment: dict[str, str], directory: str
    ):
        self._plan = plan
        self._doors = doors
        self._swab = swab
        self._validator = validator
        self._directory = directory
        self._dice = random.Random(plan.seed + 1)
        self._verdict = Verdict(plan)
        os.makedirs(directory + "/tmp")
        self._environment = {**environment, "HOME": directory, "TMPDIR": directory + "/tmp"}

    def go(self, kept: str) -> Verdict:
        """Runs it; where there are complaints, everything is copied into the directory ``kept``."""
        began = time.monotonic()
        with ExitStack() as stack:
            stack.callback(self._clean)
            self._prepare(stack)
            stack.callback(self._around.heal)
            self._rounds()
            self._verdict.seconds = time.monotonic() - began
            if self._verdict.complaints:
                self._keep(kept)
        return self._verdict

    def _prepare(self, stack: ExitStack) -> None:
        directory, plan, doors = self._directory, self._plan, self._doors
        is_local = plan.way.backend == "rm"
        # Root may do everything in a local directory.
        may_forbid = os.geteuid() == 0 and not is_local
        self._tree = Tree([door.data for door in doors], plan.files, self._dice, plan.is_easy, may_forbid)
        self._lists, self._protected = self._tree.write_lists(directory)
        disks = [SmallDisk(directory + "/report"), SmallDisk(directory + "/journal")]
        for disk in disks:
            stack.callback(disk.close)
        proxies = []
        if plan.through_proxy and not is_local:
            proxies = [stack.enter_context(Proxy(door.port)) for door in doors]
            doors = [replace(door, port=proxy.port) for door, proxy in zip(doors, proxies)]
        token = None
        if "token" in plan.way.has:
            token = TokenFile(directory + "/token")
            self._environment["BEARER_TOKEN_FILE"] = token.path
        self._config = siteconf.write(directory, doors[0].scheme, [door.prefix for door in doors])
        self._report = f"{directory}/report/report.json{'.gz' if plan.zipped else ''}"
        servers = [door.server for door in doors if door.server is not None]
        self._around = Surroundings(*disks, f"{directory}/journal/journal", servers, proxies, token)
        self._around.heal()
        self._before = self._tree.stamps()

    def _rounds(self) -> None:
        for blows in self._plan.rounds:
            self._round(blows)
            if self._verdict.complaints:
                return
        self._round([])
        if self._verdict.codes[-1] not in (0, 1):
            self._complain(f"undisturbed, it ended with {self._verdict.codes[-1]}")

    def _round(self, blows: list[Blow]) -> None:
        number = len(self._verdict.codes)
        extra = ["--max-rate", str(self._plan.rate)] if blows else []
        deadlines = [blow for blow in blows if blow.kind == "deadline"]
        if deadlines:
            extra += ["--deadline", f"{deadlines[0].lasts:.2f}"]
        command = [
            self._swab, "delete", "-v", "--site-config", self._config, "--backend", self._plan.way.backend,
            *(word for path in self._lists for word in ["--from", path]), "--protected", self._protected,
            "--journal", self._around.journal, "--report", self._report, *self._plan.arguments, *extra]
        with open(f"{self._directory}/log-{number}", "w") as log:
            log.write(" ".join(command) + "\n")
            log.flush()
            process = subprocess.Popen(
                command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environment, start_new_session=True)
            storm = Storm(process, self._around, [blow.kind for blow in deadlines])
            try:
                storm.rage([blow for blow in blows if blow not in deadlines], len(self._tree.order) * RECORD)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        ended = time.monotonic()
        self._around.heal()
        if "kill-torn" in storm.struck:
            self._tear()
        self._verdict.codes.append(process.returncode)
        struck = storm.struck
        self._verdict.struck += struck
        if storm.is_hanging:
            self._complain("it did not end")
        if storm.asked is not None and process.returncode != -9:
            self._verdict.graces.append(ended - storm.asked)
            if ended - storm.asked > GRACE and "pause" not in struck:
                self._complain(f"it took {ended - storm.asked:.1f} s to end after a signal")
        _await_orphans(process.pid)
        self._look(process, struck, is_last=not blows)

    def _tear(self) -> None:
        """Leaves at the journal's end what a record that was being written can look like."""
        torn = self._dice.choice([bytes, self._dice.randbytes])(self._dice.randrange(1, 300))
        if os.path.exists(self._around.journal):
            with open(self._around.journal, "ab") as file:
                file.write(torn)

    def _look(self, process: subprocess.Popen, struck: list[str], is_last: bool) -> None:
        """Judges what the round has left."""
        code, after = process.returncode, self._tree.stamps()
        is_first = len(self._verdict.codes) == 1
        for complaint in judge.outside(self._tree, self._before, after):
            self._complain(complaint)
        for complaint in exits.odd(code, struck):
            self._complain(complaint)
        try:
            report = judge.read(self._report)
        except FileNotFoundError:
            # Killed before it began one, or no room for one.
            if code >= 0 and "report-full" not in struck:
                self._complain(f"no report, and it ended with {code}")
            return
        except (OSError, EOFError, ValueError) as problem:
            self._complain(f"the report cannot be read: {problem}")
            return
        errors = list(self._validator.iter_errors(report))
        for error in errors:
            self._complain(f"the report is not by its schema: {error.json_path}: {error.message[:200]}")
        if errors:
            return
        is_own = report["job"]["pid"] == process.pid
        if not is_own and code >= 0 and "report-full" not in struck:
            self._complain(f"the report is not of the process that ended with {code}")
        if is_own and code >= 0 and code != 73:
            for complaint in judge.ending(report, code):
                self._complain(complaint)
        if report["status"] == "incomplete":
            if is_own and code in (0, 1):
                self._complain(f"it ended with {code}, and its report is incomplete")
            return
        for complaint in [*judge.sums(report, self._tree.order),
                          *judge.fates(report, self._tree, self._before, after, is_first, is_last)]:
            self._complain(complaint)
        if is_last:
            confirmed = [entry["lfn"] for entry in report["files"] if "confirmedBy" in entry]
            self._verdict.confirmed = len(confirmed)
            self._verdict.made_up = sum(lfn not in self._before for lfn in confirmed)

    def _complain(self, text: str) -> None:
        self._verdict.complaints.append(f"round {len(self._verdict.codes)}: {text}")

    def _keep(self, directory: str) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(self._directory, directory, ignore=shutil.ignore_patterns("filler"))
        with open(directory + "/complaints", "w") as file:
            file.write("\n".join([self._verdict.line, *self._verdict.complaints]) + "\n")

    def _clean(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
        for door in self._doors:
            for name in os.listdir(door.data + "/store"):
                shutil.rmtree(f"{door.data}/store/{name}")


def _await_orphans(session: int) -> None:
    """Waits for the tools of a process that was killed: they may still delete what they were given."""
    until = time.monotonic() + 300
    while time.monotonic() < until and any(each.is_alive for each in processes.of_session(session)):
        time.sleep(0.02)
