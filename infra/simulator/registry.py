"""The providers that are simulated: their words and paths in a file or two, and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from infra.simulator import signing
from infra.simulator.providers import (
    apiinone,
    apiinone_paths,
    bfl,
    evolink,
    evolink_paths,
    fal,
    kie,
    openai,
    replicate,
    wavespeed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response
    from starlette.routing import Route

    from infra.simulator.desk import Office
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task


class Paths(Protocol):
    """A provider's endpoints."""

    def routes(self) -> list[Route]:
        """Return the routes, relative to the place where they are mounted."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One provider: where its API is mounted (and again below its name), and its own words."""

    name: str
    mount: str
    paths: Callable[[Office], Paths]
    task_body: Callable[[Task, float], dict[str, object]]
    error_response: Callable[[RefusalError], Response]
    sign: Callable[[Task, bytes, float], Mapping[str, str]] | None = (
        None  # the headers of a callback's signature
    )


SIMULATED = (
    Simulated(
        evolink.NAME, "/v1", evolink_paths.EvolinkPaths, evolink.task_body, evolink_paths.error_response
    ),
    Simulated(
        apiinone.NAME,
        "/api/v1",
        apiinone_paths.ApiInOnePaths,
        apiinone.task_body,
        apiinone_paths.error_response,
    ),
    Simulated(
        replicate.NAME,
        "/v1",
        replicate.ReplicatePaths,
        replicate.task_body,
        replicate.error_response,
        signing.standard_webhooks,
    ),
    Simulated(fal.NAME, "", fal.FalPaths, fal.task_body, fal.error_response, signing.fal_webhook),
    Simulated(bfl.NAME, "/v1", bfl.BflPaths, bfl.task_body, bfl.error_response, signing.bfl_signature),
    Simulated(kie.NAME, "/api/v1", kie.KiePaths, kie.task_body, kie.error_response, signing.kie_webhook),
    Simulated(
        openai.NAME,
        "/v1",
        openai.OpenaiPaths,
        openai.task_body,
        openai.error_response,
        signing.standard_webhooks,
    ),
    Simulated(
        wavespeed.NAME,
        "/api/v3",
        wavespeed.WavespeedPaths,
        wavespeed.task_body,
        wavespeed.error_response,
        signing.v3_webhook,
    ),
)
