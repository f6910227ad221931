"""EvoLink's paths under `/v1`: order, ask for one, ask for many, list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator.desk import base36, found, read_object
from infra.simulator.providers import evolink
from infra.simulator.refusal import RefusalError, bad_field

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office

MOST_IN_A_BATCH = 50  # as a client knows it: github.com/EvoLinkAI/evolink-mcp
MOST_ON_A_PAGE = 100  # ours: a page stays small
FILTERS = ("status", "type", "model")


class EvolinkPaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that they share with the other provider."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/v1`."""
        return [
            Route("/images/generations", self.create, methods=["POST"]),
            Route("/tasks/batch", self.batch, methods=["POST"]),
            Route("/tasks", self.list, methods=["GET"]),
            Route("/tasks/{task_id}", self.show, methods=["GET"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /v1/images/generations."""
        self._desk.authorize(request)
        body = await read_object(request)
        order = evolink.read_order(body, self._desk.read_switches(body))
        task_id = evolink.new_id(time.time(), base36(8))
        return JSONResponse(evolink.created_body(self._desk.open_task(evolink.NAME, task_id, order, request)))

    async def show(self, request: Request) -> JSONResponse:
        """GET /v1/tasks/{task_id}."""
        self._desk.authorize(request)
        task_id: str = request.path_params["task_id"]
        if not task_id.startswith(evolink.ID_PREFIX):
            text = f"Task id must start with '{evolink.ID_PREFIX}'"
            raise RefusalError(400, "invalid_task_id", text, "task_id")
        task = self._desk.ask(found(self._desk.shelf.find(task_id, evolink.NAME), "task_not_found"))
        return JSONResponse(evolink.task_body(task, time.time()))

    async def batch(self, request: Request) -> JSONResponse:
        """POST /v1/tasks/batch: those that are known; the others are simply absent."""
        self._desk.authorize(request)
        ids = (await read_object(request)).get("task_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_IN_A_BATCH:
            raise bad_field("task_ids", f"a list of 1 to {MOST_IN_A_BATCH} task ids")
        known = (self._desk.shelf.find(str(task_id), evolink.NAME) for task_id in ids)
        now = time.time()
        asked = [self._desk.ask(task) for task in known if task is not None]
        return JSONResponse({"data": [evolink.task_body(task, now) for task in asked]})

    async def list(self, request: Request) -> JSONResponse:
        """GET /v1/tasks: lines without links, the newest first, by status, type and model."""
        self._desk.authorize(request)
        page = _whole(request, "page", 1)
        size = min(_whole(request, "page_size", 20), MOST_ON_A_PAGE)
        wanted = {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}
        now = time.time()
        lines = [evolink.list_line(task, now) for task in self._desk.shelf.newest_first(evolink.NAME)]
        lines = [line for line in lines if all(line[name] == value for name, value in wanted.items())]
        shown = lines[(page - 1) * size : page * size]
        return JSONResponse({"data": shown, "total": len(lines), "page": page, "page_size": size})


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into EvoLink's words."""
    return JSONResponse(evolink.error_body(refusal), refusal.status)


def _whole(request: Request, name: str, default: int) -> int:
    """Read a positive number of the query."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) <= len("999999999")):
        raise bad_field(name, "a whole number from 1")
    return int(text)
