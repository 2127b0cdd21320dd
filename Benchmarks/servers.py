"""Real storage servers on the loopback interface, and the doors through which files are deleted."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field, replace

import processes
from certificates import Certificates

ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Door:
    """One way to the files of a directory."""

    name: str
    # file, root, http or https.
    scheme: str
    # The directory that holds /store.
    data: str
    port: int = 0
    # Whether the directory is on a disk.
    on_disk: bool = False
    # Whether the server offers HTTP/2.
    http2: bool = False
    # Who serves it, if anyone does.
    server: "Server | None" = field(default=None, compare=False)
    # How much longer an answer takes than the server needs, in milliseconds.
    delay: int = 0

    @property
    def prefix(self) -> str:
        """What stands before an LFN."""
        if self.scheme == "file":
            return self.data
        slash = "/" if self.scheme == "root" else ""
        return f"{self.scheme}://{ADDRESS}:{self.port}{slash}"


class Server:
    """A server's process and all that it starts; it has a session of its own."""

    def __init__(self, command: list[str], directory: str, ports: list[int]):
        self._command = command
        self._directory = directory
        self._ports = ports
        self._log = os.path.join(directory, "stderr")
        self.start()

    def start(self) -> None:
        """Starts it, also after its end; it answers when this returns."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})
        try:
            for port in self._ports:
                self._wait_for(port)
        except BaseException:
            self.stop()
            raise

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + 300
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((ADDRESS, port)) == 0:
                    return
            time.sleep(0.02)
        with open(self._log, errors="replace") as log:
            raise RuntimeError(f"{self._process.args[0]} does not listen on port {port}: {log.read()[-600:]}")

    def cpu_seconds(self) -> float:
        """The CPU that its processes have used so far."""
        return sum(each.cpu_seconds for each in processes.of_session(self._process.pid))

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Asks it to end, as a system that shuts down does; kills what stays."""
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        self.stop()

    def stop(self) -> None:
        """Kills it."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()


class Servers:
    """All servers of a benchmark. Their files are below one directory in memory."""

    def __init__(self, directory: str, certificates: Certificates):
        self._directory = directory
        self._certificates = certificates
        self._taken: set[int] = set()
        self.running: list[Server] = []
        self.doors: list[Door] = []

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_) -> None:
        for server in self.running:
            server.stop()

    def cpu_seconds(self) -> float:
        return sum(server.cpu_seconds() for server in self.running)

    def start_xrootd(self) -> None:
        """One server without TLS, for root:// and http, and one with TLS for https."""
        plain = self._xrootd("xrootd", tls=False)
        server = self.running[-1]
        self.doors.append(Door("root XRootD", "root", plain["data"], plain["root"], server=server))
        self.doors.append(Door("http XRootD", "http", plain["data"], plain["http"], server=server))
        secure = self._xrootd("xrootd-tls", tls=True)
        self.doors.append(Door("https XRootD", "https", secure["data"], secure["http"], server=self.running[-1]))

    def _xrootd(self, name: str, tls: bool) -> dict:
        # It refuses to run as root.
        user = _user("xrootd")
        directory, data = self._directories(name, user)
        root, http = self._free_port(), self._free_port()
        lines = [
            f"xrd.port {root}",
            f"xrd.protocol http:{http} libXrdHttp.so",
            "all.export /store",
            f"all.adminpath {directory}",
            f"all.pidpath {directory}",
            f"oss.localroot {data}",
            "xrootd.async off",
        ]
        if tls:
            certificates = self._certificates
            lines.append(f"xrd.tls {certificates.certificate} {certificates.key_for(user.pw_uid)}")
            lines.append(f"xrd.tlsca certdir {certificates.directory}")
        settings = _write(directory, "xrootd.cf", lines)
        command = [program("xrootd"), "-c", settings, "-l", os.path.join(directory, "log")]
        if os.geteuid() == 0:
            command += ["-R", user.pw_name]
        self.running.append(Server(command, directory, [root, http]))
        return {"data": data, "root": root, "http": http}

    def start_nginx(self, token: str | None = None) -> None:
        """Doors without and with TLS, with HTTP/2 and, if there is a token, one for its bearers alone.

        The token is an expression that the whole of it must match.
        """
        user = _user("www-data")
        directory, data = self._directories("nginx", user)
        http, https, http2 = self._free_port(), self._free_port(), self._free_port()
        kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        methods = "dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS;"
        location = f"location / {{ {methods} }}"
        ports = [http, https, http2]
        bearers = ""
        if token is not None:
            ports.append(self._free_port())
            check = f'if ($http_authorization !~ "^Bearer {token}$") {{ return 401; }}'
            bearers = f"  server {{ listen {ADDRESS}:{ports[-1]} ssl; location / {{ {check} {methods} }} }}"
        lines = [
            "load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;",
            f"user {user.pw_name};" if os.geteuid() == 0 else "",
            "worker_processes 1;",
            "daemon off;",
            f"pid {directory}/pid;",
            f"error_log {directory}/log;",
            "events { worker_connections 1024; }",
            "http {",
            f"  access_log off; root {data}; keepalive_requests 10000000;",
            *(f"  {kind}_temp_path {directory}/{kind};" for kind in kinds),
            f"  ssl_certificate {self._certificates.certificate};",
            f"  ssl_certificate_key {self._certificates.key};",
            "  ssl_session_cache shared:sessions:5m;",
            f"  server {{ listen {ADDRESS}:{http}; {location} }}",
            f"  server {{ listen {ADDRESS}:{https} ssl; {location} }}",
            f"  server {{ listen {ADDRESS}:{http2} ssl http2; {location} }}",
            bearers,
            "}",
        ]
        settings = _write(directory, "nginx.conf", lines)
        command = [program("nginx"), "-c", settings, "-e", os.path.join(directory, "log")]
        server = Server(command, directory, ports)
        self.running.append(server)
        self.doors.append(Door("http nginx", "http", data, http, server=server))
        self.doors.append(Door("https nginx", "https", data, https, server=server))
        self.doors.append(Door("https nginx, HTTP/2", "https", data, http2, http2=True, server=server))
        if token is not None:
            self.doors.append(Door("https nginx, token", "https", data, ports[-1], server=server))

    def delay(self, program: str, round_trip: int) -> None:
        """A second way to each door without TLS, on which every answer comes so many milliseconds later."""
        for door in [door for door in self.doors if door.scheme != "https"]:
            directory = os.path.join(self._directory, f"delay-{door.port}")
            os.makedirs(directory)
            port = self._free_port()
            command = [program, ADDRESS, str(port), str(door.port), str(round_trip // 2)]
            self.running.append(Server(command, directory, [port]))
            self.doors.append(replace(door, name=f"{door.name}, {round_trip} ms away", port=port, delay=round_trip))

    def _directories(self, name: str, user: pwd.struct_passwd) -> tuple[str, str]:
        directory = os.path.join(self._directory, name)
        data = os.path.join(directory, "data")
        for path in [directory, data, data + "/store"]:
            os.makedirs(path)
            os.chown(path, user.pw_uid, user.pw_gid)
        return directory, data

    def _free_port(self) -> int:
        # Below the range that the kernel gives to outgoing connections, so that none of them takes it meanwhile.
        for _ in range(200):
            port = random.randrange(20000, 32000)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((ADDRESS, port))
                except OSError:
                    continue
            if port not in self._taken:
                self._taken.add(port)
                return port
        raise RuntimeError("no free port")


def program(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if path is None:
        raise RuntimeError(f"{name} is missing; Scripts/packages.txt says which package has it")
    return path


def _user(name: str) -> pwd.struct_passwd:
    """Who a server runs as: its own user where we are root, else us."""
    return pwd.getpwnam(name) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _write(directory: str, name: str, lines: list[str]) -> str:
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path
