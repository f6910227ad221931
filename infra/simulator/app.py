"""The composition root: every part made once and put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from infra.simulator import control
from infra.simulator.callbacks import CallbackSender
from infra.simulator.desk import Office
from infra.simulator.faults import Switches
from infra.simulator.images.gallery import Gallery
from infra.simulator.images.media import Media
from infra.simulator.images.workshop import Workshop
from infra.simulator.refusal import RefusalError
from infra.simulator.registry import SIMULATED
from infra.simulator.task_shelf import TaskShelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from infra.simulator.connections import Transports
    from infra.simulator.registry import Simulated

LINK_LIFE_S = 86_400.0  # EvoLink: 24 h
WORK_S = 0.2  # a real image takes a minute; nobody wants to wait that long for a test


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What the command line says; `api_key` none takes any, `ca_file` none trusts the system's."""

    api_key: str | None = None
    ca_file: Path | None = None
    link_life_s: float = LINK_LIFE_S
    work_s: float = WORK_S
    switches: Switches = field(default_factory=Switches)


def create_app(settings: SimulatorSettings, connections: Transports) -> Starlette:
    """Put the simulator together; `connections` are those of the server that will run it."""
    shelf, gallery, sender = TaskShelf(), Gallery(), CallbackSender(settings.ca_file)
    workshop = Workshop(
        sender.post,
        {provider.name: provider.task_body for provider in SIMULATED},
        {provider.name: provider.sign for provider in SIMULATED if provider.sign is not None},
    )
    desk = Office(
        shelf=shelf,
        workshop=workshop,
        api_key=settings.api_key,
        work_s=settings.work_s,
        link_life_s=settings.link_life_s,
        switches=settings.switches,
        gallery=gallery,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        await workshop.close()
        sender.close()
        gallery.close()

    doors = [
        *(
            _door(path, provider.paths(desk).routes(), provider.error_response)
            for path, provider in _places()
        ),
        _door("/simulator", control.Control(desk, gallery).routes(), control.error_response),
    ]
    app = Starlette(routes=[*doors, *Media(shelf, gallery, connections).routes()], lifespan=lifespan)
    app.router.redirect_slashes = False
    return app


def _places() -> Iterator[tuple[str, Simulated]]:
    """Where each provider stands: below its name, where no two meet; and as at its own address, of two the first."""
    for provider in SIMULATED:
        yield f"/{provider.name}{provider.mount}", provider
    for provider in SIMULATED:
        if provider.mount:
            yield provider.mount, provider


def _door(path: str, routes: Sequence[Route], error_response: Callable[[RefusalError], Response]) -> Mount:
    """Mount routes whose refusals, unknown paths included, are put into one provider's words."""

    async def refuse(request: Request, problem: Exception) -> Response:
        del request
        if isinstance(problem, HTTPException):
            problem = RefusalError(problem.status_code, "invalid_request", problem.detail)
        if not isinstance(problem, RefusalError):
            raise problem
        return error_response(problem)

    app = Starlette(routes=list(routes), exception_handlers={RefusalError: refuse, HTTPException: refuse})
    app.router.redirect_slashes = False
    return Mount(path, app)
