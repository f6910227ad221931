"""fal.ai's words and paths: a queue by app, a callback around what the model answered.

https://docs.fal.ai/model-endpoints/queue, https://docs.fal.ai/model-endpoints/webhooks and
https://fal.ai/docs/inference-api/queue/result; the body is spaced as in the captured callback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator import signing
from infra.simulator.desk import found, read_object
from infra.simulator.order import ImageOrder

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "fal"
OWNER_AND_APP = 2  # of a model's path; what follows is left out of a query's address
# https://fal.ai/models/fal-ai/flux/schnell/api: `image_size`.
SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "landscape_4_3": (1024, 768),
    "portrait_4_3": (768, 1024),
}


class FalPaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to the host's root."""
        return [
            Route("/.well-known/jwks.json", self.keys, methods=["GET"]),
            Route("/{owner}/{app}/requests/{task_id}", self.show, methods=["GET"]),
            Route("/{model:path}", self.create, methods=["POST"]),
        ]

    async def keys(self, request: Request) -> JSONResponse:
        """GET /.well-known/jwks.json, which has a host of its own at the true one."""
        del request
        return JSONResponse(signing.key_set())

    async def create(self, request: Request) -> JSONResponse:
        """POST /<owner>/<app>[/<path>]?fal_webhook=<URL>."""
        self._desk.authorize(request, scheme="Key")
        body, model = await read_object(request), request.path_params["model"]
        fields.text(body, "prompt")
        width, height = SIZES.get(fields.text(body, "image_size", "landscape_4_3"), SIZES["landscape_4_3"])
        order = ImageOrder(
            model=model,
            quality="medium",
            width=width,
            height=height,
            image_format=fields.image_format(body),
            count=fields.count(body, "num_images"),
            callback_url=fields.callback_url(dict(request.query_params), "fal_webhook"),
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, str(uuid4()), order, request)
        here = f"{task.address}/{NAME}/{'/'.join(model.split('/')[:OWNER_AND_APP])}/requests/{task.id}"
        return JSONResponse({
            "status": "IN_QUEUE", "request_id": task.id, "response_url": here, "status_url": f"{here}/status",
            "cancel_url": f"{here}/cancel", "queue_position": 0,
        })  # fmt: skip

    async def show(self, request: Request) -> JSONResponse:
        """GET /<owner>/<app>/requests/<id>: what the model answered, and nothing around it."""
        self._desk.authorize(request, scheme="Key")
        task = self._desk.ask(found(self._desk.shelf.find(request.path_params["task_id"], NAME)))
        if task.finished_at is None:
            return JSONResponse({"detail": "Request is still in progress"}, 400)
        return JSONResponse(_payload(task), 200 if task.is_completed() else 422)


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the callback's body."""
    status = task.status_at(now)
    return {
        "error": None if status == "completed" else "Unexpected status code: 422",
        "gateway_request_id": task.id,
        "payload": _payload(task),
        "request_id": task.id,
        "status": "OK" if status == "completed" else "ERROR",
    }


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into fal's words."""
    return JSONResponse({"detail": refusal.text}, refusal.status)


def _payload(task: Task) -> dict[str, object]:
    order = task.order
    if not task.is_completed():
        return {"detail": [{"loc": ["body", "prompt"], "msg": "Refused.", "type": order.switches.error_code}]}
    kind = f"image/{order.image_format}"
    images = [
        {"url": url, "content_type": kind, "width": order.width, "height": order.height}
        for url in task.urls()
    ]
    return {
        "images": images,
        "has_nsfw_concepts": [False] * len(images),
        "prompt": "...",
        "seed": 17454220438242315174,
    }
