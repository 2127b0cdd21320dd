#!/usr/bin/env python3
"""Runs the cycle over a fleet of RSEs, scan after scan, while its passes are killed, and holds what it says against the disks.

    Tests/Chaos/fleet.py [--rses N] [--cycles N] [--kills N] [--seed S] [--bin DIR] [--rucio PYTHON] [--keep]

Storage is real (nginx, XRootD, a local disk), and so are the HTCondor pool, the Alertmanager, and Rucio where a Python that has its
server is named; the consistency monitor, WMStats and CRIC are scripted, in their real forms. A cycle here is a day: every RSE gets a new
scan, passes are killed with SIGKILL every few seconds while requests fail and the schedd is killed and started anew, and then passes run
in peace until no campaign is at work. Thirteen RSEs have something of their own: one's scan is never answered, one's storage takes
connections and answers nothing, one's server is down, one's SITECONF is broken, one has no credentials, one's scan doubles overnight, and
so on. In the middle of the cycles all of that is mended.

After every cycle: no file outside of the scans and no protected file is gone; every listed file is on the disk, or a campaign has it as
gone, once; the campaigns' accounts add up; no file was in two living jobs, and no job of a round was submitted twice; every RSE
stands as it should, with a true reason, and is on the page with what to do. At the end: each alert was there once, and resolved once.
"""
import argparse
import gzip
import html
import json
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Benchmarks"))

from campaigns import Pool, Wrong  # noqa: E402
from certificates import Certificates  # noqa: E402
from proxy import Proxy  # noqa: E402
from servers import Servers  # noqa: E402
from services import Alertmanager, Rucio, Scan, Services  # noqa: E402
from tokens import PATTERN, TokenFile  # noqa: E402

SITE = "T2_XX_Test"
AREA = "/store/unmerged/Run2026A"
PROTECTED = [f"{AREA}/Kept{number:02}/RAW/v1" for number in range(30)]
AT_WORK = ("planned", "submitted", "collecting")
# What says of an RSE only that a request failed at that moment.
PASSING = ("monitorUnavailable", "protectedMissing", "protectedEmpty", "scheddUnavailable", "submissionUncertain", "stopped")
# How long one RSE may take in a pass; the cycle takes no less.
STEP = 60
LIMIT = 900


