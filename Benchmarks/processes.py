"""What the kernel says of processes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    # Whether it can still do anything: one that has ended stays until somebody asks how.
    is_alive: bool
    cpu_seconds: float


def of_session(session: int) -> Iterator[Process]:
    """The processes of a session, named by the process that began it."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                # Behind the name, which can hold anything.
                words = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session:
            yield Process(words[0] != "Z", (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK"))
