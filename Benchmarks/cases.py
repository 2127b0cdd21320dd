"""What is measured: Swab, the peers and the raw loops, at every door."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace

from batches import Batch
from certificates import Certificates
from programs import Programs
from servers import ADDRESS, Door
from swab import Swab

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
PYTHON = "/usr/bin/python3"
WMCORE_HINT = (
    "WMCore's DeleteMgr is left out: no Python package wmcore. To have it in: "
    "python3 -m pip install --no-deps --target DIRECTORY wmcore future; PYTHONPATH=DIRECTORY make bench")


@dataclass(frozen=True)
class Load:
    """How much is in flight at a time, for everyone who can be told."""

    connections: int = 10
    window: int = 128
    threads: int = 2


@dataclass(frozen=True)
class Case:
    door: Door
    name: str
    # swab, peer or limit.
    kind: str
    command: Callable[[Batch], list[str]]
    # Files for a first look at how fast it is.
    first: int
    # So many seconds a run should take.
    aim: float = 1.0

    @property
    def is_yardstick(self) -> bool:
        return self.kind == "limit" and self.name == "raw loop in C"

    @property
    def title(self) -> str:
        return f"{self.door.name}: {self.name}"

    def trouble(self, batch: Batch) -> str | None:
        return batch.trouble() or (Swab.trouble(batch) if self.kind == "swab" else None)


class Cases:
    """Puts the cases together, and says what is left out."""

    def __init__(
        self, swab: Swab, beside: Swab | None, programs: Programs, certificates: Certificates, load: Load, scratch: str,
    ):
        self._swab = swab
        # Another build of Swab, which takes its turns with the same files.
        self._beside = beside
        self._programs = programs
        self._certificates = certificates
        self._load = load
        self.left_out: list[str] = []
        # Nothing of the caller's environment, and no credential.
        self.environment = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch,
            "X509_CERT_DIR": certificates.directory, "RCLONE_CONFIG": os.devnull, "GFAL_PYTHONBIN": PYTHON,
        }
        if "PYTHONPATH" in os.environ:
            self.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        self._has_wmcore = self._imports("WMCore.Storage.DeleteMgr")
        self._prepare_wmcore(scratch)
        self._has_bindings = self._imports("XRootD.client")
        if not self._has_wmcore:
            self.left_out.append(WMCORE_HINT)
        if not self._has_bindings:
            self.left_out.append("XRootD's Python bindings are left out: no package python3-xrootd")

    def at(self, door: Door) -> list[Case]:
        """The cases of a door: Swab's first, the limit last."""
        by_scheme = {"file": self._file, "root": self._root, "http": self._http, "https": self._http}
        cases = self._far(door) if door.delay else by_scheme[door.scheme](door)
        found = [case for case in cases if case is not None]
        return [other for case in found for other in [case, self._by_other_build(case)] if other is not None]

    def _by_other_build(self, case: Case) -> Case | None:
        words = case.name.split()
        beside = self._beside
        if beside is None or case.kind != "swab" or words[1] not in beside.backends or len(words) > 2:
            return None
        concurrency = None if case.door.delay or words[1] in ("xrdfs", "gfal") else self._concurrency(case.door)
        return replace(
            case, name=f"{case.name}, other build", kind="peer",
            command=lambda batch: beside.delete(batch, words[1], concurrency))

    def _concurrency(self, door: Door) -> int:
        return {"file": self._load.threads, "root": self._load.window}.get(door.scheme, self._load.connections)

    def _far(self, door: Door) -> list[Case | None]:
        """Swab as it is when nobody tells it how many requests to have in flight, and one after the other."""
        port = str(door.port)

        def serial(batch: Batch) -> list[str]:
            if door.scheme == "root":
                return [self._programs["delete_root"], ADDRESS, port, "1", "1", batch.lfns]
            return [self._programs["delete_http"], ADDRESS, port, "1", batch.lfns]

        # Long enough that the start, which is slow on purpose, is a small part.
        ours = self._of_swab(door, "xroot" if door.scheme == "root" else "webdav", None, 2000)
        return [
            replace(ours, aim=10.0) if ours else None,
            Case(door, "one request after the other", "peer", serial, 20, aim=2.0),
        ]

    def _imports(self, module: str) -> bool:
        # Asked with the environment that the case will have.
        command = [PYTHON, "-c", f"import {module}"]
        return subprocess.run(command, env=self.environment, capture_output=True).returncode == 0

    def _prepare_wmcore(self, directory: str) -> None:
        """WMCore starts its tools with no environment but what this file of a job sets."""
        names = ["PATH", "X509_CERT_DIR", "GFAL_PYTHONBIN"]
        with open(os.path.join(directory, "startup_environment.sh"), "w") as file:
            file.writelines(f"export {name}='{self.environment[name]}'\n" for name in names)
        self.environment["JOBSTARTDIR"] = directory

    def _of_swab(
        self, door: Door, backend: str, concurrency: int | None, first: int, *options: str,
    ) -> Case | None:
        if backend not in self._swab.backends:
            words = f"swab {backend} is left out: this swab has no such backend"
            if words not in self.left_out:
                self.left_out.append(words)
            return None
        return Case(
            door, " ".join(["swab", backend, *options]), "swab",
            lambda batch: self._swab.delete(batch, backend, concurrency, *options), first)

    def _of_wmcore(self, door: Door, command: str) -> Case | None:
        if not self._has_wmcore:
            return None
        return Case(
            door, f"WMCore DeleteMgr, {command}", "peer",
            lambda batch: [PYTHON, PEERS + "/wmcore_delete.py", command, door.prefix, batch.lfns], 5)

    def _file(self, door: Door) -> list[Case | None]:
        threads = str(self._load.threads)
        return [
            self._of_swab(door, "rm", self._load.threads, 5000),
            Case(
                door, f"xargs -P{threads} rm", "peer",
                lambda batch: ["xargs", "-d", "\\n", "-P", threads, "-a", batch.files, "rm", "--"], 5000),
            Case(
                door, "raw loop in C", "limit",
                lambda batch: [self._programs["delete_files"], threads, batch.files], 5000),
        ]

    def _root(self, door: Door) -> list[Case | None]:
        endpoint, port, window = door.prefix.rstrip("/"), str(door.port), str(self._load.window)

        def xrdfs(paths: int) -> Callable[[Batch], list[str]]:
            return lambda batch: [
                "xargs", "-d", "\\n", "-n", str(paths), "-s", "1000000", "-a", batch.lfns, "xrdfs", endpoint, "rm"]

        def raw(connections: int) -> Callable[[Batch], list[str]]:
            return lambda batch: [
                self._programs["delete_root"], ADDRESS, port, str(connections), window, batch.lfns]

        bindings = Case(
            door, f"python XRootD, {window} in flight", "peer",
            lambda batch: [PYTHON, PEERS + "/xrootd_async.py", endpoint, window, batch.lfns], 1000)
        return [
            self._of_swab(door, "xroot", self._load.window, 2000),
            self._of_swab(door, "xrdfs", None, 1000),
            self._of_swab(door, "gfal", None, 100),
            bindings if self._has_bindings else None,
            Case(door, "xrdfs rm, 1000 paths a process", "peer", xrdfs(1000), 1000),
            Case(door, "xrdfs rm, one a process", "peer", xrdfs(1), 10),
            *self._gfal_rm(door),
            self._of_wmcore(door, "xrdcp"),
            self._of_wmcore(door, "gfal2"),
            Case(door, "raw loop in C, 4 connections", "limit", raw(4), 2000),
            Case(door, "raw loop in C", "limit", raw(1), 2000),
        ]

    def _http(self, door: Door) -> list[Case | None]:
        secure = door.scheme == "https"
        connections = str(self._load.connections)
        authority, directory = self._certificates.authority, self._certificates.directory

        def curl(batch: Batch) -> list[str]:
            lines = batch.write("curl", lambda lfn: f'url = "{door.prefix}{lfn}"')
            trust = ["--cacert", authority] if secure else []
            return [
                "curl", "--parallel", "--parallel-max", connections, "--request", "DELETE", "--fail", "--silent",
                "--show-error", *trust, "--config", lines]

        def rclone(batch: Batch) -> list[str]:
            trust = ["--ca-cert", authority] if secure else []
            return [
                "rclone", "delete", ":webdav:", "--webdav-url", door.prefix, "--files-from-raw", batch.lfns,
                "--no-traverse", "--checkers", connections, "--transfers", connections, *trust]

        raw = [self._programs["delete_http"], ADDRESS, str(door.port), connections]
        trust = [directory] if secure else []
        able = [
            self._of_swab(door, "webdav", self._load.connections, 2000),
            # What the listing of each directory costs is the difference.
            self._of_swab(door, "webdav", self._load.connections, 2000, "--no-look"),
            Case(door, f"curl --parallel-max {connections}", "peer", curl, 2000),
        ]
        # HTTP/2 is nothing that these would use.
        slow = [] if door.http2 else [
            self._of_swab(door, "gfal", None, 10 if secure else 100),
            Case(door, "rclone delete --files-from", "peer", rclone, 50),
            *self._gfal_rm(door),
            self._of_wmcore(door, "gfal2"),
        ]
        limit = Case(door, "raw loop in C", "limit", lambda batch: [*raw, batch.lfns, *trust], 2000)
        return [*able, *slow, limit]

    def _gfal_rm(self, door: Door) -> list[Case]:
        return [
            Case(
                door, "gfal-rm --from-file", "peer",
                lambda batch: ["gfal-rm", "--from-file", batch.urls], 10 if door.scheme == "https" else 100),
            Case(
                door, "gfal-rm, one a process", "peer",
                lambda batch: ["xargs", "-d", "\\n", "-n", "1", "-a", batch.urls, "gfal-rm"], 5),
        ]
