"""The no-op: Starlette reads the body and answers 202. Nothing can be faster on this server, and nothing is kept.

Others run it with their own Python; it imports nothing of ours.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def create_app() -> Starlette:
    """The application, with the receiver's own path."""
    return Starlette(routes=[Route("/callbacks/{provider}/{ticket}", _post, methods=["POST"])])


async def _post(request: Request) -> Response:
    await request.body()
    return JSONResponse({"accepted": "01JDCQ5Y8M0000000000000000"}, 202)


async def ready(_request: Request) -> Response:
    """Where the receiver says that it takes callbacks."""
    return Response()
