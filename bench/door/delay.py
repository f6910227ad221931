"""What most would write: Starlette, and Celery's `.delay()` in the handler. A 202 of it is in Redis alone.

Others run it with their own Python; it imports nothing of ours.
"""

from __future__ import annotations

import os

from celery import Celery
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def create_app() -> Starlette:
    """The application, with the receiver's own path; its broker is REDIS_URL."""
    queue = Celery("rival", broker=os.environ["REDIS_URL"])
    queue.conf.task_ignore_result = True

    @queue.task(name="rival.take")
    def take(body: str) -> None:
        """Nobody is there to do it: the messages wait."""

    async def post(request: Request) -> Response:
        # As it is mostly written, though it blocks the loop for as long as Redis takes.
        told = take.delay((await request.body()).decode())
        return JSONResponse({"accepted": told.id}, 202)

    return Starlette(routes=[Route("/callbacks/{provider}/{ticket}", post, methods=["POST"])])
