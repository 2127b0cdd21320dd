"""The root:// side of a server that limits its clients: as much of the XRootD protocol as a deletion needs. A request
that is not allowed gets kXR_wait (XProtocol.hh of XRootD 5)."""

import asyncio
import struct
from typing import Protocol

PROTOCOL, LOGIN, REMOVE, STAT, STATX = 3006, 3007, 3014, 3017, 3022
OK, ERROR, WAIT = 0, 4003, 4005
NOT_FOUND = 3011
DATA_SERVER = struct.pack(">II", 0x511, 1)
FILE = b"1234 1 48 1700000000\0"


class Files(Protocol):
    """What a limiter has to offer."""

    async def enter(self) -> bool: ...

    def holds(self, path: str) -> bool: ...

    def remove(self, path: str) -> bool: ...


class RootConnections:
    """The connections of one server; its requests are answered side by side."""

    def __init__(self, files: Files, wait: int):
        self._files, self._wait = files, wait
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(20)
            writer.write(self._frame(b"\0\0", OK, DATA_SERVER))
            while True:
                head = await reader.readexactly(24)
                (code,), (length,) = struct.unpack(">H", head[2:4]), struct.unpack(">I", head[20:24])
                text = (await reader.readexactly(length)).decode("latin-1")
                task = asyncio.create_task(self._answer(writer, head[:2], code, text))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, stream: bytes, code: int, text: str) -> None:
        if code == PROTOCOL:
            status, body = OK, DATA_SERVER
        elif code == LOGIN:
            status, body = OK, bytes(16)
        elif code not in (REMOVE, STAT, STATX):
            status, body = OK, b""
        elif not await self._files.enter():
            status, body = WAIT, struct.pack(">I", self._wait)
        else:
            status, body = self._do(code, text)
        writer.write(self._frame(stream, status, body))

    def _do(self, code: int, text: str) -> tuple[int, bytes]:
        if code == STATX:
            return OK, bytes(len(text.split("\n")))
        path = "/" + text.partition("?")[0].lstrip("/")
        found = self._files.remove(path) if code == REMOVE else self._files.holds(path)
        if not found:
            return ERROR, struct.pack(">I", NOT_FOUND) + b"no such file\0"
        return OK, FILE if code == STAT else b""

    @staticmethod
    def _frame(stream: bytes, status: int, body: bytes) -> bytes:
        return stream + struct.pack(">HI", status, len(body)) + body
