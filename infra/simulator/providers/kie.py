"""kie.ai's words and paths under `/api/v1`: jobs, asked for by a parameter; what went wrong stands in the body, under 200.

https://docs.kie.ai/market/common/get-task-detail and the callbacks of https://docs.kie.ai/market/google/nano-banana.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import read_object
from infra.simulator.images.sizes import pixels
from infra.simulator.order import ImageOrder
from infra.simulator.refusal import RefusalError, bad_field

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.task import Task

NAME = "kie"
ID_BYTES = 16  # 32 hexadecimal digits
STATES = {
    "pending": "waiting", "processing": "generating", "completed": "success", "failed": "fail", "cancelled": "fail",
}  # fmt: skip


class KiePaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/api/v1`."""
        return [
            Route("/jobs/createTask", self.create, methods=["POST"]),
            Route("/jobs/recordInfo", self.show, methods=["GET"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /api/v1/jobs/createTask."""
        self._desk.authorize(request)
        body = await read_object(request)
        inputs = body.get("input")
        if not isinstance(inputs, dict):
            raise bad_field("input", "an object")
        fields.text(inputs, "prompt")
        model = fields.model(body)
        width, height = pixels(model, fields.text(inputs, "aspect_ratio", "1:1"), "1K")
        order = ImageOrder(
            model=model,
            quality="medium",
            width=width,
            height=height,
            image_format=fields.image_format(inputs),
            count=fields.count(inputs, "num_images"),
            callback_url=fields.callback_url(body, "callBackUrl"),
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, secrets.token_hex(ID_BYTES), order, request)
        return JSONResponse({"code": 200, "msg": "success", "data": {"taskId": task.id}})

    async def show(self, request: Request) -> JSONResponse:
        """GET /api/v1/jobs/recordInfo?taskId=<id>: of what is not known 200 with 422 in the body, as clients saw."""
        self._desk.authorize(request)
        known = self._desk.shelf.find(request.query_params.get("taskId", ""), NAME)
        if known is None:
            raise RefusalError(422, "not_found", "recordInfo is null")
        task = self._desk.ask(known)
        return JSONResponse({"code": 200, "msg": "success", "data": _record(task, time.time())})


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the callback's body."""
    if STATES[task.status_at(now)] == "fail":
        return {"code": 501, "msg": "Playground task failed.", "data": _record(task, now)}
    return {"code": 200, "msg": "Playground task completed successfully.", "data": _record(task, now)}


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into kie.ai's words."""
    return JSONResponse({"code": refusal.status, "msg": refusal.text, "data": None})


def _record(task: Task, now: float) -> dict[str, object]:
    """Return a task with what was ordered, as JSON within a string, and its results in the same way."""
    order, state, ended = task.order, STATES[task.status_at(now)], task.finished_at
    param = {
        "callBackUrl": order.callback_url,
        "model": order.model,
        "input": {"prompt": "...", "output_format": order.image_format},
    }
    told: dict[str, object] = {
        "taskId": task.id,
        "model": order.model,
        "state": state,
        "param": json.dumps(param, separators=(",", ":")),
        "resultJson": json.dumps({"resultUrls": task.urls()}) if state == "success" else "",
        "failCode": order.switches.error_code if state == "fail" else "",
        "failMsg": "Refused." if state == "fail" else "",
        "consumeCredits": 4 * len(task.links) if state == "success" else 0,
        "remainedCredits": 2_510_330,
        "createTime": int(task.created_at * 1000),
    }
    if ended is not None:
        told |= {"costTime": max(0, int(ended - task.created_at)), "completeTime": int(ended * 1000)}
    return told
