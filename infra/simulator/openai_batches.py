"""OpenAI's batches under `/v1`: a file of requests goes in, a batch is made of it, and its output is a file, a line a request.

https://developers.openai.com/api/docs/guides/batch. A line that says `refuse` in its prompt is answered with 400, as a line of
the same file; one that says `expire` with an error, in the error file.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulator import order as fields
from infra.simulator.desk import MOST_BODY_BYTES, base36, found, read_object
from infra.simulator.order import ImageOrder
from infra.simulator.refusal import RefusalError, bad_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.task import Task

NAME = "openai"
STATUSES = {"pending": "validating", "processing": "in_progress"}
SMALL = (320, 240)
MOST_FILES = 1_000  # the oldest go first
REFUSED = {
    "error": {"code": "moderation_blocked", "message": "Refused.", "type": "image_generation_user_error"}
}


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch."""

    custom_id: str
    prompt: str


class BatchPaths:
    """The endpoints of files and batches, at one desk; `endpoint` says where events go."""

    def __init__(self, desk: Office, endpoint: Callable[[], str | None]) -> None:
        """Take the desk that all providers share."""
        self._desk, self._endpoint = desk, endpoint
        self._files: dict[str, list[Line]] = {}

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v1`."""
        return [
            Route("/files", self.upload, methods=["POST"]),
            Route("/batches", self.create, methods=["POST"]),
            Route("/batches/{batch_id}", self.show, methods=["GET"]),
            Route("/files/{file_id}/content", self.content, methods=["GET"]),
        ]

    async def upload(self, request: Request) -> JSONResponse:
        """POST /v1/files: a form with the lines."""
        self._desk.authorize(request)
        body = await request.body()
        if len(body) > MOST_BODY_BYTES:
            raise RefusalError(413, "request_too_large", f"The body is over {MOST_BODY_BYTES} bytes")
        lines = [
            _line(text)
            for text in _file_in(request.headers.get("content-type", ""), body).splitlines()
            if text
        ]
        file_id = f"file-{base36(22)}"
        self._keep(file_id, lines)
        return JSONResponse({"id": file_id, "object": "file", "purpose": "batch", "bytes": len(body)})

    async def create(self, request: Request) -> JSONResponse:
        """POST /v1/batches."""
        self._desk.authorize(request)
        body = await read_object(request)
        lines = self._files.get(fields.text(body, "input_file_id"))
        if not lines:
            raise bad_field("input_file_id", "the id of a file with lines")
        order = ImageOrder(
            model="gpt-image-2",
            quality="medium",
            width=SMALL[0],
            height=SMALL[1],
            image_format="png",
            count=len(lines),
            callback_url=self._endpoint(),
            switches=self._desk.read_switches(body),
        )
        task = self._desk.open_task(NAME, f"batch_{base36(32)}", order, request)
        self._keep(task.id, lines)
        return JSONResponse(self._batch(task, time.time()))

    async def show(self, request: Request) -> JSONResponse:
        """GET /v1/batches/{id}."""
        self._desk.authorize(request)
        task = self._desk.ask(found(self._desk.shelf.find(request.path_params["batch_id"], NAME)))
        return JSONResponse(self._batch(task, time.time()))

    async def content(self, request: Request) -> Response:
        """GET /v1/files/{id}/content: what came of a batch, a line a request, in no order that was promised."""
        self._desk.authorize(request)
        kind, _, batch_id = request.path_params["file_id"].removeprefix("file-").partition("-")
        task = found(self._desk.shelf.find(batch_id, NAME))
        expired = kind == "error"
        lines = [
            (place, line)
            for place, line in enumerate(self._files[task.id])
            if ("expire" in line.prompt) == expired
        ]
        told = [await self._answer(task, place, line) for place, line in reversed(lines)]
        return Response("".join(f"{json.dumps(each)}\n" for each in told), media_type="application/jsonl")

    async def _answer(self, task: Task, place: int, line: Line) -> dict[str, object]:
        link, told = task.links[place], {"id": f"batch_req_{place}", "custom_id": line.custom_id}
        if "expire" in line.prompt:
            error = {"code": "batch_expired", "message": "This request could not be executed in time."}
            return {**told, "response": None, "error": error}
        if "refuse" in line.prompt:
            return {**told, "response": {"status_code": 400, "body": REFUSED}, "error": None}
        link.requests += 1
        drawn = await self._desk.gallery.show_true(link)
        link.served_sha256.add(drawn.sha256)
        body = {
            "created": int(task.created_at), "output_format": "png", "size": "320x240", "quality": "medium",
            "data": [{"b64_json": base64.b64encode(drawn.body).decode()}],
            "usage": {"input_tokens": 50, "output_tokens": 60, "total_tokens": 110},
        }  # fmt: skip
        return {**told, "response": {"status_code": 200, "request_id": "req_1", "body": body}, "error": None}

    def _batch(self, task: Task, now: float) -> dict[str, object]:
        status, lines = task.status_at(now), self._files[task.id]
        done = task.is_completed()
        expired = any("expire" in line.prompt for line in lines)
        return {
            "id": task.id, "object": "batch", "endpoint": "/v1/images/generations", "completion_window": "24h",
            "status": STATUSES.get(status, status), "errors": None, "created_at": int(task.created_at),
            "output_file_id": f"file-output-{task.id}" if done else None,
            "error_file_id": f"file-error-{task.id}" if done and expired else None,
            "request_counts": {"total": len(lines), "completed": len(lines) if done else 0, "failed": 0},
        }  # fmt: skip

    def _keep(self, name: str, lines: list[Line]) -> None:
        self._files[name] = lines
        while len(self._files) > MOST_FILES:
            del self._files[next(iter(self._files))]


def _file_in(content_type: str, body: bytes) -> str:
    """Return the text of the file in a form."""
    form = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    for part in form.walk():
        if part.get_filename():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content.decode()
    raise bad_field("file", "a file in a form")


def _line(text: str) -> Line:
    told: Mapping[str, object] = json.loads(text)
    body = told.get("body")
    if not isinstance(body, dict):
        raise bad_field("body", "an object")
    return Line(fields.text(told, "custom_id"), fields.text(body, "prompt"))
