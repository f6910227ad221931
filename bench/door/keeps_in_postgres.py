"""A peer that keeps what it acknowledges: Starlette, and one INSERT committed a callback, in the PostgreSQL of POSTGRES.

Others run it with their own Python; it imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_TABLE = (
    "CREATE TABLE IF NOT EXISTS callback (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body bytea)"
)
_INSERT = "INSERT INTO callback (body) VALUES ($1) RETURNING id"
# As many commits may wait for the disk together.
_CONNECTIONS = 32


def create_app() -> Starlette:
    """The application, with the receiver's own path."""

    @contextlib.asynccontextmanager
    async def opened(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            os.environ["POSTGRES"], min_size=_CONNECTIONS, max_size=_CONNECTIONS
        ) as pool:
            await pool.execute(_TABLE)
            app.state.pool = pool
            yield

    async def post(request: Request) -> Response:
        number = await request.app.state.pool.fetchval(_INSERT, await request.body())
        return JSONResponse({"accepted": str(number)}, 202)

    return Starlette(
        routes=[Route("/callbacks/{provider}/{ticket}", post, methods=["POST"])], lifespan=opened
    )
