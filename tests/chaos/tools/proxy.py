"""A proxy of the suite's own: requests pass a judge, who may delay, answer, drop, or lose the answer.

One event loop in a thread of its own serves all of them. A client's connection has one upstream connection;
where either breaks, both end, and the client sees what it would see of a server that was killed.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from tests.chaos.tools.wire import Message, read_message

LOOPBACK = "127.0.0.1"
_START_S = 10.0
Send = Callable[[], Awaitable[Message]]
_Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Judge(Protocol):
    """Decides what becomes of a request."""

    async def judge(self, request: Message, send: Send) -> Message | None:
        """The answer; None drops the connection. `send` asks the server."""
        ...


class Proxies:
    """All proxies of a run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._lines: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def serve(self, judge: Judge, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """A proxy before a server; the port that it listens on."""

        async def start() -> int:
            async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                # The loop refers to its tasks weakly: one that waits for a frozen server would be collected.
                own = asyncio.current_task()
                assert own
                self._lines.add(own)
                own.add_done_callback(self._lines.discard)
                await _Line(judge, host, port, tls).serve(reader, writer)

            self._servers.append(server := await asyncio.start_server(connected, LOOPBACK, 0, backlog=512))
            return int(server.sockets[0].getsockname()[1])

        return int(self._run(start()))

    def close(self) -> None:
        """End all of them."""

        async def stop() -> None:
            for server in self._servers:
                server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=_START_S / 2)

        self._run(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_S)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_S)


class _Line:
    """One client's connection."""

    def __init__(self, judge: Judge, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._judge, self._host, self._port, self._tls = judge, host, port, tls
        self._upstream: _Pair | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass messages until one side ends."""
        try:
            while request := await read_message(reader):
                answered = await self._judge.judge(request, lambda asked=request: self._send(asked))  # type: ignore[misc]
                if answered is None:
                    break
                writer.write(answered.raw)
                await writer.drain()
                ends = {request.headers.get("connection"), answered.headers.get("connection")}
                if "close" in {end.lower() for end in ends if end}:
                    break
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # what a client sees of a server that was killed
        except asyncio.CancelledError:
            pass  # the run is over
        finally:
            writer.close()
            if self._upstream:
                self._upstream[1].close()

    async def _send(self, request: Message) -> Message:
        if self._upstream is None:
            self._upstream = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, server_hostname=LOOPBACK if self._tls else None
            )
        reader, writer = self._upstream
        writer.write(request.raw)
        await writer.drain()
        answered = await read_message(reader, to=request.method)
        if answered is None:
            raise EOFError
        return answered
