"""The C programs: the raw loops, and what the benchmark itself needs."""

import os
import subprocess

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "raw")
FLAGS = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PROGRAMS = {
    "measure": [],
    "make_files": [],
    "delete_files": ["-pthread"],
    "delete_http": ["-lssl", "-lcrypto"],
    "delete_root": [],
    "delay": [],
}


class Programs:
    """Compiles them into a directory."""

    def __init__(self, directory: str):
        self._directory = directory
        os.makedirs(directory, exist_ok=True)
        support = os.path.join(SOURCES, "support.c")
        for name, flags in PROGRAMS.items():
            source = os.path.join(SOURCES, name + ".c")
            # A process counts as large as the one that it was forked from: this one stays without libraries.
            sources = [source] if name == "measure" else [source, support]
            subprocess.run(["gcc", *FLAGS, "-o", self[name], *sources, *flags], check=True)

    def __getitem__(self, name: str) -> str:
        return os.path.join(self._directory, name)
