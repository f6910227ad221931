"""The straight way takes what the table of routes would have given to the same endpoint, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from archive.probe import PROBE
from receiver.straight import Straight, told_by

PATHS = [
    "/callbacks/evolink/k1.e30.mac", "/callbacks/evolink/a b", "/callbacks/ / ", "/callbacks/evolink/mac\n",
    "/callbacks//mac", "/callbacks/evolink/", "/callbacks/evolink", "/callbacks/evolink/mac/", "/callbacks/a/b/c",
    "//callbacks/a/b", "/Callbacks/a/b", "callbacks/a/b", "/x/callbacks/a/b", "/callbacks", "/", "", "/readyz",
]  # fmt: skip


async def _nothing(_request: Request) -> Response:
    raise AssertionError


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_read_as_its_route_reads_it(path: str) -> None:
    route = Route("/callbacks/{provider}/{ticket}", _nothing, methods=["POST"])
    match, scope = route.matches({"type": "http", "path": path, "method": "POST"})

    assert (scope["path_params"] if match.value else None) == told_by(path)


def test_a_probe_has_a_route_of_its_own() -> None:
    assert told_by(f"/callbacks/{PROBE}/mac") is None


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"type": "http", "method": "POST", "path": "/callbacks/evolink/mac"}, "straight"),
        ({"type": "http", "method": "GET", "path": "/callbacks/evolink/mac"}, "by the table"),
        ({"type": "http", "method": "POST", "path": "/orders"}, "by the table"),
        ({"type": "lifespan"}, "by the table"),
    ],
    ids=["a callback", "another method", "another path", "the lifespan"],
)
def test_a_callback_goes_straight_and_all_else_by_the_table(scope: dict[str, Any], said: str) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message.get("body"))

    async def table(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"body": b"by the table"})

    async def post(request: Request) -> Response:
        assert {"provider": "evolink", "ticket": "mac"} == request.path_params
        return PlainTextResponse("straight")

    asyncio.run(Straight(table, post=post)(scope, None, send))  # type: ignore[arg-type]  # nobody receives

    assert said.encode() == sent[-1]
