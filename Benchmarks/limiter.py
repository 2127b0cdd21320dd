#!/usr/bin/python3
"""A WebDAV or root:// server on loopback that limits its clients, over files that exist only by name. For one row each: how near a
client comes to what is allowed, and how much of what it asks is refused."""

import argparse
import asyncio
import json
import sys
import time

from root_limiter import RootConnections

ADDRESS = "127.0.0.1"
MULTISTATUS = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">%s</D:multistatus>'
RESPONSE = (
    "<D:response><D:href>%s</D:href><D:propstat><D:prop><D:resourcetype>%s</D:resourcetype></D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>")


class Limit:
    """So many a second from a bucket, or so many in flight; 0 is no limit."""

    def __init__(self, rate: float, burst: float, in_flight: int):
        self._rate, self._burst, self._most = rate, burst, in_flight
        self._tokens, self._filled, self._in_flight = burst, time.monotonic(), 0

    def enter(self) -> bool:
        if self._most and self._in_flight >= self._most:
            return False
        if self._rate:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
        self._in_flight += 1
        return True

    def leave(self) -> None:
        self._in_flight -= 1


class Limiter:
    def __init__(self, limit: Limit, names: list[str], latency: float, retry_after: int):
        self._limit, self._latency, self._retry_after = limit, latency, retry_after
        self._directories: dict[str, set[str]] = {}
        for name in names:
            directory, base = name.rsplit("/", 1)
            self._directories.setdefault(directory, set()).add(base)
        self.accepted: list[float] = []
        self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head[1:] if line)}
                await reader.readexactly(int(fields.get("content-length", "0")))
                method, path, _ = head[0].split(" ")
                writer.write(await self._answer(method, path, fields.get("depth", "infinity")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def enter(self) -> bool:
        """Takes a request, which lasts as long as one does here.

        Returns:
            whether it is allowed.
        """
        if not self._limit.enter():
            self.refused += 1
            return False
        self.accepted.append(time.monotonic())
        if self._latency:
            await asyncio.sleep(self._latency)
        self._limit.leave()
        return True

    def holds(self, path: str) -> bool:
        directory, _, base = path.rpartition("/")
        return base in self._directories.get(directory, set())

    def remove(self, path: str) -> bool:
        directory, _, base = path.rpartition("/")
        if not self.holds(path):
            return False
        self._directories[directory].remove(base)
        return True

    async def _answer(self, method: str, path: str, depth: str) -> bytes:
        if not await self.enter():
            return self._reply(429, fields=[f"Retry-After: {self._retry_after}"] if self._retry_after else [])
        path = path.rstrip("/")
        members = self._directories.get(path)
        if method == "DELETE":
            return self._reply(204 if self.remove(path) else 404)
        if method == "PROPFIND" and members is not None:
            listed = sorted(members) if depth == "1" else []
            text = RESPONSE % (f"{path}/", "<D:collection/>")
            return self._multistatus(text + "".join(RESPONSE % (f"{path}/{one}", "") for one in listed))
        if method == "PROPFIND" and self.holds(path):
            return self._multistatus(RESPONSE % (path, ""))
        return self._reply(200 if method == "OPTIONS" else 404, fields=["DAV: 1"])

    def _multistatus(self, responses: str) -> bytes:
        return self._reply(207, (MULTISTATUS % responses).encode(), ["Content-Type: application/xml"])

    @staticmethod
    def _reply(status: int, body: bytes = b"", fields: list[str] | None = None) -> bytes:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *(fields or [])]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def account(self) -> dict[str, float]:
        """What was allowed, from the first request to the last."""
        times = self.accepted
        after = [moment - times[0] for moment in times] if times else []
        return {
            "accepted": len(times), "refused": self.refused, "left": sum(map(len, self._directories.values())),
            "seconds": after[-1] if after else 0, "perSecond": [
                sum(1 for moment in after if second <= moment < second + 1)
                for second in range(int(after[-1]) + 1 if after else 0)]}


async def _run(options: argparse.Namespace) -> None:
    with open(options.list, encoding="utf-8") as file:
        names = file.read().splitlines()
    limiter = Limiter(
        Limit(options.rate, options.burst or options.rate, options.in_flight), names, options.latency,
        options.retry_after)
    serve = RootConnections(limiter, max(1, options.retry_after)).serve if options.root else limiter.serve
    server = await asyncio.start_server(serve, ADDRESS, options.port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The end of standard input is the end; what it saw is said then.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps(limiter.account()), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", help="a file with the absolute paths that are there")
    parser.add_argument("--root", action="store_true", help="speak root:// and refuse with kXR_wait")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0, help="requests a second")
    parser.add_argument("--burst", type=float, default=0, help="at once after a rest (default: a second's worth)")
    parser.add_argument("--in-flight", type=int, default=0, help="requests at a time")
    parser.add_argument("--latency", type=float, default=0, help="seconds that a request takes")
    parser.add_argument("--retry-after", type=int, default=0, help="what a refusal names, in seconds")
    asyncio.run(_run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
