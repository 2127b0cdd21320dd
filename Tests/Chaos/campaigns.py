#!/usr/bin/env python3
"""Disturbs whole campaigns at random on a throw-away HTCondor pool, and holds what "collect" says against the disk.

    Tests/Chaos/campaigns.py [--campaigns N] [--seed S] [--first N] [--bin DIR] [--keep]

Each campaign deletes files of a local storage through jobs on two worker nodes. While they run, some of these happen: the
schedd, a shadow, a starter or a payload is killed; a job is removed, held and released, or vacated; one worker node has an
empty mount, fails at once, or has a clock that is days ahead; the campaign's directory is copied and submitted again, or
restored from an earlier copy; somebody else plans and submits the same files; a list or a report is lost; its
submission.json is lost, or was written by a clock that is ahead. Then "collect" and "resubmit" are run until nothing is left. After every "collect": what is called
gone is not on the disk, what is not gone is in the residual list, every planned file is accounted for, and no file is in two
living jobs. The seed is printed; the same seed disturbs in the same way, as far as the machine lets it.
"""
import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# As the pool has it for its worker nodes.
RSE = "T2_XX_Test"
LIMIT = 900
# JobStateTable's row of a job that max-jobs has left for the next round.
LEFT = 24


class Wrong(Exception):
    """What must never be."""


