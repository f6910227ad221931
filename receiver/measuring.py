"""What the door is measured by: each answer, how long a 202 took, and what waits behind it."""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.probe import PROBE
from receiver.intake import Inbox
from receiver.spool import Spool
from runtime.metrics import registry as of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER
from runtime.pulse import Pulse

_CALLBACKS = "/callbacks/"
_WAYS = {"/orders": "order", "/livez": "health", "/readyz": "health"}
_ACCEPTED, _FAILED, _STOPPING = 202, 500, 503


class Measured:
    """Counts the answers of the application within."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self._app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answered = time.perf_counter(), 0
        way, provider = way_of(scope["path"])

        async def told(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                if answered == _ACCEPTED:
                    self._meters.observe(of.DOOR_SECONDS, time.perf_counter() - began, provider)
            await send(message)

        try:
            await self._app(scope, receive, told)
        except asyncio.CancelledError:
            answered = answered or _STOPPING
            raise
        finally:
            self._meters.count(of.DOOR_ANSWERS, way, provider, str(answered or _FAILED))


def way_of(path: str) -> tuple[str, str]:
    """By which way the door is asked, and of which provider; what stands in a stranger's path is checked later."""
    if path.startswith(_CALLBACKS):
        provider = path[len(_CALLBACKS) :].partition("/")[0]
        return ("probe", OTHER) if provider == PROBE else ("callback", provider)
    return ("task" if path.startswith("/tasks/") else _WAYS.get(path, OTHER)), OTHER


def tell_of_inbox(meters: Meters, inbox: Inbox, spool: Spool | None, pulse: Pulse) -> None:
    """Let the gauges be read from the parts that know."""
    meters.read(of.DOOR_SUCCESS, lambda: pulse.success_at.timestamp() if pulse.success_at else 0.0)
    meters.read(of.LINES_WAITING, lambda: inbox.waiting)
    meters.read(of.BELLS_WAITING, lambda: inbox.bells_waiting)
    meters.read(of.SPOOL_BYTES, lambda: spool.bytes() if spool else 0)
    meters.read(of.SPOOL_ROOM, lambda: spool.max_bytes if spool else 0)
    meters.read(of.SPOOL_FILES, lambda: spool.files() if spool else 0)
    meters.read(of.SPOOL_DAMAGED, lambda: spool.files("damaged") if spool else 0)
