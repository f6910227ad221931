"""What the console is measured by: its answers, and how long they took."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.metrics.meters import Meters
from runtime.metrics.registry import PAGE_SECONDS, PAGES

_FAILED = 500


class MeasuredPages:
    """Counts the answers of the application within."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self._app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answered = time.perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                self._meters.observe(PAGE_SECONDS, time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            self._meters.count(PAGES, f"{(answered or _FAILED) // 100}xx")