class Pool:
    """A pool of two worker nodes in a directory of its own."""

    def __init__(self, place: Path, port: int):
        self.place = place / "pool"
        self.script = str(ROOT / "Tests/Condor/pool.sh")
        self.second = self.place / "second.sh"
        with open(place / "up.log", "wb") as log:
            subprocess.run(
                [self.script, "up", self.place, ROOT / ".build/condor", str(port), str(os.getpid()), "second"],
                check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *words, cwd=None, check=False):
        command = [self.script, "run", str(self.place), "env", f"--chdir={cwd or self.place}", *map(str, words)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        if check and done.returncode != 0:
            raise Wrong(f"{words}: {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def pids(self, name):
        """Processes of this pool by their name."""
        mark = f"CONDOR_CONFIG={self.place}/condor_config".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "comm").read_text() == name + "\n":
                    if mark in (entry / "environ").read_bytes() or str(self.place) in os.readlink(entry / "cwd"):
                        found.append(int(entry.name))
            except OSError:
                continue
        return found

    def wait_for_none(self, constraint):
        """Until the queue answers, and has no such job."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            done = self.run("condor_q", "-allusers", "-constraint", constraint, "-af", "ClusterId")
            if done.returncode == 0 and not done.stdout.strip():
                return
            time.sleep(0.5)
        raise Wrong(f"jobs stay in the queue: {constraint}")

    def clear(self):
        self.run("condor_rm", "-all")
        self.wait_for_none("true")

    def down(self):
        subprocess.run([self.script, "down", self.place], check=False)


class Campaign:
    """Files on a disk, and the campaign that is to delete them."""

    def __init__(self, pool, place, number, dice, bin_dir):
        self.pool, self.place, self.dice, self.bin = pool, place, dice, bin_dir
        self.disk = place / f"disk-{number}"
        self.name = f"campaign-{number}"
        self.directory = place / self.name
        jobs, self.per = dice.randint(4, 10), dice.choice([10, 30, 60])
        self.files = [
            f"/store/unmerged/Run2026A/Test/RAW/v1/{i // self.per:04d}/{i:06d}.root" for i in range(jobs * self.per)]
        for name in self.files:
            path = Path(f"{self.disk}{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        (place / f"list-{number}").write_text("".join(f"{name}\n" for name in self.files))
        (place / "protected").write_text("/store/unmerged/other/a/b/c\n")
        self.site(self.disk, "site")
        (place / "empty").mkdir(exist_ok=True)
        self.site(place / "empty", "blind")
        (place / "config.ini").write_text(
            f"[job]\nenvironment.SITECONFIG_PATH = {place}/site/{RSE}\nminimum-fail-seconds = 1\n"
            f"memory = 100\ndisk = 100\nmax-rate = {dice.choice([5, 20, 200])}\n"
            f"max-materialize = {dice.choice([0, 3])}\nretries = {dice.choice([0, 1, 3])}\n"
            f"max-jobs = {dice.choice([0, 0, 4])}\n")
        subprocess.run(["chown", "-R", "nobody", self.disk, place / "site", place / "blind"], check=True)
        self.list = place / f"list-{number}"

    def site(self, disk, name):
        directory = self.place / name / RSE
        (directory / "JobConfig").mkdir(parents=True, exist_ok=True)
        (directory / "JobConfig/site-local-config.xml").write_text(
            f'<site-local-config><site name="{RSE}"><stage-out><method volume="Disk" protocol="P" command="cp"/>'
            "</stage-out></site></site-local-config>\n")
        (directory / "storage.json").write_text(json.dumps([{
            "site": RSE, "volume": "Disk", "type": "DISK", "rse": RSE, "fts": [],
            "protocols": [{"protocol": "P", "access": "site-rw", "prefix": str(disk)}]}]))

    def submit_command(self, *words):
        return self.pool.run(f"{self.bin}/swab-submit", *words, cwd=self.place)

    def plan_into(self, directory):
        done = self.submit_command(
            "plan", "--rse", RSE, "--site", RSE, "--from", self.list, "--protected", self.place / "protected",
            "--config", self.place / "config.ini", "--files-per-job", self.per, "-o", directory)
        if done.returncode != 0:
            raise Wrong(f"plan: {done.stderr}")

    def plan(self):
        self.plan_into(self.directory)
        self.id = json.loads((self.directory / "campaign.json").read_text())["id"]

    def back_up(self):
        self.copy = self.directory.with_name(self.name + "-backup")
        self.pool.run("cp", "-a", self.directory, self.copy)

    def constraint(self):
        return f'SwabCampaign =?= "{self.id}"'

    def status(self):
        done = self.submit_command("status", self.directory, "--json")
        if done.returncode not in (0, 69):
            raise Wrong(f"status: {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def check_queue(self):
        """No file is in two living jobs."""
        done = self.pool.run("condor_q", "-allusers", "-constraint", f'SwabRSE == "{RSE}"', "-af", "Iwd", "JobStatus")
        owner = {}
        for line in done.stdout.splitlines():
            directory, state = line.rsplit(" ", 1)
            path = Path(directory) / "lfns.txt.gz"
            if state in "34" or not path.exists():
                continue
            for name in gzip.open(path, "rt").read().split():
                if owner.setdefault(name, directory) != directory:
                    raise Wrong(f"{name} is in two living jobs: {owner[name]} and {directory}")

    def collect(self):
        done = self.submit_command("collect", self.directory)
        if done.returncode not in (0, 1, 69, 75, 76):
            raise Wrong(f"collect: {done.returncode}: {done.stdout}{done.stderr}")
        report = json.loads((self.directory / "campaign-report.json").read_text())
        outcomes = {file["lfn"]: file["outcome"] for file in report["files"]}
        if len(outcomes) != len(report["files"]) or set(outcomes) - set(self.files):
            raise Wrong("files that are foreign, or there twice")
        gone = {name for name, outcome in outcomes.items() if outcome in ("deleted", "absent")}
        there = {name for name in self.files if os.path.lexists(f"{self.disk}{name}")}
        if gone & there:
            raise Wrong(f"{len(gone & there)} called gone and on the disk, such as {min(gone & there)}")
        left = set(gzip.open(self.directory / "residual.lfns.gz", "rt").read().split())
        if left != set(outcomes) - gone:
            raise Wrong("the residual list is not what is not gone")
        if done.returncode == 0 and there:
            raise Wrong(f"exit 0 with {len(there)} files on the disk")
        self.check_queue()
        return done.returncode


def kill_one(campaign, name):
    pids = campaign.pool.pids(name)
    if pids:
        os.kill(campaign.dice.choice(pids), signal.SIGKILL)


def act(campaign, verb):
    job = f'{campaign.constraint()} && SwabJob == "{campaign.dice.randint(1, 5):04d}"'
    campaign.pool.run(f"condor_{verb}", "-constraint", job)


def copy_and_submit(campaign):
    copy = campaign.directory.with_name(campaign.name + "-copy")
    if not copy.exists():
        shutil.copytree(campaign.directory, copy, symlinks=True)
        (copy / "submission.json").unlink(missing_ok=True)
        subprocess.run(["chown", "-R", "nobody", copy], check=True)
        campaign.submit_command("submit", copy, "--yes")


def restore(campaign):
    """The directory is as it was when its copy was made: after the plan, or after the submission."""
    # HTCondor may write to it meanwhile, so that it does not go or is there again: then the copy goes into it.
    campaign.pool.run("rm", "-rf", campaign.directory)
    campaign.pool.run("cp", "-aT", campaign.copy, campaign.directory, check=True)


def submit_elsewhere(campaign):
    """A second operator with the same list."""
    other = campaign.directory.with_name(campaign.name + "-other")
    if not other.exists():
        campaign.plan_into(other)
        campaign.submit_command("submit", other, "--yes")


def put_clock_ahead(campaign):
    """What a submitter with a clock that is a day ahead would have noted."""
    path = campaign.directory / "submission.json"
    if path.exists():
        submission = json.loads(path.read_text())
        ahead = time.gmtime(time.time() + 86_400)
        submission["submitted"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", ahead)
        path.write_text(json.dumps(submission))


def lose(campaign, what):
    jobs = sorted(campaign.directory.glob(f"jobs/*/{what}"))
    if jobs:
        campaign.dice.choice(jobs).unlink()


DISTURBANCES = {
    "kill schedd": lambda c: kill_one(c, "condor_schedd"),
    "kill shadow": lambda c: kill_one(c, "condor_shadow"),
    "kill starter": lambda c: kill_one(c, "condor_starter"),
    "kill payload": lambda c: kill_one(c, "swab"),
    "remove a job": lambda c: act(c, "rm"),
    "hold a job": lambda c: act(c, "hold"),
    "vacate a job": lambda c: act(c, "vacate_job"),
    "copy and submit": copy_and_submit,
    "restore a copy": restore,
    "submit elsewhere": submit_elsewhere,
    "put the clock ahead": put_clock_ahead,
    "lose a report": lambda c: lose(c, "report.json.gz"),
    "lose submission.json": lambda c: (c.directory / "submission.json").unlink(missing_ok=True),
}


def settle(campaign):
    """Until no job is to come."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        campaign.pool.run("condor_release", "-constraint", campaign.constraint())
        # What max-jobs has left is for the next round.
        states = {job["state"] for job in campaign.status()["jobs"] if job["row"] != LEFT}
        if "planned" in states or "submitting" in states:
            campaign.submit_command("submit", campaign.directory, "--yes")
        if not states & {
                "planned", "submitting", "idle", "running", "transferring", "suspended", "held", "leaving", "unknown",
                "ended"}:
            return
        time.sleep(1)
    raise Wrong(f"it does not end: {campaign.status()['states']}")


def disturb(pool, place, number, dice, bin_dir):
    """One campaign from its plan to its end."""
    campaign = Campaign(pool, place, number, dice, bin_dir)
    machine = dice.choice(["good", "good", "blind", "hole", "ahead"])
    pool.second.write_text({
        "good": "",
        "blind": f'[ -z "${{SITECONFIG_PATH:-}}" ] || export SITECONFIG_PATH={place}/blind/{RSE}\n',
        # Its job has expired, as far as it knows.
        "ahead": """[ ! -e job.json ] || sed -i 's/"expires" *: *"[^"]*"/"expires": "2020-01-01T00:00:00Z"/' job.json\n""",
        "hole": '[ -z "${SITECONFIG_PATH:-}" ] || export SITECONFIG_PATH=/nowhere\n'}[machine])
    campaign.plan()
    copies_plan = dice.random() < 0.5
    if copies_plan:
        campaign.back_up()
    done = campaign.submit_command("submit", campaign.directory, "--yes")
    if done.returncode != 0:
        raise Wrong(f"submit: {done.stderr}")
    if not copies_plan:
        campaign.back_up()
    happened = []
    for _ in range(dice.randint(0, 4)):
        time.sleep(dice.uniform(0, 4))
        what = dice.choice(sorted(DISTURBANCES))
        DISTURBANCES[what](campaign)
        happened.append(what)
        campaign.check_queue()
    code = campaign.collect()
    rounds = 0
    while code != 0 and rounds < 12:
        settle(campaign)
        code = campaign.collect()
        # All absent: where a restored copy has lost what was reported, no further round makes that gone.
        if code == 0 or code == 76 and rounds > 3:
            break
        rounds += 1
        pool.second.write_text("")
        pool.wait_for_none(f"SwabRSE == \"{RSE}\" && JobStatus != 4 && ({campaign.constraint()}) =!= true")
        campaign.submit_command("resubmit", campaign.directory)
    print(f"{number}: {len(campaign.files)} files, second machine {machine}, {happened}: exit {code} after {rounds} more rounds",
          flush=True)
    left = [name for name in campaign.files if os.path.lexists(f"{campaign.disk}{name}")]
    if code == 0 and left:
        raise Wrong(f"{len(left)} files are left")
    pool.clear()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--first", type=int, default=1, help="the number of the first one")
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/static", help="where swab and swab-submit are")
    parser.add_argument("--port", type=int, default=29_871)
    parser.add_argument("--keep", action="store_true", help="leave everything where it is")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    place = Path(tempfile.mkdtemp(prefix="swab-campaigns-"))
    place.chmod(0o755)
    shutil.chown(place, "nobody")
    for name in ("swab", "swab-submit"):
        shutil.copy(options.bin / name, place / name)
    shutil.copy(ROOT / "Wrapper/swab-job.sh", place)
    pool = Pool(place, options.port)
    failed = 0
    try:
        for number in range(options.first, options.first + options.campaigns):
            dice = random.Random(f"{options.seed} {number}")
            try:
                disturb(pool, place, number, dice, place)
            except Wrong as wrong:
                failed += 1
                print(f"{number}: WRONG: {wrong} (seed {options.seed})", flush=True)
                pool.clear()
    finally:
        pool.down()
        if not options.keep:
            shutil.rmtree(place, ignore_errors=True)
    print(f"{options.campaigns} campaigns, {failed} wrong, seed {options.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
