#!/usr/bin/python3
"""Measures how fast Swab deletes files, beside other tools and the limit. README.md says what and how."""

import argparse
import os
import signal
import sys

sys.dont_write_bytecode = True

import plot  # noqa: E402
import report  # noqa: E402
import sandbox  # noqa: E402
from cases import Case, Cases, Load  # noqa: E402
from certificates import Certificates  # noqa: E402
from figures import Row, rows, targets  # noqa: E402
from limits import LimitBenchmark  # noqa: E402
from mapping import MappingBenchmark  # noqa: E402
from measure import Meter  # noqa: E402
from programs import Programs  # noqa: E402
from rounds import Rounds  # noqa: E402
from servers import Door, Servers  # noqa: E402
from swab import Swab  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BUILD = os.path.join(ROOT, ".build", "bench")
SMOKE_FILES = 20
SMOKE_SECONDS = 0.5
# At the ideal rate, of the limiting servers: one run of each says enough, as the server's own account is looked at.
LIMITED_SECONDS = 25
# Milliseconds, of the doors that are far away.
ROUND_TRIP = 100


def main() -> int:
    options = _options()
    sandbox.enter([sys.executable, *sys.argv])
    # So that what was started is also stopped when we are.
    for number in [signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, lambda *_: sys.exit(130))
    swab = Swab(options.swab)
    os.makedirs(BUILD, exist_ok=True)
    held = sandbox.lock(BUILD)
    programs = Programs(os.path.join(BUILD, "raw"))
    with held, sandbox.Sandbox(BUILD) as place:
        certificates = Certificates(place.directory("certificates"))
        with Servers(place.directory("servers"), certificates) as servers:
            servers.start_xrootd()
            servers.start_nginx()
            servers.delay(programs["delay"], ROUND_TRIP)
            local = [Door("tmpfs", "file", place.directory("local")), Door("disk", "file", place.disk, on_disk=True)]
            scratch = place.directory("scratch")
            load = Load(options.connections, options.window, options.threads)
            cases = Cases(swab, Swab(options.beside) if options.beside else None, programs, certificates, load, scratch)
            found = [case for door in [*local, *servers.doors] for case in cases.at(door)]
            chosen = _chosen(found, options.only)
            left_out = [line for line in cases.left_out if _is_named(line, options.only)]
            with_mapping = not options.only or "mapping" in options.only
            with_limits = (not options.only or "limits" in options.only) and "webdav" in swab.backends
            meter = Meter(programs, servers.cpu_seconds)
            rounds = Rounds(meter, programs, cases.environment, scratch)
            mapping = MappingBenchmark(swab, meter, cases.environment, place.directory("mapping"))
            limits = LimitBenchmark(swab, cases.environment, place.directory("limits"))
            if options.list:
                print("\n".join([*(case.title for case in chosen), *left_out]))
                return 0
            if options.smoke:
                series = rounds.smoke(chosen, SMOKE_FILES)
                mappings = mapping.run(1, 2000, 2000) if with_mapping else []
                limited = limits.run(1, SMOKE_SECONDS) if with_limits else []
            else:
                series = rounds.run(chosen, options.runs, options.files, options.longest) if chosen else []
                mappings = mapping.run(options.runs, 1_000_000, 5_000_000) if with_mapping else []
                limited = limits.run(1, LIMITED_SECONDS) if with_limits else []
    if not series and not mappings and not limited:
        print("\n".join(left_out))
        sys.exit(f"bench: nothing to measure is named like {', '.join(options.only)}")
    all_rows = rows(series)
    troubles = report.troubles(all_rows, mappings, limited)
    if options.smoke:
        # Figures of a few files would say nothing.
        verdict = "not every case works" if troubles else f"{len(all_rows) + len(mappings) + len(limited)} cases work"
        print("\n".join([*left_out, *troubles, f"bench: {verdict}"]))
    else:
        goals = targets(all_rows, mappings, limited)
        print(report.text(all_rows, mappings, limited, goals, left_out))
        settings = {
            "runs": options.runs, "connections": load.connections, "window": load.window, "threads": load.threads}
        versions = report.versions(swab.version)
        _publish(options, all_rows, report.document(all_rows, mappings, limited, goals, settings, versions))
    return 1 if troubles else 0


def _publish(options: argparse.Namespace, all_rows: list[Row], document: dict) -> None:
    """Writes the results. Those beside the sources are of full runs only."""
    directory = options.output
    if directory is None:
        if options.only or options.files is not None:
            print("\nnot a full run: results.json and results.svg stay as they are (--output DIRECTORY writes them)")
            return
        directory = HERE
    os.makedirs(directory, exist_ok=True)
    report.write(os.path.join(directory, "results.json"), report.as_json(document))
    if all_rows:
        note = f"{document['date']}, {document['versions']['swab'].split(' (')[0]}, median of {options.runs} runs"
        report.write(os.path.join(directory, "results.svg"), plot.svg(all_rows, note))


def _is_named(words: str, only: list[str]) -> bool:
    return not only or any(word in words.lower() for word in only)


def _chosen(found: list[Case], only: list[str]) -> list[Case]:
    """The cases that are named, and the raw loops of their doors."""
    named = [case for case in found if _is_named(case.title, only)]
    doors = {case.door for case in named}
    return [case for case in found if case in named or (case.is_yardstick and case.door in doors)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swab", default=os.path.join(ROOT, ".build/static/swab"), help="the executable to measure")
    parser.add_argument("--beside", metavar="FILE", help="another build of swab, which is measured in the same run")
    parser.add_argument("--runs", type=int, default=5, help="runs of each case (default: %(default)s)")
    parser.add_argument(
        "--only", type=lambda text: text.lower().split(","), default=[], metavar="WORD,…",
        help="only the cases with one of these words in their title, such as webdav, nginx, raw, mapping")
    parser.add_argument(
        "--files", type=int, help="so many files a run, where a case can do that in the time of --longest")
    parser.add_argument(
        "--longest", type=float, default=10, metavar="SECONDS", help="see --files (default: %(default)s)")
    parser.add_argument(
        "--connections", type=int, default=10, help="HTTP connections (default: %(default)s)")
    parser.add_argument(
        "--window", type=int, default=128, help="root:// requests in flight (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads on local files (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="each case once with a few files: does it work?")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("--output", metavar="DIRECTORY", help="write results.json and results.svg there")
    options = parser.parse_args()
    if options.runs < 1 or (options.files is not None and options.files < 1):
        parser.error("--runs and --files are at least 1")
    if not os.access(options.swab, os.X_OK):
        parser.error(f"{options.swab} is not there; \"make static\" builds it")
    return options


if __name__ == "__main__":
    sys.exit(main())
