"""Replicate's words and paths under `/v1`: predictions, and the callback that is one.

https://replicate.com/docs/reference/http#predictions.create and the captured callback of
github.com/JessYan0913/turan (README.md): one image stands in `output` as a text, several as a list.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import base36, found, read_object
from infra.simulator.images.sizes import pixels
from infra.simulator.order import ImageOrder
from infra.simulator.refusal import bad_field

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "replicate"
ID_CHARACTERS = 26
STATUSES = {
    "pending": "starting", "processing": "processing", "completed": "succeeded", "failed": "failed",
    "cancelled": "canceled",
}  # fmt: skip


class ReplicatePaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v1`."""
        return [
            Route("/predictions", self.create, methods=["POST"]),
            Route("/predictions/{task_id}", self.show, methods=["GET"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /v1/predictions."""
        self._desk.authorize(request)
        body = await read_object(request)
        inputs = body.get("input")
        if not isinstance(inputs, dict):
            raise bad_field("input", "an object")
        fields.text(inputs, "prompt")
        model = fields.text(body, "version")
        width, height = pixels(model, fields.text(inputs, "aspect_ratio", "1:1"), "1K")
        order = ImageOrder(
            model=model,
            quality="medium",
            width=width,
            height=height,
            image_format=fields.image_format(inputs),
            count=fields.count(inputs, "num_outputs"),
            callback_url=fields.callback_url(body, "webhook"),
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, base36(ID_CHARACTERS), order, request)
        return JSONResponse(task_body(task, time.time()), 201)

    async def show(self, request: Request) -> JSONResponse:
        """GET /v1/predictions/{id}."""
        self._desk.authorize(request)
        task = self._desk.ask(found(self._desk.shelf.find(request.path_params["task_id"], NAME)))
        return JSONResponse(task_body(task, time.time()))


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return a prediction: the answer to a query, which is also the callback's body."""
    status, urls = task.status_at(now), task.urls()
    here = f"{task.address}/{NAME}/v1/predictions/{task.id}"
    return {
        "id": task.id,
        "status": STATUSES[status],
        "model": task.order.model.partition(":")[0],
        "version": "hidden",
        "created_at": _moment(task.created_at),
        "started_at": _moment(task.created_at),
        "completed_at": _moment(task.finished_at) if task.finished_at else None,
        "data_removed": False,
        "error": task.order.switches.error_code if status == "failed" else None,
        "input": {"prompt": "..."},
        "logs": "Using seed: 7710683\n",
        "metrics": {"image_count": len(urls), "predict_time": 1.25} if task.finished_at else {},
        "output": (urls[0] if len(urls) == 1 else urls) if status == "completed" else None,
        "urls": {"get": here, "cancel": f"{here}/cancel"},
        "webhook": task.order.callback_url,
        "webhook_events_filter": ["completed"],
    }


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into Replicate's words."""
    return JSONResponse(
        {"title": refusal.code, "detail": refusal.text, "status": refusal.status}, refusal.status
    )


def _moment(unix_s: float) -> str:
    """Return a moment with nine digits of its second, as captured."""
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"