class Target:
    """An RSE with its storage and everything that was ever listed."""

    def __init__(self, rse, prefix, data, user):
        self.rse, self.prefix, self.data = rse, prefix, Path(data)
        self.user = pwd.getpwnam(user)
        self.listed: set[str] = set()
        # Never listed, or protected: to be there for ever.
        self.kept: set[str] = set()
        # In a directory that nobody may write to.
        self.locked: set[str] = set()

    def make(self, name, forbidden=False):
        path = Path(f"{self.data}{name}")
        missing = [parent for parent in path.parents if not parent.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("event data\n")
        for each in [*missing, path]:
            os.chown(each, self.user.pw_uid, self.user.pw_gid)
        if forbidden:
            os.chown(path.parent, 0, 0)

    def there(self):
        """Every file of the storage by its LFN."""
        top = str(self.data)
        return {f"{directory}/{name}"[len(top):] for directory, _, names in os.walk(top + "/store") for name in names}


class Fleet:
    def __init__(self, options, directory: Path):
        self.options, self.directory = options, directory
        self.dice = random.Random(options.seed)
        self.heal_in = options.cycles // 2 + 1
        self.services = Services(options.seed)
        self.services.protected = PROTECTED
        self.closers = []
        self.double_submitted: list[str] = []
        self.over = False

    def start(self):
        """Everything that there is."""
        options, directory = self.options, self.directory
        self._servers()
        names = [f"T2_{'ABCDEFGH'[number % 8]}{number % 5}_Plain{number:02}" for number in range(options.rses - 13)]
        self.plain, self.targets = names, {}
        kinds = ["root", "http", "file"]
        for number, rse in enumerate(names):
            self._add(rse, kinds[number % 3])
        for rse in ("Hanging", "Double", "Broken", "Unmapped", "NotAvailable", "NoScan", "CutList", "Frozen",
                    "NodeBroken", "Mismatch"):
            self._add(f"T2_XX_{rse}", self.dice.choice(kinds))
        self._add("T2_XX_Down", "down")
        self._add("T2_XX_Stalled", "stalled")
        self._add("T2_XX_NoToken", "https")
        self.locked = names[2:12:3]
        self.services.sites = {rse: SITE for rse in self.targets if rse != "T2_XX_Unmapped"}
        self.services.sites["T2_XX_Mismatch"] = "T2_XX_Other"
        self._break_siteconf(True)
        self._start_others()
        self.pool = Pool(directory, self.servers._free_port())
        self.closers.append(self.pool.down)
        self._configure()

    # What there is.

    def _servers(self):
        certificates = self.directory / "certificates"
        certificates.mkdir()
        self.certificates = Certificates(str(certificates))
        # The key is for the servers; jobs read the rest.
        subprocess.run(["chmod", "-R", "go+rX", certificates], check=True)
        self.servers = Servers(str(self.directory / "servers"), self.certificates)
        self.closers.append(lambda: self.servers.__exit__())
        self.servers.start_xrootd()
        self.servers.start_nginx(PATTERN)
        self.doors = {door.name: door for door in self.servers.doors}
        # One of its own that can be stopped.
        self.others = Servers(str(self.directory / "others"), self.certificates)
        self.others._taken = self.servers._taken
        self.closers.append(lambda: self.others.__exit__())
        self.others.start_nginx()
        self.down = self.others.running[0]
        self.proxy = Proxy(self.doors["http nginx"].port)
        for path in (self.directory / "servers", self.directory / "others"):
            path.chmod(0o755)

    def _add(self, rse, kind):
        if kind == "file":
            data = self.directory / "disks" / rse
            (data / "store").mkdir(parents=True)
            prefix, user = str(data), "nobody"
        else:
            name = {"root": "root XRootD", "http": "http nginx", "https": "https nginx, token", "stalled": "http nginx"}
            door = self.others.doors[0] if kind == "down" else self.doors[name[kind]]
            path = f"/store/rses/{rse}"
            data, user = f"{door.data}{path}", "xrootd" if kind == "root" else "www-data"
            prefix = f"http://127.0.0.1:{self.proxy.port}{path}" if kind == "stalled" else f"{door.prefix}{path}"
        target = self.targets[rse] = Target(rse, prefix, data, user)
        for number in range(3):
            name = f"{AREA}/Unlisted/RAW/v1/{number}.root"
            target.make(name)
            target.kept.add(name)
        subprocess.run(["chown", "-R", f"{user}:", data], check=True)
        self._write_siteconf(target)

    def _write_siteconf(self, target):
        top = self.directory / "siteconf" / target.rse
        (top / "JobConfig").mkdir(parents=True, exist_ok=True)
        (top / "JobConfig/site-local-config.xml").write_text(
            f'<site-local-config><site name="{SITE}"><stage-out><method site="{target.rse}" volume="Disk" protocol="P" '
            'command="gfal2"/></stage-out></site></site-local-config>\n')
        (top / "storage.json").write_text(json.dumps([{
            "site": target.rse, "volume": "Disk", "type": "DISK", "rse": target.rse, "fts": [],
            "protocols": [{"protocol": "P", "access": "site-rw", "prefix": target.prefix}]}]))

    def _break_siteconf(self, breaks):
        # One where it is broken for all to see, and one where only the worker nodes have it broken.
        for rse in ("T2_XX_Broken", "T2_XX_NodeBroken"):
            self._write_siteconf(self.targets[rse])
            top = self.directory / "siteconf" / rse
            if rse == "T2_XX_NodeBroken":
                shutil.copytree(top, self.directory / "siteconf-here" / rse, dirs_exist_ok=True)
            if breaks:
                path = top / "storage.json"
                path.write_text(path.read_text()[:40])

    def _start_others(self):
        self.alertmanager = Alertmanager(
            self.directory / "alertmanager", self.servers._free_port(), self.services.base)
        self.closers.append(self.alertmanager.stop)
        self.rucio = None
        if self.options.rucio:
            rses = [(rse, rse != "T2_XX_NotAvailable") for rse in self.targets] + [("T1_XX_Tape", True)]
            self.rucio = Rucio(self.options.rucio, self.directory / "rucio", self.servers._free_port(), rses)
            self.closers.append(self.rucio.stop)
            token = self.directory / "rucio-token"
            token.write_text(self.rucio.token())
            token.chmod(0o600)
            shutil.chown(token, "nobody")
        self.token = TokenFile(str(self.directory / "token"))
        shutil.chown(self.token.path, "nobody")

    def _configure(self, has_token=False):
        base = self.services.base
        # So that an expression, CRIC and sections are all in use.
        lines = [
            "[cycle]", f"state = {self.directory}/work/state", f"step-minutes = {STEP // 60}", f"cric = {base}",
            f"alertmanager = {self.alertmanager.base}", "jobs-in-flight = 300"]
        if self.rucio:
            lines += [f"rucio = {self.rucio.base}", f"rucio-token = {self.directory}/rucio-token",
                      "expression = tier=2&cms_type=real"]
        else:
            lines += [f"rses = {' '.join(self.targets)}"]
        lines += [
            "[rse *]", f"from = {base}/rucioconmon/unmerged", f"protected = {base}/wmstatsserver/data/protectedlfns",
            "accept = plain-http", "minimum-fail-seconds = 0", "memory = 100", "disk = 100", "retries = 1", "timeout = 5",
            "files-per-job = 20", "max-rounds = 2", "max-fraction = 1", "keep-campaigns = 50",
            f"environment.X509_CERT_DIR = {self.certificates.directory}",
            "[rse T2_XX_*]", "max-rounds = 1", "retries = 0",
            "[rse T2_XX_Double]", "approval-files = 10", "max-growth = 1.5", "[rse T2_XX_NoToken]", "max-rounds = 1"]
        if has_token:
            lines.append(f"environment.BEARER_TOKEN_FILE = {self.token.path}")
        if not self.rucio:
            lines += ["[rse T2_XX_NotAvailable]", "enabled = no"]
        for rse in self.targets:
            section = f"[rse {rse}]"
            setting = f"environment.SITECONFIG_PATH = {self.directory}/siteconf/{rse}"
            if section in lines:
                lines.insert(lines.index(section) + 1, setting)
            else:
                lines += [section, setting]
            if rse == "T2_XX_NodeBroken":
                lines.append(f"site-config = {self.directory}/siteconf-here/{rse}/JobConfig/site-local-config.xml")
        (self.directory / "cycle.ini").write_text("".join(f"{line}\n" for line in lines))

    # What is done.

    def cycle(self, name, *words, before=()):
        return self.pool.run(
            *before, self.directory / "swab-submit", "cycle", name, "--config", self.directory / "cycle.ini", *words)

    def new_scans(self, day):
        for rse, target in self.targets.items():
            files = self.dice.randint(20, 45)
            if rse == "T2_XX_Double":
                files = {1: 30, 2: 33, 3: 70}.get(day, 12)
                # A scan that began before the approved campaign ended would have its files once more.
                if 3 < day <= self.heal_in:
                    continue
            for number in range(files):
                name = f"{AREA}/Day{day}/RAW/v1/{number // 10:04}/{number:06}.root"
                target.make(name)
                target.listed.add(name)
            kept = f"{PROTECTED[day]}/{day}.root"
            target.make(kept)
            target.kept.add(kept)
            if rse in self.locked and day == 1:
                target.locked = {f"{AREA}/Locked/RAW/v1/{number}.root" for number in range(2)}
                for name in target.locked:
                    target.make(name, forbidden=True)
                target.listed |= target.locked
            scan = Scan(f"2026_12_{day:02}_00_00", sorted(
                name for name in target.there() if name in target.listed or name in target.kept and "/Unlisted/" not in name))
            scan.is_cut = rse == "T2_XX_CutList" and day == 2
            if rse == self.plain[day % len(self.plain)]:
                scan.status = "started"
            if rse == self.plain[(day + 20) % len(self.plain)]:
                scan.status, scan.error = "failed", "the scanner ended with code 1"
            if rse == "T2_XX_NoScan" and day < self.heal_in:
                continue
            self.services.scans[rse] = scan

    def let_a_day_go_by(self):
        """Puts back what waits for a day to come."""
        for path in (self.directory / "work/state/rses").glob("*/state.json"):
            state = json.loads(path.read_text())
            if state.get("nextDue"):
                state["nextDue"] = "2026-01-01T00:00:00Z"
            if state.get("probed"):
                state["probed"] = "2026-01-01T00:00:00Z"
            path.write_text(json.dumps(state))

    def mend(self):
        """Everything that was wrong is well from now on."""
        self.services.hanging.clear()
        self.proxy.heal()
        self.down.start()
        self._break_siteconf(False)
        self.services.sites["T2_XX_Unmapped"] = self.services.sites["T2_XX_Mismatch"] = SITE
        self._configure(has_token=True)
        for words in (("approve", "T2_XX_Double"), ("unfreeze", "T2_XX_Frozen")):
            done = self.cycle(*words)
            if done.returncode != 0:
                raise Wrong(f"{words}: {done.stderr}")

    def storm(self, day):
        """Passes that are killed, while requests fail and the schedd is not always there."""
        self.services.failure_share = 0.1
        blow = self.dice.randrange(self.options.kills)
        for number in range(self.options.kills):
            if number == blow:
                if day % 2:
                    for pid in self.pool.pids("condor_schedd"):
                        os.kill(pid, signal.SIGKILL)
                else:
                    self.pool.run("condor_restart", "-fast", "-daemon", "schedd")
            # Some kills take the tools of HTCondor along, and some don't.
            kind = self.dice.choice([[], ["--foreground"]])
            self.cycle("run", before=["timeout", "--signal=KILL", *kind, f"{self.dice.uniform(0.5, 6):.2f}"])
        self.services.failure_share = 0.0

    def whole_pass(self):
        """One over all RSEs, at the end of which the alerts are told: what hangs must cost it no more than its time."""
        began = time.monotonic()
        done = self.cycle("run", "--json")
        if done.returncode != 0:
            raise Wrong(f"cycle run: {done.returncode}: {done.stderr}")
        took = time.monotonic() - began
        self.longest = max(self.longest, took)
        if took > STEP + 60:
            self.late.append(f"a pass took {took:.0f} s")
        return {row["rse"]: row for row in json.loads(done.stdout)["rses"]}

    def calm(self):
        """Passes until nothing is at work, without the RSE that each of them would wait for."""
        others = [word for rse in self.targets if rse not in self.services.hanging for word in ("--only", rse)]
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            done = self.cycle("run", "--json", *others)
            # 69: the schedd was started anew just now.
            if done.returncode not in (0, 69):
                raise Wrong(f"cycle run: {done.returncode}: {done.stderr}")
            rows = [row for row in json.loads(done.stdout)["rses"] if row["rse"] not in self.services.hanging]
            if not [row for row in rows if row["phase"] in AT_WORK or row["reason"] in PASSING]:
                return
            self.passes += 1
            time.sleep(0.5)
        raise Wrong(f"it does not end: {[(row['rse'], row['phase'], row['reason'], row['detail']) for row in rows if row['phase'] in AT_WORK or row['reason'] in PASSING]}")

    def watch(self):
        """Whether a file is in two living jobs, for as long as the fleet is at work."""
        lists = {}
        while not self.over:
            done = self.pool.run("condor_q", "-allusers", "-constraint", "SwabRSE isnt undefined",
                                 "-af", "SwabRSE", "JobStatus", "ClusterId", "ProcId", "Iwd")
            owner = {}
            for line in done.stdout.splitlines():
                rse, status, cluster, process, directory = line.split(" ", 4)
                if status in "34":
                    continue
                if directory not in lists:
                    try:
                        lists[directory] = gzip.open(Path(directory) / "lfns.txt.gz", "rt").read().split()
                    except OSError:
                        continue
                for name in lists[directory]:
                    if owner.setdefault((rse, name), (cluster, process)) != (cluster, process):
                        self.double_submitted.append(f"{rse} {name}: {owner[(rse, name)]} and {(cluster, process)}")
            self.looks += 1
            time.sleep(1)

    # What must be.

    def expected(self, rse, day):
        """Phase and reason at the end of a cycle."""
        is_mended = day >= self.heal_in
        scan = self.services.scans.get(rse)
        well = ("idle", "residual" if rse in self.locked else "allGone")
        if rse == "T2_XX_NotAvailable":
            return ("idle", "notAvailable" if self.rucio else "disabled")
        if rse == "T2_XX_CutList" and day == 2:
            return ("idle", "listRefused")
        if scan and scan.status != "done":
            return ("idle", "scanNotDone" if scan.status == "started" else "scanFailed")
        if is_mended:
            return well
        return {
            "T2_XX_Hanging": ("idle", "tooSlow"), "T2_XX_Stalled": ("resting", "littleDeleted"),
            "T2_XX_Down": ("resting", "littleDeleted"), "T2_XX_NodeBroken": ("resting", "littleDeleted"),
            "T2_XX_Broken": ("idle", "siteConfBroken"), "T2_XX_Mismatch": ("idle", "siteMismatch"),
            "T2_XX_NoToken": ("resting", "littleDeleted") if day == 1 else ("blocked", "noCredentials"),
            "T2_XX_Double": well if day < 3 else ("needsApproval", "tooManyFiles"),
            "T2_XX_Unmapped": ("unmapped", "unmapped"), "T2_XX_NoScan": ("idle", "noScan"),
            "T2_XX_Frozen": ("frozen", "frozen")}.get(rse, well)

    def check(self, day, rows):
        complaints = [f"in two living jobs: {text}" for text in self.double_submitted[:3]] + self.late
        self.late = []
        page = (self.directory / "work/state/index.html").read_text()
        for rse, target in self.targets.items():
            stands = (rows[rse]["phase"], rows[rse]["reason"])
            if stands != self.expected(rse, day):
                complaints.append(f"{rse}: {stands} and not {self.expected(rse, day)}: {rows[rse]['detail']}")
            if rows[rse]["needsPerson"]:
                said = self.cycle("explain", rse).stdout
                advice = re.search(r"^What to do: (.*)[.]$", said, re.MULTILINE)
                line = next((line for line in page.split("<tr")[1:] if f">{rse}<" in line), "")
                if not advice or advice[1] not in html.unescape(line):
                    complaints.append(f"{rse} is not on the page with what to do: {said}")
            complaints += [f"{rse}: {text}" for text in self._account(target, rows[rse])]
        done = [self.pool.run(tool, *words, "-constraint", "SwabRSE isnt undefined", "-af",
                              "SwabCampaign", "SwabRound", "SwabJob", "ClusterId").stdout.splitlines()
                for tool, *words in (("condor_q", "-allusers"), ("condor_history",))]
        jobs = {}
        for line in {line for lines in done for line in lines}:
            job, cluster = line.rsplit(" ", 1)
            if jobs.setdefault(job, cluster) != cluster:
                complaints.append(f"submitted twice: {job}")
        self.jobs = len(jobs)
        return complaints

    def _account(self, target, row):
        there = target.there()
        if lost := target.kept - there:
            yield f"{len(lost)} files that nobody may delete are gone, such as {min(lost)}"
        if lost := target.locked - there:
            yield f"{len(lost)} files that can't be deleted are gone"
        gone: dict[str, int] = {}
        deleted = 0
        for campaign in sorted((self.directory / "work/state/rses" / target.rse / "campaigns").glob("*")):
            if not (campaign / "campaign-report.json").exists():
                continue
            report = json.loads((campaign / "campaign-report.json").read_text())
            summary = report["summary"]
            if summary["requested"] != sum(
                    summary[name] for name in ("deleted", "absent", "failed", "refused", "notAttempted")):
                yield f"{campaign.name}: its outcomes do not add up: {summary}"
            planned = json.loads((campaign / "campaign.json").read_text())["counts"]["files"]
            if not planned == summary["requested"] == len({file["lfn"] for file in report["files"]}):
                yield f"{campaign.name}: {planned} planned, {summary['requested']} in the report"
            deleted += summary["deleted"]
            left = set(gzip.open(campaign / "residual.lfns.gz", "rt").read().split())
            for file in report["files"]:
                name, is_gone = file["lfn"], file["outcome"] in ("deleted", "absent")
                if name not in target.listed:
                    yield f"{name} was never listed for deletion"
                if is_gone == (name in left):
                    yield f"{campaign.name}: {name} is {file['outcome']} and {'' if name in left else 'not '}in the residual list"
                if is_gone and name in there:
                    yield f"{name} is called {file['outcome']} and is on the disk"
                if is_gone:
                    gone[name] = gone.get(name, 0) + 1
        if silent := target.listed - there - set(gone):
            yield f"{len(silent)} listed files are gone and nobody says so, such as {min(silent)}"
        if twice := [name for name, count in gone.items() if count > 1]:
            yield f"{len(twice)} files are gone in two campaigns, such as {min(twice)}"
        if deleted != row["deletedTotal"]:
            yield f"{deleted} files were deleted, and its state says {row['deletedTotal']}"

    def check_alerts(self):
        """Each was told to be there once, and to be over once."""
        wanted = {
            "T2_XX_Hanging": "tooSlow", "T2_XX_Stalled": "littleDeleted", "T2_XX_Down": "littleDeleted",
            "T2_XX_NodeBroken": "littleDeleted", "T2_XX_Broken": "siteConfBroken", "T2_XX_Mismatch": "siteMismatch",
            "T2_XX_NoToken": "noCredentials", "T2_XX_Double": "tooManyFiles",
            "T2_XX_Unmapped": "unmapped", "T2_XX_NoScan": "noScan", "T2_XX_CutList": "listRefused"}
        end = time.monotonic() + 60
        while True:
            told = {rse: tuple(self.services.told[("SwabNeedsPerson", rse, reason, what)] for what in ("firing", "resolved"))
                    for rse, reason in wanted.items()}
            wrong = [f"the alert of {rse} was there {counts[0]} times and over {counts[1]} times"
                     for rse, counts in told.items() if counts != (1, 1)]
            if not wrong or time.monotonic() > end:
                return wrong
            time.sleep(1)

    def run(self):
        self.longest = 0.0
        self.late: list[str] = []
        self.passes = self.looks = self.jobs = 0
        self.services.hanging = {"T2_XX_Hanging"}
        self.proxy.stall()
        self.down.stop()
        self.new_scans(1)
        done = self.cycle("freeze", "T2_XX_Frozen", "--reason", "a downtime")
        if done.returncode != 0:
            raise Wrong(f"freeze: {done.stderr}")
        watch = threading.Thread(target=self.watch, daemon=True)
        watch.start()
        failed = 0
        for day in range(1, self.options.cycles + 1):
            began = time.monotonic()
            if day > 1:
                self.let_a_day_go_by()
                self.new_scans(day)
            if day == self.heal_in:
                self.mend()
            self.storm(day)
            # In the middle of the work, too, those who listen are told.
            rows = self.whole_pass()
            for rse in self.services.hanging:
                if rows[rse]["reason"] != "tooSlow":
                    self.late.append(f"{rse} is {rows[rse]['reason']}: {rows[rse]['detail']}")
            self.calm()
            complaints = self.check(day, self.whole_pass())
            failed += len(complaints)
            print(f"cycle {day}: {time.monotonic() - began:.0f} s, {self.jobs} jobs so far, "
                  f"{len(complaints)} complaints", flush=True)
            for complaint in complaints[:20]:
                print(f"  {complaint}", flush=True)
        self.over = True
        watch.join(LIMIT)
        complaints = self.check_alerts()
        for complaint in complaints:
            print(f"  {complaint}", flush=True)
        listed = sum(len(target.listed) for target in self.targets.values())
        left = sum(len(target.listed & target.there()) for target in self.targets.values())
        print(f"{len(self.targets)} RSEs, {self.options.cycles} cycles, {self.options.cycles * self.options.kills} passes killed, "
              f"{self.services.failed} requests failed, {self.jobs} jobs, {listed} files listed, {left} left, "
              f"longest pass {self.longest:.0f} s, queue looked at {self.looks} times, seed {self.options.seed}", flush=True)
        return failed + len(complaints)

    def close(self):
        self.over = True
        for close in reversed(self.closers):
            close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rses", type=int, default=60, help="at least 24")
    parser.add_argument("--cycles", type=int, default=8, help="at least 6, at most 25")
    parser.add_argument("--kills", type=int, default=12, help="in each cycle")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/static", help="where swab and swab-submit are")
    parser.add_argument("--rucio", type=Path, help="a Python that has Rucio's server (pip install rucio); else a list of RSEs")
    parser.add_argument("--keep", action="store_true", help="leave everything where it is")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("fleet: storage with users of its own needs root")
    print(f"seed {options.seed}", flush=True)
    # So that what was started is also stopped when we are.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    directory = Path(tempfile.mkdtemp(prefix="swab-fleet-"))
    directory.chmod(0o755)
    (directory / "work").mkdir()
    shutil.chown(directory / "work", "nobody")
    for name in ("swab", "swab-submit"):
        shutil.copy(options.bin / name, directory / name)
    shutil.copy(ROOT / "Wrapper/swab-job.sh", directory)
    fleet = None
    failed = 1
    try:
        fleet = Fleet(options, directory)
        fleet.start()
        failed = fleet.run()
    except Wrong as wrong:
        print(f"WRONG: {wrong}", flush=True)
    finally:
        if fleet:
            fleet.close()
        if not options.keep and not failed:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            print(f"everything is in {directory}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
