"""Pixel Mill as the simulator plays it: its words and paths under `/v2`, read off its documents and off no reader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import base36, found, read_object
from infra.simulator.order import ImageOrder

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "pixelmill"
STATUSES = {
    "pending": "kneading", "processing": "kneading", "completed": "baked", "failed": "burnt", "cancelled": "cancelled",
}  # fmt: skip


class PixelMillPaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v2`."""
        return [Route("/paint", self.paint, methods=["POST"]), Route("/job", self.job, methods=["GET"])]

    async def paint(self, request: Request) -> JSONResponse:
        """POST /v2/paint."""
        self._desk.authorize(request, "X-Mill-Key", "")
        body = await read_object(request)
        order = ImageOrder(
            model=fields.text(body, "oven", "stone"),
            quality="medium",
            width=256,
            height=256,
            image_format="png",
            count=1,
            callback_url=fields.callback_url(body),
            switches=self._desk.read_switches(body),
        )
        task_id = f"mill-{int(time.time())}-{base36(8)}"
        task = self._desk.open_task(NAME, task_id, order, request)
        ask = {"ask": f"{task.address}/v2/job?ref={task.id}&oven=7"}
        return JSONResponse(task_body(task, time.time()) | ask)

    async def job(self, request: Request) -> JSONResponse:
        """GET /v2/job?ref=<task id>, or the address that was given."""
        self._desk.authorize(request, "X-Mill-Key", "")
        task_id = request.query_params.get("ref", "")
        task = self._desk.ask(found(self._desk.shelf.find(task_id, NAME)))
        return JSONResponse(task_body(task, time.time()))


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the answer to a task query, which is also the callback's body."""
    status = task.status_at(now)
    job: dict[str, object] = {
        "task_id": task.id,
        "status": STATUSES[status],
        "oven": task.order.model,
        "made": int(task.created_at),
    }
    if status == "completed":
        job["results"] = task.urls()
    elif status == "failed":
        job["error"] = {"code": task.order.switches.error_code, "message": "burnt"}
    return {"job": job}


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into Pixel Mill's words."""
    return JSONResponse({"error": {"code": refusal.code, "message": refusal.text}}, refusal.status)
