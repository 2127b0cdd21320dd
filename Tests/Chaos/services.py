"""What a cycle asks and tells, on loopback: the consistency monitor, WMStats and CRIC in their real forms, with what goes
wrong with them; a receiver of an Alertmanager's messages; and a real Rucio server and a real Alertmanager."""

import collections
import json
import random
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = b"<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head><body>cmsweb</body></html>\n"


class Scan:
    """What the monitor has of an RSE."""

    def __init__(self, run, files, status="done", error="", is_cut=False):
        self.run, self.files, self.status, self.error, self.is_cut = run, files, status, error, is_cut
        self.began = time.time()

    def stats(self, rse):
        return {rse: {
            "run": self.run, "status": self.status, "start_time": self.began, "end_time": self.began + 1,
            "error": self.error, "root_failed": False, "failed_subdirectories": [], "files": len(self.files),
            "directories": 3, "elapsed": 1.0, "total_size_gb": len(self.files) * 2.5, "version": "2.1",
            "scanner": {"type": "xrootd", "version": "2.1"}, "server": "x", "server_root": "/store"}}


class Services:
    """All scripted ones, behind one port."""

    def __init__(self, seed):
        self.scans: dict[str, Scan] = {}
        self.hanging: set[str] = set()
        self.protected: list[str] = []
        # Which site's jobs work with an RSE.
        self.sites: dict[str, str] = {}
        # How often a request fails in one of the ways that cmsweb fails in.
        self.failure_share = 0.0
        # How often each alert was told to be there, and to be over.
        self.told: collections.Counter = collections.Counter()
        self.failed = 0
        self._dice = random.Random(seed)
        services = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                services._answer(self)

            def do_POST(self):
                services._hear(self, self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            # Whoever asks is killed again and again.
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, request):
        url = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qs(url.query)
        rse = query.get("rse", [""])[0]
        if rse in self.hanging:
            # As a server that has taken the connection and is busy for ever.
            while rse in self.hanging:
                time.sleep(0.2)
            request.close_connection = True
            return
        if self._dice.random() < self.failure_share:
            self.failed += 1
            return self._fail(request)
        scan = self.scans.get(rse)
        if url.path == "/rucioconmon/unmerged/stats":
            # It answers with null for an RSE that it has nothing of.
            self._send(request, 200, json.dumps(scan.stats(rse) if scan else {rse: None}).encode())
        elif url.path == "/rucioconmon/unmerged/files" and scan:
            text = "".join(f"{name}\n" for name in scan.files).encode()
            self._send(request, 200, text[:len(text) // 2] if scan.is_cut else text, "text/plain")
        elif url.path == "/wmstatsserver/data/protectedlfns":
            self._send(request, 200, json.dumps({"result": self.protected}).encode())
        elif url.path == "/api/cms/site/query/":
            rows = [["T2", name, site] for name, site in sorted(self.sites.items())] + [["T0", "T0_CH_CERN_Disk", None]]
            self._send(request, 200, json.dumps(
                {"desc": {"columns": ["tier", "phedex_name", "psn_name"]}, "result": rows}).encode())
        else:
            self._send(request, 404, b"not found", "text/plain")

    def _fail(self, request):
        kind = self._dice.choice(["503", "500", "reset", "slow", "cut"])
        if kind in ("503", "500"):
            return self._send(request, int(kind), HTML, "text/html")
        request.close_connection = True
        if kind == "slow":
            time.sleep(self._dice.uniform(1, 3))
        if kind == "cut":
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")

    @staticmethod
    def _send(request, code, body, kind="application/json"):
        try:
            request.send_response(code)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            # Whoever asked was killed.
            request.close_connection = True

    def _hear(self, request, body):
        for alert in json.loads(body)["alerts"]:
            labels = alert["labels"]
            self.told[(labels["alertname"], labels.get("rse", ""), labels.get("reason", ""), alert["status"])] += 1
        self._send(request, 200, b"{}")


class Alertmanager:
    """A real one, which tells the scripted receiver of each alert by itself, once when it is there and once when it is over."""

    def __init__(self, directory: Path, port, receiver):
        directory.mkdir()
        (directory / "config.yml").write_text(
            "route:\n  receiver: fleet\n  group_by: [alertname, rse, reason]\n  group_wait: 0s\n  group_interval: 1s\n"
            f"  repeat_interval: 24h\nreceivers:\n  - name: fleet\n    webhook_configs:\n      - url: {receiver}/alerts\n"
            "        send_resolved: true\n")
        self.base = f"http://127.0.0.1:{port}"
        with open(directory / "log", "wb") as log:
            self._process = subprocess.Popen(
                [shutil.which("prometheus-alertmanager"), f"--config.file={directory}/config.yml",
                 f"--storage.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}",
                 "--cluster.listen-address="], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Rucio:
    """A real Rucio server with SQLite, from a virtual environment with the package rucio (41.5 was tried)."""

    def __init__(self, python: Path, directory: Path, port, rses):
        self._python, self._directory = python, directory
        (directory / "log").mkdir(parents=True)
        self.base = f"http://127.0.0.1:{port}"
        package = subprocess.run(
            [python, "-c", "import rucio.db.sqla as p; print(p.__path__[0])"], check=True, capture_output=True, text=True)
        template = next(python.parents[1].glob("rucio/etc/alembic.ini.template")).read_text()
        lines = [line for line in template.splitlines() if not line.startswith(("default = ", "version_table_schema"))]
        values = {"script_location": package.stdout.strip() + "/migrate_repo", "sqlalchemy.url": f"sqlite:///{directory}/rucio.db"}
        (directory / "alembic.ini").write_text("\n".join(
            next((f"{key} = {value}" for key, value in values.items() if line.startswith(key)), line) for line in lines) + "\n")
        (directory / "rucio.cfg").write_text(
            f"[common]\nlogdir = {directory}/log\n[database]\ndefault = sqlite:///{directory}/rucio.db\n"
            "[bootstrap]\nuserpass_identity = fleet\nuserpass_pwd = fleet\n[policy]\npermission = generic\nschema = generic\n"
            f"[api]\nendpoints = ping, auth, rses, accounts, scopes\n[alembic]\ncfg = {directory}/alembic.ini\n")
        self._environment = {
            "PATH": "/usr/bin:/bin", "RUCIO_CONFIG": f"{directory}/rucio.cfg", "ALEMBIC_CONFIG": f"{directory}/alembic.ini"}
        self._run(
            "from rucio.db.sqla.util import build_database, create_base_vo, create_root_account\n"
            "from rucio.core.rse import add_rse, add_rse_attribute, update_rse\n"
            "build_database(); create_base_vo(); create_root_account()\n"
            "for name, may_delete in json.loads(sys.argv[1]):\n"
            "    rse = add_rse(name)\n"
            "    add_rse_attribute(rse, 'tier', name[1])\n    add_rse_attribute(rse, 'cms_type', 'real')\n"
            "    if not may_delete: update_rse(rse, {'availability_delete': False})\n", json.dumps(rses))
        with open(directory / "log/serve.log", "wb") as log:
            self._process = subprocess.Popen(
                [python, "-c",
                 "from rucio.web.rest.flaskapi.v1.main import application\nfrom werkzeug.serving import run_simple\n"
                 f"run_simple('127.0.0.1', {port}, application, threaded=True)"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.base + "/ping").read()
                break
            except OSError:
                time.sleep(0.3)

    def _run(self, script, *arguments):
        subprocess.run(
            [self._python, "-c", "import json, logging, sys\nlogging.disable(logging.INFO)\n" + script, *arguments],
            check=True, env=self._environment)

    def token(self):
        request = urllib.request.Request(self.base + "/auth/userpass", headers={
            "X-Rucio-Account": "root", "X-Rucio-Username": "fleet", "X-Rucio-Password": "fleet"})
        with urllib.request.urlopen(request) as answer:
            return answer.headers["X-Rucio-Auth-Token"]

    def stop(self):
        self._process.terminate()
        self._process.wait()
