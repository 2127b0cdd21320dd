"""The figures as text and as JSON."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime, timezone

from figures import Row, Target
from limits import Limited
from mapping import Mapping

# What is said of the machine: versions, and how many processors there are.
PACKAGES = ["xrootd-server", "nginx", "xrootd-client", "gfal2-util-scripts", "rclone", "curl", "openssl"]
NOISE = 0.1


def versions(swab: str) -> dict[str, str]:
    known = {"swab": swab, "python": sys.version.split()[0]}
    for package in PACKAGES:
        run = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
        if run.returncode == 0 and run.stdout:
            known[package] = run.stdout
    return known


def text(
    rows: list[Row], mappings: list[Mapping], limited: list[Limited], targets: list[Target], left_out: list[str]
) -> str:
    lines: list[str] = []
    if rows:
        lines += _files_table(rows)
    if mappings:
        lines += ["", *_mapping_table(mappings)]
    if limited:
        lines += ["", *_limits_table(limited)]
    wrong = troubles(rows, mappings, limited)
    lines += ["", *wrong] if wrong else []
    if targets:
        lines += ["", "goals"]
        for target in targets:
            words = f"{_number(target.value)} (goal {_number(target.goal)}{' ' + target.unit if target.unit else ''})"
            lines.append(f"  {'met   ' if target.met else 'missed'}  {target.what}: {words}")
    noisy = [row.others for row in rows if row.others > NOISE]
    if noisy:
        lines += ["", (
            f"other programs were busy during {len(noisy)} of {len(rows)} cases, "
            f"up to {max(noisy):.1f} processors: these figures are noisy")]
    lines += ["", *left_out] if left_out else []
    return "\n".join(lines)


def troubles(rows: list[Row], mappings: list[Mapping], limited: list[Limited]) -> list[str]:
    """A line for everything that was not as it has to be."""
    of_cases = [f"! {row.door}: {row.name}: {row.trouble}" for row in rows if row.trouble is not None]
    return of_cases + [f"! {one.name}: {one.trouble}" for one in [*mappings, *limited] if one.trouble is not None]


def _files_table(rows: list[Row]) -> list[str]:
    table = [[
        "", "files", "files/s", "min–max", "CPU s/1000", "peak MB", "× raw", "× swab"]]
    sections: dict[int, str] = {}
    door = None
    for row in rows:
        if row.door != door:
            sections[len(table)] = door = row.door
        table.append([
            ("! " if row.trouble else "  ") + row.name, f"{row.files:,}", _number(row.rate),
            f"{_number(row.lowest)}–{_number(row.highest)}", _number(row.cpu), f"{row.peak_bytes / 1e6:.1f}",
            _ratio(row.of_limit), _ratio(row.of_swab)])
    return _columns(table, sections)


def _mapping_table(mappings: list[Mapping]) -> list[str]:
    table = [["mapping", "LFNs", "LFNs/s", "a CPU second", "peak MB"]]
    for one in mappings:
        table.append([
            ("! " if one.trouble else "  ") + one.name, f"{one.lfns:,}", _number(one.rate),
            _number(one.rate_a_core), f"{one.peak_bytes / 1e6:.1f}"])
    return _columns(table, {})


def _limits_table(limited: list[Limited]) -> list[str]:
    table = [["limits", "files", "allowed/s", "used/s", "× allowed", "refused"]]
    for one in limited:
        table.append([
            ("! " if one.trouble else "  ") + one.name, f"{one.files:,}", _number(one.ideal), _number(one.rate),
            _ratio(one.rate / one.ideal), f"{100 * one.refused:.2g} %"])
    return _columns(table, {})


def _columns(table: list[list[str]], sections: dict[int, str]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for index, row in enumerate(table):
        if index in sections:
            lines.append(sections[index])
        first, *others = row
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        lines.append("  ".join(cells).rstrip())
    return lines


def _number(value: float) -> str:
    """Three digits, and no power of ten."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.4f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}" if value >= 0.0001 else "0.0001"


def document(
    rows: list[Row], mappings: list[Mapping], limited: list[Limited], targets: list[Target], settings: dict,
    known_versions: dict[str, str],
) -> dict:
    """Everything, for results.json. It names no machine."""
    return {
        "schema": "swab.bench/1",
        "date": datetime.now(timezone.utc).date().isoformat(),
        "versions": known_versions,
        "processors": len(os.sched_getaffinity(0)),
        "settings": settings,
        "cases": [
            {
                "door": row.door, "name": row.name, "kind": row.kind, "files": row.files,
                "filesPerSecond": {
                    "median": _short(row.rate), "min": _short(row.lowest), "max": _short(row.highest)},
                "cpuSecondsPer1000": _short(row.cpu), "peakBytes": row.peak_bytes,
                "ofRawLoop": _short(row.of_limit), "ofBestSwab": _short(row.of_swab),
                "otherProcessorsBusy": _short(row.others), "trouble": row.trouble,
            }
            for row in rows
        ],
        "mapping": [
            {
                "name": one.name, "lfns": one.lfns, "lfnsPerSecond": _short(one.rate),
                "lfnsPerCPUSecond": _short(one.rate_a_core), "peakBytes": one.peak_bytes,
                "trouble": one.trouble,
            }
            for one in mappings
        ],
        "limits": [
            {
                "name": one.name, "files": one.files, "allowedPerSecond": _short(one.ideal),
                "usedPerSecond": _short(one.rate), "refusedShare": _short(one.refused), "trouble": one.trouble,
            }
            for one in limited
        ],
        "goals": [{**asdict(target), "value": _short(target.value)} for target in targets],
    }


def _short(value: float | None) -> float | None:
    """Four digits say all there is."""
    return None if value is None else float(f"{value:.4g}")


def write(path: str, content: str) -> None:
    with open(path + ".new", "w") as file:
        file.write(content)
    os.replace(path + ".new", path)


def as_json(value: dict) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
