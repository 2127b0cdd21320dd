#!/usr/bin/python3
"""Measures what a pass of the cycle costs that finds nothing to do: 200 RSEs, none of which has a new scan.

The pool is a throw-away HTCondor (Tests/Condor/pool.sh). Each RSE has had a campaign that really ran; then the same passes are
measured, with a monitor on this machine that has no newer scan of any RSE.
"""

import argparse
import json
import os
import shutil
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.dont_write_bytecode = True

from campaign import LIMIT, ROOT, RSE, Figure, Scene, bench, wait_for_empty_queue  # noqa: E402

AT_WORK = ("planned", "submitted", "collecting")


class Monitor:
    """One scan of each RSE, with a file each."""

    def __init__(self):
        began = time.time()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                rse = urllib.parse.parse_qs(url.query)["rse"][0]
                body = lfn(rse) + "\n"
                if url.path.endswith("/stats"):
                    body = json.dumps({rse: {
                        "run": "2026_11_28", "status": "done", "start_time": began, "end_time": began + 1, "error": "",
                        "root_failed": False, "failed_subdirectories": [], "files": 1, "total_size_gb": 1}})
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{server.server_address[1]}/unmerged"


def lfn(rse: str) -> str:
    return f"/store/unmerged/Run2026A/{rse}/AOD/v1/1.root"


def figures(scene: Scene, options: argparse.Namespace) -> list[Figure]:
    rses = [f"T2_XX_S{number:03}" for number in range(options.rses)]
    lines = [
        "[cycle]", f"state = {scene.place}/state", f"rses = {' '.join(rses)}", "jobs-in-flight = 10000", "[rse *]",
        f"site = {RSE}", f"from = {Monitor().base}", f"protected = {scene.place}/protected", "accept = plain-http",
        "memory = 100", "disk = 100", "minimum-fail-seconds = 0"]
    for rse in rses:
        path = Path(f"{scene.place}/disk/{rse}{lfn(rse)}")
        path.parent.mkdir(parents=True)
        path.touch()
        site = scene.place / "sites" / rse
        (site / "JobConfig").mkdir(parents=True)
        (site / "JobConfig/site-local-config.xml").write_text(
            f'<site-local-config><site name="{RSE}"><stage-out><method site="{rse}" volume="Disk" protocol="P" command="cp"/>'
            "</stage-out></site></site-local-config>\n")
        (site / "storage.json").write_text(json.dumps([{
            "site": rse, "volume": "Disk", "type": "DISK", "rse": rse, "fts": [],
            "protocols": [{"protocol": "P", "access": "site-rw", "prefix": f"{scene.place}/disk/{rse}"}]}]))
        lines += [f"[rse {rse}]", f"environment.SITECONFIG_PATH = {site}"]
    (scene.place / "cycle.ini").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        for name in ("disk", "sites"):
            shutil.chown(scene.place / name, "nobody")
            for path in (scene.place / name).rglob("*"):
                shutil.chown(path, "nobody")
    run = [scene.place / "swab-submit", "cycle", "run", "--config", scene.place / "cycle.ini"]
    end = time.monotonic() + LIMIT
    scene.run("condor_on", "-daemon", "negotiator")
    while True:
        rows = json.loads(scene.run(*run, "--json"))["rses"]
        if not [row for row in rows if row["phase"] in AT_WORK]:
            break
        if time.monotonic() > end:
            sys.exit("bench: campaigns do not end")
    wrong = [row for row in rows if row["reason"] != "allGone"]
    if wrong or len(rows) != options.rses:
        sys.exit(f"bench: {len(wrong)} RSEs are not clean, such as {wrong[:1]}")
    wait_for_empty_queue(scene)
    found = max(scene.measure(*run) for _ in range(options.runs))
    return [Figure("idle pass", found[0], 10, "s", found[2]), Figure("idle pass, memory", found[1], 100, "MB")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rses", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3, help="the slowest of so many counts (default: %(default)s)")
    parser.add_argument("--port", type=int, default=29_875, help="of the pool")
    parser.add_argument("--bin", type=Path, default=ROOT / ".build/static", help="where swab and swab-submit are")
    options = parser.parse_args()
    return bench(options, figures)


if __name__ == "__main__":
    sys.exit(main())
