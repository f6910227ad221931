"""WaveSpeedAI's words and paths under `/api/v3`: a model's address, and predictions that are asked for by their id.

https://wavespeed.ai/docs/how-to-use-webhooks and https://wavespeed.ai/docs/what-are-predictions.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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

NAME = "wavespeed"
ID_BYTES = 16  # 32 hexadecimal digits
STATUSES = {"pending": "created"}  # the others are the simulator's own


class WavespeedPaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/api/v3`."""
        return [
            Route("/predictions/{task_id}/result", self.show, methods=["GET"]),
            Route("/{model:path}", self.create, methods=["POST"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /api/v3/<model>?webhook=<URL>."""
        self._desk.authorize(request)
        body, model = await read_object(request), request.path_params["model"]
        fields.text(body, "prompt")
        width, height = pixels(model, fields.text(body, "size", "1024*1024").replace("*", "x"), "1K")
        order = ImageOrder(
            model=model,
            quality="medium",
            width=width,
            height=height,
            image_format=fields.image_format(body),
            count=fields.count(body, "num_images"),
            callback_url=fields.callback_url(dict(request.query_params), "webhook"),
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, secrets.token_hex(ID_BYTES), order, request)
        return _wrapped(task)

    async def show(self, request: Request) -> JSONResponse:
        """GET /api/v3/predictions/<id>/result."""
        self._desk.authorize(request)
        return _wrapped(self._desk.ask(found(self._desk.shelf.find(request.path_params["task_id"], NAME))))


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return a prediction: the callback's body, and what an answer to a query wraps."""
    status = task.status_at(now)
    urls = task.urls() if status == "completed" else []
    return {
        "id": task.id,
        "model": task.order.model,
        "input": {"prompt": "..."},
        "outputs": urls,
        "urls": {"get": f"{task.address}/{NAME}/api/v3/predictions/{task.id}/result"},
        "has_nsfw_contents": [False] * len(urls),
        "status": STATUSES.get(status, status),
        "created_at": f"{datetime.fromtimestamp(task.created_at, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "error": task.order.switches.error_code if status in {"failed", "cancelled"} else "",
    }


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into WaveSpeedAI's words."""
    return JSONResponse({"code": refusal.status, "message": refusal.text, "data": None}, refusal.status)


def _wrapped(task: Task) -> JSONResponse:
    told = {**task_body(task, time.time()), "timings": {"inference": 2500}}
    return JSONResponse({"code": 200, "message": "success", "data": told})
