"""A callback goes straight to its endpoint, past the table of routes and the handlers of errors around it.

It is the same endpoint that the table names, and the table answers every other method and path. The way through it
took a quarter of a callback's CPU in the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archive.probe import PROBE

_FOLDER = "callbacks"
_PARTS = 4  # nothing before the first stroke, the folder, the provider and the ticket


class Straight:
    """Middleware: a POST to a callback URL is `post`'s, and all else is the application's within."""

    def __init__(self, app: ASGIApp, *, post: Callable[[Request], Awaitable[Response]]) -> None:
        self._app, self._post = app, post

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the lifespan."""
        told = told_by(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if told is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = told
        answer = await self._post(Request(scope, receive, send))
        await answer(scope, receive, send)


def told_by(path: str) -> dict[str, str] | None:
    """What the path of a callback URL tells, as its route reads it; None of any other path, a probe's among them."""
    parts = path.split("/", _PARTS)
    if len(parts) != _PARTS or parts[0] or parts[1] != _FOLDER or parts[2] == PROBE:
        return None
    return {"provider": parts[2], "ticket": parts[3]} if parts[2] and parts[3] else None
