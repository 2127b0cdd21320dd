"""The figures of a benchmark: what the runs come to, and the ratios."""

from dataclasses import dataclass
from statistics import median

from limits import Limited
from mapping import Mapping
from rounds import Series


@dataclass(frozen=True)
class Row:
    door: str
    name: str
    kind: str
    files: int
    # Files a second.
    rate: float
    lowest: float
    highest: float
    # CPU seconds for 1,000 files.
    cpu: float
    peak_bytes: int
    # The rate over that of the raw loop, and over that of Swab's best backend, at the same door.
    of_limit: float | None
    of_swab: float | None
    # Processors that others kept busy meanwhile.
    others: float
    # What was wrong; such a rate is no base of anything.
    trouble: str | None


def rows(series: list[Series]) -> list[Row]:
    """One row a case, in the order of the cases."""
    limit: dict[str, float] = {}
    swab: dict[str, float] = {}
    for one in series:
        door = one.case.door.name
        if one.bad > 0:
            continue
        if one.case.is_yardstick:
            limit[door] = _rate(one)
        elif one.case.kind == "swab" and "--no-look" not in one.case.name:
            swab[door] = max(swab.get(door, 0), _rate(one))
    return [_row(one, limit.get(one.case.door.name), swab.get(one.case.door.name)) for one in series]


def _rate(one: Series) -> float:
    return median(one.files / usage.seconds for usage in one.usages)


def _row(one: Series, limit: float | None, swab: float | None) -> Row:
    rates = [one.files / usage.seconds for usage in one.usages]
    rate = median(rates)
    if one.bad > 0:
        limit = swab = None
    return Row(
        one.case.door.name, one.case.name, one.case.kind, one.files, rate, min(rates), max(rates),
        median(usage.cpu for usage in one.usages) / one.files * 1000,
        max(usage.peak_bytes for usage in one.usages), rate / limit if limit else None,
        rate / swab if swab else None, median(usage.others for usage in one.usages),
        f"{one.first_trouble} ({one.bad} runs)" if one.bad > 0 else None)


@dataclass(frozen=True)
class Target:
    """A goal of the project, and whether this run meets it."""

    what: str
    value: float
    goal: float
    unit: str
    met: bool


def targets(all_rows: list[Row], mappings: list[Mapping], limited: list[Limited]) -> list[Target]:
    """The goals that the rows at hand speak of."""
    # The raw loop with more connections shows what the server can do, and HTTP/2 is compared in the table alone.
    by_name = {
        (row.door, row.name): row for row in all_rows
        if row.trouble is None and "4 connections" not in row.name and "HTTP/2" not in row.door
    }
    found: list[Target] = []

    def compare(door: str, ours: str, theirs: str, goal: float) -> None:
        for (place, name), other in by_name.items():
            mine = by_name.get((place, ours))
            if mine is not None and door in place and name.startswith(theirs):
                ratio = mine.rate / other.rate
                found.append(Target(f"{place}: {ours} over {name}", ratio, goal, "times", ratio >= goal))

    compare("http", "swab webdav", "raw loop in C", 0.8)
    compare("http", "swab webdav", "curl", 1)
    compare("http", "swab webdav", "rclone", 1)
    compare("http", "swab webdav", "WMCore", 1000)
    compare("root", "swab xroot", "raw loop in C", 0.7)
    compare("root", "swab xroot", "xrdfs rm, 1000", 1)
    compare("root", "swab xroot", "python XRootD", 1)
    compare("ms away", "swab webdav", "one request", 50)
    compare("ms away", "swab xroot", "one request", 50)
    compare("tmpfs", "swab rm", "xargs", 1)
    compare("disk", "swab rm", "raw loop in C", 0.95)
    for one in mappings:
        if one.trouble is not None:
            continue
        if "resolve" in one.name:
            found.append(
                Target(f"{one.name}: LFNs a CPU second", one.rate_a_core, 500_000, "", one.rate_a_core >= 500_000))
        else:
            megabytes = one.peak_bytes / 1e6
            found.append(
                Target(f"{one.name} of {one.lfns:,} LFNs: peak memory", megabytes, 100, "MB", megabytes < 100))
    for limit in limited:
        if limit.trouble is None:
            share = limit.rate / limit.ideal
            found.append(Target(f"{limit.name}: of what is allowed", share, 0.9, "times", share >= 0.9))
            found.append(Target(f"{limit.name}: refused", limit.refused, 0.03, "", limit.refused <= 0.03))
    return found
