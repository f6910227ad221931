"""Black Forest Labs' words and paths under `/v1`: a model's address, and a task that is asked for where it was said.

https://docs.bfl.ai/integration_guidelines and https://github.com/black-forest-labs/skills, on webhooks and on polling.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import found, read_object
from infra.simulator.images.sizes import pixels
from infra.simulator.order import ImageOrder

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "bfl"
STATUSES = {
    "pending": "Pending", "processing": "Pending", "completed": "Ready", "failed": "Error", "cancelled": "Error",
}  # fmt: skip


class BflPaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v1`."""
        return [
            Route("/get_result", self.show, methods=["GET"]),
            Route("/{model}", self.create, methods=["POST"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /v1/<model>."""
        self._desk.authorize(request, "x-key", "")
        body = await read_object(request)
        model = request.path_params["model"]
        fields.text(body, "prompt")
        width, height = pixels(model, fields.text(body, "aspect_ratio", "1:1"), "1K")
        order = ImageOrder(
            model=model,
            quality="medium",
            width=width,
            height=height,
            image_format=fields.image_format(body),
            count=1,
            callback_url=fields.callback_url(body, "webhook_url"),
            switches=self._desk.read_switches(body),
            secret=fields.text(body, "webhook_secret", "") or None,
        )
        task = self._desk.open_task(NAME, str(uuid4()), order, request)
        return JSONResponse(
            {"id": task.id, "polling_url": f"{task.address}/{NAME}/v1/get_result?id={task.id}"}
        )

    async def show(self, request: Request) -> JSONResponse:
        """GET /v1/get_result?id=<id>: as the callback, without its time."""
        self._desk.authorize(request, "x-key", "")
        task = self._desk.ask(found(self._desk.shelf.find(request.query_params.get("id", ""), NAME)))
        told = task_body(task, time.time())
        told.pop("timestamp")
        return JSONResponse(told)


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the callback's body."""
    status, ended = task.status_at(now), datetime.fromtimestamp(task.finished_at or now, UTC)
    told: dict[str, object] = {
        "id": task.id,
        "status": STATUSES[status],
        "timestamp": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
    }
    if status == "completed":
        told["result"] = {"sample": task.urls()[0], "prompt": "...", "seed": 1234567890}
    elif STATUSES[status] == "Error":
        told |= {"error": task.order.switches.error_code, "message": "Refused."}
    return told


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into BFL's words."""
    return JSONResponse({"detail": refusal.text}, refusal.status)
