"""API in One's paths under `/api/v1`: order, ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator.desk import base36, found, read_object
from infra.simulator.providers import apiinone

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError


class ApiInOnePaths:
    """The endpoints, at one desk."""

    def __init__(self, desk: Office) -> None:
        """Take the desk that they share with the other provider."""
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/api/v1`."""
        return [
            Route("/images/generations", self.create, methods=["POST"]),
            Route("/tasks/{task_id}", self.show, methods=["GET"]),
        ]

    async def create(self, request: Request) -> JSONResponse:
        """POST /api/v1/images/generations."""
        self._desk.authorize(request)
        body = await read_object(request)
        order = apiinone.read_order(body, self._desk.read_switches(body))
        task = self._desk.open_task(apiinone.NAME, apiinone.new_id(base36(8)), order, request)
        return JSONResponse(apiinone.created_body(task))

    async def show(self, request: Request) -> JSONResponse:
        """GET /api/v1/tasks/{task_id}."""
        self._desk.authorize(request)
        task_id: str = request.path_params["task_id"]
        task = self._desk.ask(found(self._desk.shelf.find(task_id, apiinone.NAME), "task_not_found"))
        return JSONResponse(apiinone.task_body(task, time.time()))


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal into API in One's words."""
    return JSONResponse(apiinone.error_body(refusal), refusal.status)
