"""The door for tests and the demo, under `/simulator`: no authorization, it listens on loopback."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulator.desk import found, read_object
from infra.simulator.faults import SwitchError, parse
from infra.simulator.refusal import RefusalError

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.desk import Office
    from infra.simulator.images.gallery import Gallery
    from infra.simulator.task import ResultLink, Task


class Control:
    """The endpoints, at the desk that the providers share."""

    def __init__(self, desk: Office, gallery: Gallery) -> None:
        """Take what there is to control."""
        self._desk = desk
        self._gallery = gallery

    def routes(self) -> list[Route]:
        """Return the routes, relative to `/simulator`."""
        return [
            Route("/health", self.health, methods=["GET"]),
            Route("/switches", self.show_switches, methods=["GET"]),
            Route("/switches", self.set_switches, methods=["PUT"]),
            Route("/tasks", self.list, methods=["GET"]),
            Route("/tasks/{task_id}", self.show, methods=["GET"]),
            Route("/tasks/{task_id}/heal", self.heal, methods=["POST"]),
            Route("/tasks/{task_id}/callback", self.call_back, methods=["POST"]),
        ]

    async def health(self, request: Request) -> JSONResponse:
        """GET /simulator/health: it answers, so it is well."""
        del request
        return JSONResponse({"status": "ok"})

    async def show_switches(self, request: Request) -> JSONResponse:
        """GET /simulator/switches: what tasks get that are ordered from now on."""
        del request
        return JSONResponse(self._desk.switches.as_json())

    async def set_switches(self, request: Request) -> JSONResponse:
        """PUT /simulator/switches: replaces all of them; tasks that were ordered keep theirs."""
        try:
            self._desk.switches = parse(await read_object(request))
        except SwitchError as problem:
            raise RefusalError(400, "invalid_switches", str(problem)) from problem
        return JSONResponse(self._desk.switches.as_json())

    async def list(self, request: Request) -> JSONResponse:
        """GET /simulator/tasks: all that is known of all, the newest first."""
        del request
        tasks = self._desk.shelf.newest_first()
        return JSONResponse({"tasks": [await self._describe(task) for task in tasks]})

    async def show(self, request: Request) -> JSONResponse:
        """GET /simulator/tasks/{task_id}."""
        return JSONResponse(await self._describe(self._find(request)))

    async def heal(self, request: Request) -> JSONResponse:
        """POST /simulator/tasks/{task_id}/heal: its links are fine from now on."""
        task = self._find(request)
        task.heal(time.time())
        return JSONResponse(await self._describe(task))

    async def call_back(self, request: Request) -> JSONResponse:
        """POST /simulator/tasks/{task_id}/callback: 202, it is being sent, with its tries."""
        task = self._find(request)
        if task.finished_at is None or task.order.callback_url is None:
            raise RefusalError(409, "no_callback", "The task is not finished, or has no callback_url")
        self._desk.workshop.call_back(task)
        return JSONResponse({"id": task.id}, 202)

    def _find(self, request: Request) -> Task:
        """Return the task of the path; raises `RefusalError`."""
        return found(self._desk.shelf.find(request.path_params["task_id"]))

    async def _describe(self, task: Task) -> dict[str, object]:
        """Return all that is known of a task; what was never asked for is drawn for its digest."""
        links = zip(task.links, task.urls(), strict=True) if task.is_completed() else ()
        return {
            "id": task.id,
            "provider": task.provider,
            "status": task.status_at(time.time()),
            "healed": task.healed_at is not None,
            "switches": task.order.switches.as_json(),
            "callback_url": task.order.callback_url,
            "links": [await self._describe_link(link, url) for link, url in links],
            "attempts": [asdict(attempt) for attempt in task.attempts],
        }

    async def _describe_link(self, link: ResultLink, url: str) -> dict[str, object]:
        """Return a link's true image and what was asked and answered."""
        if link.true_sha256 is None:
            await self._gallery.show_true(link)
        return {
            "url": url,
            "sha256": link.true_sha256,
            "bytes": link.true_bytes,
            "width": link.picture.width,
            "height": link.picture.height,
            "format": link.picture.image_format,
            "requests": link.requests,
            "served_sha256": sorted(link.served_sha256),
        }


def error_response(refusal: RefusalError) -> JSONResponse:
    """Put a refusal plainly."""
    return JSONResponse({"error": refusal.code, "message": refusal.text}, refusal.status)
