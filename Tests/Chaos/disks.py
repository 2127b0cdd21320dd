"""A small disk that can be filled."""

import os
import resource
import subprocess

import sandbox

SIZE = 24 << 20


class SmallDisk:
    """A tmpfs of its own where that is possible; else a directory, and a process is kept from writing."""

    def __init__(self, directory: str):
        self.directory = directory
        self._filler = os.path.join(directory, "filler")
        os.makedirs(directory)
        self._is_mounted = sandbox.is_alone()
        self._limited: int | None = None
        if self._is_mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", directory], check=True)

    def fill(self, process: int) -> None:
        """From now on nothing more can be written: to the disk, or else by this process."""
        if not self._is_mounted:
            # A write beyond it would kill; a limit that cannot be set any more is one of a process that has ended.
            try:
                resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
                self._limited = process
            except ProcessLookupError:
                pass
            return
        piece = bytes(1 << 16)
        with open(self._filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(piece)
            except OSError:
                pass

    def heal(self) -> None:
        """There is room again."""
        if self._limited is not None:
            try:
                resource.prlimit(self._limited, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            except ProcessLookupError:
                pass
            self._limited = None
        if os.path.exists(self._filler):
            os.unlink(self._filler)

    def close(self) -> None:
        if self._is_mounted:
            subprocess.run(["umount", "--lazy", self.directory], check=True)
            self._is_mounted = False
