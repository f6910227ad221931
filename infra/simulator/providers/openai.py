"""OpenAI's words and paths under `/v1`: responses in the background, whose callback is an event that names one.

https://developers.openai.com/api/docs/guides/background, https://developers.openai.com/api/docs/guides/webhooks and the
types of the official client (https://github.com/openai/openai-python): the answer to a query holds its images in base64.

The endpoint is the project's, as `POST /v1/webhook_endpoints` has named it. A switch for a link is one for the query here.
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import base36, found, read_object
from infra.simulator.images.media import HTML
from infra.simulator.openai_batches import BatchPaths
from infra.simulator.order import ImageOrder
from infra.simulator.refusal import RefusalError, bad_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.task import ResultLink, Task

NAME = "openai"
ID_CHARACTERS = 48
STATUSES = {"pending": "queued", "processing": "in_progress"}
SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")
SQUARE = (1024, 1024)


class OpenaiPaths:
    """The endpoints, at one desk, of one project."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that all providers share."""
        self._desk = desk
        self._endpoint: str | None = None
        self._batches = BatchPaths(desk, lambda: self._endpoint)

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v1`."""
        return [
            Route("/webhook_endpoints", self.set_endpoint, methods=["POST"]),
            Route("/responses", self.create, methods=["POST"]),
            Route("/responses/{task_id}", self.show, methods=["GET"]),
            *self._batches.routes(),
        ]

    async def set_endpoint(self, request: Request) -> JSONResponse:
        """POST /v1/webhook_endpoints: events of responses that are made from now on go there."""
        self._desk.authorize(request)
        self._endpoint = fields.callback_url(await read_object(request), "url")
        return JSONResponse({"object": "webhook_endpoint", "id": f"we_{base36(8)}", "url": self._endpoint})

    async def create(self, request: Request) -> JSONResponse:
        """POST /v1/responses."""
        self._desk.authorize(request)
        body = await read_object(request)
        tools = body.get("tools")
        tool = tools[0] if isinstance(tools, list) and tools else None
        if not isinstance(tool, dict) or tool.get("type") != "image_generation":
            raise bad_field("tools", "a list with one tool of type image_generation")
        if body.get("background") is not True:
            raise bad_field("background", "true: nothing else calls back")
        fields.text(body, "input")
        size = SIZE.fullmatch(fields.text(tool, "size", "auto"))
        width, height = (int(size[1]), int(size[2])) if size else SQUARE
        order = ImageOrder(
            model=fields.text(tool, "model", "gpt-image-2"),
            quality=fields.text(tool, "quality", "medium"),
            width=width,
            height=height,
            image_format=fields.image_format(tool),
            count=1,
            callback_url=self._endpoint,
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, f"resp_{base36(ID_CHARACTERS)}", order, request)
        return JSONResponse(response_body(task, time.time(), {}))

    async def show(self, request: Request) -> JSONResponse:
        """GET /v1/responses/{id}: 404 where it is not stored any more, or a switch says so."""
        self._desk.authorize(request)
        now, task_id = time.time(), request.path_params["task_id"]
        task = self._desk.ask(found(self._desk.shelf.find(task_id, NAME)))
        if not task.is_completed():
            return JSONResponse(response_body(task, now, {}))
        if not task.link_is_alive(now):
            raise RefusalError(404, "not_found", f"Response with id '{task_id}' not found.")
        return JSONResponse(
            response_body(task, now, {link.index: await self._image(task, link) for link in task.links})
        )

    async def _image(self, task: Task, link: ResultLink) -> bytes:
        """Return the bytes of an image, as the switches make them; raises `RefusalError`."""
        link.requests += 1
        drawn, switches = await self._desk.gallery.show_true(link), task.order.switches
        if task.link_is_spoilt(link):
            if switches.link is not None and switches.link.isdigit():
                raise RefusalError(int(switches.link), "simulated", f"Simulated {switches.link}")
            if switches.image == "html":
                return HTML
        link.served_sha256.add(drawn.sha256)
        return drawn.body


def response_body(task: Task, now: float, images: Mapping[int, bytes]) -> dict[str, object]:
    """Return a response, with the images that it has by now."""
    status, order = task.status_at(now), task.order
    failed = status == "failed"
    return {
        "id": task.id,
        "object": "response",
        "created_at": int(task.created_at),
        "status": STATUSES.get(status, status),
        "background": True,
        "error": {"code": order.switches.error_code, "message": "Refused."} if failed else None,
        "incomplete_details": None,
        "instructions": None,
        "model": "gpt-5.2",
        "output": [_call(order, index, image) for index, image in images.items()],
        "tools": [{"type": "image_generation", "model": order.model, "output_format": order.image_format}],
        "usage": {"input_tokens": 50, "output_tokens": 60, "total_tokens": 110} if images else None,
    }


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the callback's body: an event that tells the id alone."""
    return {
        "object": "event",
        "id": f"evt_{task.id.rpartition('_')[2]}",
        "type": f"{'batch' if task.id.startswith('batch_') else 'response'}.{task.status_at(now)}",
        "created_at": int(task.finished_at or now),
        "data": {"id": task.id},
    }


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into OpenAI's words."""
    error = {
        "message": refusal.text,
        "type": "invalid_request_error",
        "param": refusal.param,
        "code": refusal.code,
    }
    return JSONResponse({"error": error}, refusal.status)


def _call(order: ImageOrder, index: int, image: bytes) -> dict[str, object]:
    """Return an image as the model's call of its tool."""
    return {
        "id": f"ig_{index}",
        "type": "image_generation_call",
        "status": "completed",
        "background": "opaque",
        "output_format": order.image_format,
        "quality": order.quality,
        "result": base64.b64encode(image).decode(),
        "revised_prompt": "...",
        "size": f"{order.width}x{order.height}",
    }
