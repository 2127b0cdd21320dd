"""Fresh files for every run, the lists that name them, and what is left of them afterwards."""

import os
import shutil
import subprocess
from collections.abc import Callable

from programs import Programs
from servers import Door

FILES_A_DIRECTORY = 500
ERA = "/store/unmerged/Run2026A/Muon0/RAW-RECO/PromptReco-v1"
# In every directory there is a file that no list names.
NOT_LISTED = "not-listed.root"


class Batch:
    """Some files behind a door. Lists are written before the clock starts."""

    def __init__(self, door: Door, count: int, number: int, directory: str, programs: Programs):
        self.door = door
        self.count = count
        # Where lists, reports and output go.
        self.directory = os.path.join(directory, f"run-{number:06}")
        os.makedirs(self.directory)
        self._tree = f"{ERA}/{number:06}"
        self._directories = [f"{self._tree}/{index:05}" for index in range(-(-count // FILES_A_DIRECTORY))]
        self._lfns = [
            f"{self._directories[index // FILES_A_DIRECTORY]}/file-{index:07}.root" for index in range(count)
        ]
        self._make(programs)

    def _make(self, programs: Programs) -> None:
        for name in self._directories:
            os.makedirs(self.door.data + name)
            with open(f"{self.door.data}{name}/{NOT_LISTED}", "w") as file:
                file.write("not listed\n")
            # A server that runs as its own user deletes here.
            os.chmod(self.door.data + name, 0o777)
        subprocess.run([programs["make_files"], self.files], check=True)
        if self.door.on_disk:
            # Files that lie there for days are on the disk, not on their way to it.
            subprocess.run(["sync", "-f", self.door.data], check=True)

    @property
    def lfns(self) -> str:
        """A list of LFNs, which is also one of the paths that a server knows."""
        return self.write("lfns", str)

    @property
    def urls(self) -> str:
        return self.write("urls", lambda lfn: self.door.prefix + lfn)

    @property
    def files(self) -> str:
        """A list of the files as this machine names them."""
        return self.write("files", lambda lfn: self.door.data + lfn)

    def write(self, name: str, line: Callable[[str], str]) -> str:
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            with open(path, "w") as file:
                file.writelines(line(lfn) + "\n" for lfn in self._lfns)
        return path

    def trouble(self) -> str | None:
        """What is not as it has to be: every listed file gone, and nothing else."""
        left = kept = 0
        for name in self._directories:
            try:
                names = os.listdir(self.door.data + name)
            except FileNotFoundError:
                continue
            kept += NOT_LISTED in names
            left += len(names) - (NOT_LISTED in names)
        if kept < len(self._directories):
            return "it deleted what was not listed"
        if left > 0:
            return f"it left {left} of {self.count} files"
        return None

    def remove(self) -> None:
        shutil.rmtree(self.door.data + self._tree, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)
