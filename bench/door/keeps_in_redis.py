"""A peer that keeps what it acknowledges: Starlette, and one XADD a callback, in a Redis that syncs before it answers.

Others run it with their own Python; it imports nothing of ours.
"""

from __future__ import annotations

import os

from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Who finds none free waits for one: the pool of its own accord would refuse.
_CONNECTIONS = 64


def create_app() -> Starlette:
    """The application, with the receiver's own path; its Redis is KEEPING_REDIS."""
    pool = BlockingConnectionPool.from_url(
        os.environ["KEEPING_REDIS"], max_connections=_CONNECTIONS, timeout=None, decode_responses=True
    )
    keeping = Redis(connection_pool=pool)

    async def post(request: Request) -> Response:
        number = await keeping.xadd("callbacks", {"body": await request.body()})
        return JSONResponse({"accepted": number}, 202)

    return Starlette(routes=[Route("/callbacks/{provider}/{ticket}", post, methods=["POST"])])
