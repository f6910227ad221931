"""Each verb that asks a provider goes out through EGRESS_PROXY, where one is set: a proxy counts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.console.harness.command import Command
from tests.integration.egress.api_server import ApiServer, serving
from tests.integration.egress.connect_proxy import Tunnel
from tests.integration.egress.origin import Origin

TASK = "task-unified-1756817821-4x3rx6ny"
BODY = {"id": TASK, "status": "failed", "error": {"code": "c", "message": "m"}}
REQUEST = {"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1:1"}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        server.answer(f"/v1/tasks/{TASK}", 200, BODY)
        server.answer("/v1/images/generations", 200, {"id": TASK, "status": "pending"})
        yield server


@pytest.mark.parametrize("verb", ["fetch", "submit"])
def test_a_verb_that_asks_a_provider_goes_through_the_egress_proxy(
    command: Command, server: ApiServer, tmp_path: Path, verb: str
) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST))
    place = server.base.removeprefix("http://")
    words = {"fetch": ["fetch", TASK], "submit": ["submit", "--provider", "evolink", str(file)]}[verb]
    with Origin() as proxy:
        proxy.answers[place] = Tunnel(int(place.rpartition(":")[2]))
        ran = command(
            *words, "--json", EVOLINK_API=server.base, EVOLINK_API_KEY="key",
            EGRESS_PROXY=f"http://127.0.0.1:{proxy.port}",
        )  # fmt: skip

        assert 0 == ran.code, ran.err
        assert 0 < proxy.connections == len(server.paths())
