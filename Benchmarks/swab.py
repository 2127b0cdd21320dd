"""The executable that is measured."""

import json
import os
import subprocess

from batches import Batch

# The stage-out command that a site would name for a scheme; the backend is given all the same.
COMMANDS = {"file": "cp", "root": "xrdcp", "http": "gfal2", "https": "gfal2"}
REPORT = "report.json"


class Swab:
    def __init__(self, path: str):
        self.path = os.path.abspath(path)
        self.version = self._says("--version").splitlines()[0]
        self.backends = {entry["name"] for entry in json.loads(self._says("backends", "--json"))["backends"]}

    def _says(self, *arguments: str) -> str:
        return subprocess.run([self.path, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout

    def delete(self, batch: Batch, backend: str, concurrency: int | None, *options: str) -> list[str]:
        """`swab delete` with the full report."""
        door = batch.door
        command = [
            self.path, "delete", "-q", "--from", batch.lfns, "--backend", backend, "--override",
            f"command={COMMANDS[door.scheme]},lfn-prefix={door.prefix},phedex-node=T2_XX_Bench",
            "--report", os.path.join(batch.directory, REPORT), "--report-files", "all", *options]
        return command if concurrency is None else [*command, "--concurrency", str(concurrency)]

    @staticmethod
    def trouble(batch: Batch) -> str | None:
        """What is wrong with the report of a run that should have deleted everything."""
        try:
            with open(os.path.join(batch.directory, REPORT)) as file:
                report = json.load(file)
        except (OSError, ValueError) as problem:
            return f"its report: {problem}"
        named = sum(1 for entry in report["files"] if entry["outcome"] == "deleted")
        if report["summary"]["deleted"] == named == batch.count:
            return None
        return f"it reported {report['summary']['deleted']} of {batch.count} files as deleted and named {named}"
