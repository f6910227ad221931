"""What the documents give to copy runs, and tells what the receiver takes."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import urllib.request
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from receiver.orders_door import read_order
from tests.unit.docs.documents import DOCS, ROOT, fenced

MOST_LINES = 10
TOKEN = "a-token-of-the-tests"
REQUEST = {"model": "gpt-image-2", "prompt": "a lighthouse at dusk", "size": "1:1"}
TASK = "task-unified-1757156493-imcg5zqt"


def _in_the_readme() -> Any:
    (block,) = fenced(ROOT / "README.md", "python")
    assert len(block.strip().splitlines()) <= MOST_LINES
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own document
    return names["tell_order"]


def _as_a_program() -> Any:
    return runpy.run_path(str(DOCS / "examples" / "tell_an_order.py"))["tell_order"]


@pytest.mark.parametrize("found", [_in_the_readme, _as_a_program])
def test_an_order_that_is_told_by_the_example_is_one(
    found: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[urllib.request.Request] = []

    def answered(request: urllib.request.Request, timeout: float) -> Any:
        assert timeout
        sent.append(request)
        return contextlib.closing(io.BytesIO(json.dumps({"accepted": "an id"}).encode()))

    monkeypatch.setattr(urllib.request, "urlopen", answered)
    # As secret managers leave them.
    monkeypatch.setenv("FIXATIVE_URL", "https://fixative.example.com\n")
    monkeypatch.setenv("API_TOKEN", f"{TOKEN}\n")

    assert found()("evolink", TASK, REQUEST) == "an id"

    (request,) = sent
    assert isinstance(request.data, bytes)
    provider, told = read_order(request.data)
    assert ("POST", "https://fixative.example.com/orders") == (request.get_method(), request.full_url)
    assert f"Bearer {TOKEN}" == request.get_header("Authorization")
    assert ("evolink", TASK, REQUEST) == (provider, told.task_id, msgspec.json.decode(told.request_body))
