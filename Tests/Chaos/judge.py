"""Compares a report, the disk before, and the disk now, file by file. Every complaint is one line."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator

from tree import Stamp, Tree

OUTCOMES = ["deleted", "absent", "failed", "refused", "notAttempted"]
# What a file that is gone may be called by a run that was cut short: it did not hear what became of it.
UNSURE = {"transient", "unknown", "stopped", "auth", "overload"}


def read(path: str) -> dict:
    """The report, gzipped or not."""
    with open(path, "rb") as file:
        data = file.read()
    return json.loads(gzip.decompress(data) if path.endswith(".gz") else data)


def outside(tree: Tree, before: dict[str, Stamp], after: dict[str, Stamp]) -> Iterator[str]:
    """What nobody may touch: everything that isn't a listed file which may go."""
    for name in after.keys() - before.keys():
        yield f"{name} has appeared"
    for name, stamp in before.items():
        if name not in after:
            if tree.listed.get(name) not in ("file", "odd"):
                yield f"{name} is gone ({tree.listed.get(name, 'not listed')})"
        elif after[name] != stamp:
            yield f"{name} was touched: {stamp} is now {after[name]}"


def sums(report: dict, names: list[str]) -> Iterator[str]:
    """The report's counts, and whether it names each listed file exactly once."""
    files, summary = report["files"], report["summary"]
    if Counter(entry["lfn"] for entry in files) != Counter(names):
        yield f"it names {len(files)} files, and they are not the {len(names)} of the list"
    outcomes = Counter(entry["outcome"] for entry in files)
    if any(summary[outcome] != outcomes[outcome] for outcome in OUTCOMES):
        yield f"the summary {summary} is not that of the files: {dict(outcomes)}"
    if sum(summary[outcome] for outcome in OUTCOMES) != summary["requested"] or summary["requested"] != len(names):
        yield f"the summary does not add up: {summary}"
    for outcome in ["deleted", "absent", "failed"]:
        if sum(entry[outcome] for entry in report["storage"]) != outcomes[outcome]:
            yield f"the storage entries' {outcome} do not add up to {outcomes[outcome]}"
    classes = Counter(entry["error"]["class"] for entry in files if "error" in entry)
    # Absent files of an endpoint where hardly any other was found.
    classes["suspect"] = sum(entry["absent"] for entry in report["storage"] if entry.get("suspect"))
    classes = +classes
    if classes != Counter({entry["class"]: entry["count"] for entry in report["errors"]}):
        yield f"the errors {[(each['class'], each['count']) for each in report['errors']]} are not {dict(classes)}"
    cleanup = report["steps"]["swab"]["cleanup"]
    if len(cleanup["removed"]) + len(cleanup["unremoved"]) != len(names):
        yield "the step's removed and unremoved are not all files"


def fates(
    report: dict, tree: Tree, before: dict[str, Stamp], after: dict[str, Stamp], is_first: bool, is_last: bool
) -> Iterator[str]:
    """Each outcome against the disk.

    In the first round, what was not attempted stands; later ones do not know what a killed one has done. In the
    last, nothing may be open any more.
    """
    for entry in report["files"]:
        lfn, outcome = entry["lfn"], entry["outcome"]
        kind = tree.listed.get(lfn, "unknown")
        words = f"{lfn} ({kind}) is called {outcome} {entry.get('error', '')}"
        was, stands = lfn in before, lfn in after
        if outcome in ("deleted", "absent") and stands and kind != "unsafe":
            yield f"{words}, and it stands"
        if outcome == "deleted" and not was and "confirmedBy" not in entry:
            yield f"{words}, and it never was there"
        if outcome == "absent" and was:
            yield f"{words}, and it was there"
        if outcome == "refused" and kind not in ("protected", "unsafe", "odd"):
            yield f"{words} by mistake"
        if outcome != "refused" and kind in ("protected", "unsafe"):
            yield f"{words}, not refused"
        if outcome in ("failed", "notAttempted") and was and not stands:
            is_sure = is_last or (is_first and outcome == "notAttempted")
            if is_sure or entry.get("error", {}).get("class") not in UNSURE:
                yield f"{words}, and it is gone"
        if is_last and kind == "file" and outcome != "deleted":
            yield f"{words} in the end"
        if is_last and kind == "missing" and outcome not in ("absent", "deleted"):
            yield f"{words} in the end"
        if is_last and kind in ("empty", "full", "forbidden") and outcome != "failed":
            yield f"{words} in the end"


def ending(report: dict, code: int) -> Iterator[str]:
    """Whether the process ended as its report says."""
    if report["exit"]["code"] != code:
        yield f"it ended with {code}, and its report says {report['exit']}"
    if report["status"] == "incomplete":
        return
    open_ones = report["summary"]["notAttempted"]
    not_gone = sum(report["summary"][outcome] for outcome in OUTCOMES[2:])
    if code == 0 and not_gone > 0:
        yield f"it ended with 0, and {not_gone} files are not gone"
    if code not in (0, 73) and not_gone == 0:
        yield f"it ended with {code}, and every file is gone"
    # Unless their storage was given up.
    if code == 1 and open_ones > 0 and all(door["circuit"] == "closed" for door in report["storage"]):
        yield f"it ended with 1, and {open_ones} files were not attempted"
