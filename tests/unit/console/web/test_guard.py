"""Who may speak to the console at all: hosts, origins, forms, and who is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from console.web.guard import FORM_MAX_BYTES, Guard
from console.web.signing_in.visitor import Visitor
from runtime.settings.console import ConsoleDoorSettings

Headers = list[tuple[str, str]]
HERE = "127.0.0.1:8444"
FROM_HERE = [
    ("host", HERE),
    ("origin", f"http://{HERE}"),
    ("sec-fetch-site", "same-origin"),
    ("content-length", "2"),
]
ANNA = Visitor("anna", "operator", "password")


def answer(
    headers: Iterable[tuple[str, str]],
    method: str = "GET",
    path: str = "/",
    *,
    who: Visitor | None = ANNA,
    **door: Any,
) -> tuple[int, dict[str, str]]:
    """Status and headers of what the guard lets through, or answers."""
    guard = Guard(PlainTextResponse("in"), door=ConsoleDoorSettings(**door), who=lambda _: who)
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": raw,
        "http_version": "1.1",
    }
    asyncio.run(guard(scope, receive, send))
    return told[0]["status"], {name.decode(): value.decode() for name, value in told[0]["headers"]}


@pytest.mark.parametrize("host", [HERE, "localhost:8444", "LOCALHOST:8444", "[::1]:8444"])
def test_its_own_names_are_let_in(host: str) -> None:
    assert answer([("host", host)])[0] == 200


@pytest.mark.parametrize("headers", [[], [("host", "evil.example")], [("host", "127.0.0.1:9999")],
                                     [("host", "127.0.0.1:8444.evil.example")], [("host", HERE), ("host", HERE)]])  # fmt: skip
def test_a_name_that_was_made_to_lead_here_is_not(headers: Headers) -> None:
    assert answer(headers)[0] == 421


@pytest.mark.parametrize("path", ["/", "/static/console.js", "/sign-in", "/nowhere"])
@pytest.mark.parametrize("who", [ANNA, None])
def test_every_answer_carries_the_policy(path: str, who: Visitor | None) -> None:
    _, headers = answer([("host", HERE)], path=path, who=who)

    assert headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def without(name: str) -> Headers:
    return [each for each in FROM_HERE if each[0] != name]


@pytest.mark.parametrize("headers", [FROM_HERE, without("origin"), without("sec-fetch-site")])
def test_a_form_of_its_own_is_let_in(headers: Headers) -> None:
    assert answer(headers, "POST")[0] == 200


@pytest.mark.parametrize("headers", [
    [("host", HERE), ("content-length", "2")],
    [*without("origin"), ("origin", "http://evil.example")],
    [*without("origin"), ("origin", "null")],
    [*without("origin"), ("origin", "http://127.0.0.1:8445")],
    [*without("sec-fetch-site"), ("sec-fetch-site", "cross-site")],
    [*without("sec-fetch-site"), ("sec-fetch-site", "same-site")],
    [*FROM_HERE, ("origin", "http://evil.example")],
])  # fmt: skip
def test_a_form_of_another_origin_is_not(headers: Headers) -> None:
    assert answer(headers, "POST")[0] == 403


@pytest.mark.parametrize("length", [None, "-1", "x", str(FORM_MAX_BYTES + 1)])
def test_a_form_tells_its_length_which_is_bounded(length: str | None) -> None:
    told = [("content-length", length)] if length else []

    assert answer([*without("content-length"), *told], "POST")[0] == 413


def test_who_is_not_signed_in_signs_in_first_and_comes_back() -> None:
    status, headers = answer([("host", HERE)], path="/tasks/evolink/a", who=None)

    assert (303, "/sign-in?next=%2Ftasks%2Fevolink%2Fa") == (status, headers["location"])
    assert answer([("host", HERE), ("accept", "image/webp")], path="/originals/x", who=None)[0] == 401
    assert answer(FROM_HERE, "POST", "/replays", who=None)[1]["location"] == "/sign-in?ended=1"


def test_behind_tls_only_its_public_name_counts() -> None:
    door: dict[str, Any] = {"console_host": "0.0.0.0", "console_url": "https://console.example.com"}  # noqa: S104 - what a proxy reaches
    public = [("host", "console.example.com"), ("content-length", "0")]

    assert answer([*public, ("origin", "https://console.example.com")], "POST", **door)[0] == 200
    assert answer([*public, ("origin", "http://console.example.com")], "POST", **door)[0] == 403
    assert answer([("host", HERE)], **door)[0] == 421
