"""What Swab does before it asks any storage: read a list, map, check. No file is touched."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from batches import ERA
from measure import Meter, Usage
from swab import Swab


@dataclass(frozen=True)
class Mapping:
    name: str
    lfns: int
    rate: float
    # By CPU time instead of the clock: what one core does.
    rate_a_core: float
    peak_bytes: int
    trouble: str | None


class MappingBenchmark:
    def __init__(self, swab: Swab, meter: Meter, environment: dict[str, str], directory: str):
        self._swab = swab
        self._meter = meter
        self._environment = environment
        self._directory = directory

    def run(self, runs: int, resolved: int, dry: int) -> list[Mapping]:
        catalog = os.path.join(self._directory, "storage.json")
        with open(catalog, "w") as file:
            json.dump(
                [{
                    "site": "T2_XX_Bench", "volume": "Disk", "type": "DISK", "rse": "T2_XX_Bench", "fts": [],
                    "protocols": [{
                        "protocol": "WebDAV", "access": "site-rw",
                        "rules": [{"lfn": "/+store/(.*)", "pfn": "davs://storage.example.org:1094/cms/store/$1"}],
                    }],
                }], file)

        def resolve(*options: str) -> Callable[[str], list[str]]:
            return lambda names: [
                self._swab.path, "resolve", *options, "--catalog", catalog, "--protocol", "WebDAV", "--volume",
                "Disk", "--storage-site", "T2_XX_Bench", "--from", names]

        commands = [
            ("swab resolve, one rule", resolved, resolve()),
            ("swab resolve --json, one rule", resolved, resolve("--json")),
            ("swab delete --dry-run", dry, lambda names: [
                self._swab.path, "delete", "-q", "--dry-run", "--from", names, "--override",
                "command=gfal2,lfn-prefix=davs://storage.example.org:1094/cms,phedex-node=T2_XX_Bench",
                "--report", "report.json", "--report-files", "none"]),
        ]
        lists = {count: self._list(count) for count in {resolved, dry}}
        usages: dict[str, list[Usage]] = {name: [] for name, _, _ in commands}
        for _ in range(runs):
            for name, count, command in commands:
                # To /dev/null what would be printed: 200 MB in memory would be measured as well.
                words = ["sh", "-c", 'exec "$@" >/dev/null', "sh", *command(lists[count])]
                usages[name].append(self._meter.run(words, self._environment, self._directory))
        return [self._summary(name, count, usages[name]) for name, count, _ in commands]

    def _list(self, count: int) -> str:
        path = os.path.join(self._directory, f"{count}.gz")
        if not os.path.exists(path):
            with gzip.open(path, "wt", compresslevel=1) as file:
                file.writelines(
                    f"{ERA}/{index // 500:06}/file-{index:07}-{index * 2654435761 % 2**32:08x}.root\n"
                    for index in range(count))
        return path

    @staticmethod
    def _summary(name: str, count: int, usages: list[Usage]) -> Mapping:
        troubles = [f"exit code {usage.exit_code}: {usage.words}" for usage in usages if usage.exit_code != 0]
        return Mapping(
            name, count, count / median(usage.seconds for usage in usages),
            count / max(1e-6, median(usage.cpu for usage in usages)), max(usage.peak_bytes for usage in usages),
            troubles[0] if troubles else None)
