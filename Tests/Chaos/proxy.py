"""A TCP proxy that delays, goes silent, stalls and resets."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable

ADDRESS = "127.0.0.1"


class Proxy:
    """Listens on a port of its own and passes everything on to another port of this machine."""

    def __init__(self, target: int):
        self._target = target
        self._delay = 0.0
        # Whether what the server says is dropped.
        self._is_mute = False
        self._flows = asyncio.Event()
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port: int = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(20)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def delay(self, seconds: float) -> None:
        """From now on every piece comes so much later, either way."""
        self._call(lambda: setattr(self, "_delay", seconds))

    def mute(self) -> None:
        """From now on requests reach the server and its answers do not come back."""
        self._call(lambda: setattr(self, "_is_mute", True))

    def stall(self) -> None:
        """From now on nothing goes either way."""
        self._call(self._flows.clear)

    def reset(self) -> None:
        """Resets every connection; what waits in them is lost."""
        self._call(self._reset)

    def heal(self) -> None:
        """Everything is well for connections to come; those that lost something are reset."""
        self._call(self._heal)

    def _call(self, action: Callable[[], None]) -> None:
        done = threading.Event()

        def work() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(work)
        done.wait(10)

    async def _open(self) -> int:
        self._flows.set()
        self._server = await asyncio.start_server(self._serve, ADDRESS, 0)
        return self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _heal(self) -> None:
        if self._is_mute:
            self._reset()
        self._delay, self._is_mute = 0.0, False
        self._flows.set()

    def _reset(self) -> None:
        for pair in self._pairs:
            for writer in pair:
                # Closed with no time to linger: the other side sees a reset.
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(ADDRESS, self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pass(reader, far_writer, is_answer=False), self._pass(far_reader, writer, is_answer=True))
        finally:
            self._pairs.discard(pair)
            for each in pair:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        try:
            while data := await reader.read(1 << 16):
                if self._delay > 0:
                    await asyncio.sleep(self._delay)
                await self._flows.wait()
                if is_answer and self._is_mute:
                    continue
                writer.write(data)
                await writer.drain()
            # Ends one way only: the other still has to say something.
            if writer.can_write_eof():
                writer.write_eof()
        except (OSError, RuntimeError):
            writer.transport.abort()
