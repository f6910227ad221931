"""Whatever bytes come, the answer is one of docs/openapi.json, or the connection ends; and never 3xx or 500."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPResponse
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.door.lone_receiver import BODY, LoneReceiver, receiving, status_of

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())
TOKEN = "a-token-of-the-tests"
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND")
# What the protocol itself says, before any route is looked for.
OF_THE_PROTOCOL = {400, 408, 431}
EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

TOKENS = st.text("abcXYZ019-_", min_size=1, max_size=20)
VALUES = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)
FIELDS = st.lists(
    st.tuples(
        st.sampled_from(["Host", "Content-Type", "Content-Encoding", "Authorization", "Expect", "Upgrade", "Cookie",
                         "X-Forwarded-Proto", "X-Forwarded-For", "Range", "If-None-Match", "User-Agent", "Date"]) | TOKENS,
        VALUES | st.sampled_from(["100-continue", f"Bearer {TOKEN}", "Basic x", "h2c", "http", "application/json", "["]),
    ),
    max_size=6,
)  # fmt: skip
BODIES = st.binary(max_size=300) | st.sampled_from(
    [
        BODY,
        b"[" * 5000,
        b'{"provider":"evolink","task_id":"task-unified-1795000000-abcdefgh","request":{}}',
        b'{"provider":"evolink","task_id":"a\\nb","request":{"a":' + b"[" * 3000 + b"]" * 3000 + b"}}",
    ]
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    with receiving(
        tmp_path_factory.mktemp("any"),
        {"API_TOKEN": TOKEN, "HEADER_S": "0.3", "BODY_S": "0.3", "IDLE_S": "0.3"},
    ) as receiver:
        yield receiver
        # Nothing that came was an error of ours, and it still takes a callback.
        assert 202 == receiver.callback()
        assert "Traceback" not in receiver.log.read_text()


def parsed(answer: bytes) -> tuple[int, str, bytes]:
    """Status, content type and body of an answer that must be sound HTTP."""

    class Sent:
        def makefile(self, *_: object) -> BytesIO:
            return BytesIO(answer)

    response = HTTPResponse(Sent())  # type: ignore[arg-type]
    response.begin()
    return response.status, response.headers.get_content_type(), response.read()


def declared(method: str, path: str) -> dict[str, Any] | None:
    """The responses that the document declares; None: the address or the method is not there."""
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            told = operations.get("get" if method == "HEAD" else method.lower())
            return told["responses"] if told else None
    return None


@EXAMPLES
@given(st.sampled_from(METHODS), st.data(), FIELDS, BODIES)
def test_any_request_gets_an_answer_of_the_document(
    door: LoneReceiver, method: str, data: st.DataObject, fields: list[tuple[str, str]], body: bytes
) -> None:
    some = quote(data.draw(st.text(min_size=1, max_size=20)), safe="").replace(".", "%2E")
    path = data.draw(
        st.sampled_from(
            [door.path, f"/callbacks/evolink/{some}", f"/callbacks/probe/{some}", f"/callbacks/{some}/{door.ticket}", "/orders", "/orders/",
             f"/tasks/evolink/{some}", "/tasks/evolink/task-unified-1795000000-abcdefgh", "/livez", "/readyz", f"/{some}"]
        )
    )  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
    request = b"%s %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        method.encode(), path.encode(), head, len(body), body,
    )  # fmt: skip
    answer = door.ask(request)
    # "100 Continue" stands before the answer.
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    if status_of(answer) in OF_THE_PROTOCOL or method in {"HEAD", "CONNECT"}:
        assert not 300 <= status_of(answer) < 400
        return
    status, kind, content = parsed(answer)
    responses = declared(method, path)

    if responses is None:
        assert status in {404, 405}
        return
    assert str(status) in responses, (status, answer)
    assert kind in responses[str(status)]["content"]
    assert kind != "application/json" or isinstance(json.loads(content), dict)


@settings(EXAMPLES, max_examples=40)
@given(st.data())
def test_any_bytes_get_an_answer_or_an_end(door: LoneReceiver, data: st.DataObject) -> None:
    """Requests cut, doubled and with bytes changed: whatever the parser makes of them."""
    sound = f"POST {door.path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{{}}   \r\n0\r\nX: y\r\n\r\n"
    raw = bytearray(sound.encode() * data.draw(st.integers(1, 3)))
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
        raw = raw or bytearray(b"\r\n")
    answer = door.ask(bytes(raw))

    assert status_of(answer) in {0, 202, 400, 404, 405, 408, 413, 429, 431, 503}
