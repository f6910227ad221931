"""What a request's scope says of it, and what the log says of one that was refused."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from archive.addresses import EVERYBODY, Network, read_network
from receiver.arrival import Arrival

OURS = (read_network("10.0.0.0/8"),)


def asked(
    peer: str | None,
    headers: dict[str, str],
    *,
    trusted: tuple[Network, ...] = OURS,
    scheme: str = "http",
    times: int = 1,
) -> list[dict[str, Any]]:
    """The scopes that an application sees which refuses what is not HTTPS."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.append(scope)
        refused = scope["scheme"] != "https" and scope["path"] != "/livez"
        await send({"type": "http.response.start", "status": 403 if refused else 200, "headers": []})

    async def send(_message: Any) -> None:
        pass

    arrival = Arrival(app, trusted)
    for _ in range(times):
        scope = {
            "type": "http", "scheme": scheme, "client": (peer, 1234) if peer else None,
            "path": headers.get("path", "/callbacks/evolink/secret-ticket"),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        asyncio.run(arrival(scope, None, send))  # type: ignore[arg-type] # nothing is received
    return seen


def test_a_believed_proxy_says_scheme_and_client() -> None:
    [scope] = asked("10.0.0.1", {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.1.1.1, 203.0.113.9"})

    assert ("https", ("203.0.113.9", 0)) == (scope["scheme"], scope["client"])


def test_anybody_else_says_nothing_of_the_sort() -> None:
    [scope] = asked("203.0.113.9", {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.1.1.1"})

    assert ("http", ("203.0.113.9", 1234)) == (scope["scheme"], scope["client"])


def test_a_proxy_that_speaks_tls_to_us_is_not_contradicted_by_silence() -> None:
    assert "https" == asked("10.0.0.1", {}, scheme="https")[0]["scheme"]
    assert "http" == asked("10.0.0.1", {"X-Forwarded-Proto": "http"}, scheme="https")[0]["scheme"]


def test_forwarded_is_not_read() -> None:
    assert "http" == asked("10.0.0.1", {"Forwarded": "for=203.0.113.9;proto=https"})[0]["scheme"]


@pytest.mark.parametrize(
    ("peer", "headers", "trusted", "words"),
    [
        ("172.17.0.1", {"X-Forwarded-Proto": "https"}, OURS, ["172.17.0.1", "'https'", "set TRUSTED_PROXIES=172.17.0.1"]),
        ("::ffff:172.17.0.1", {"X-Forwarded-Proto": "https"}, OURS, ["set TRUSTED_PROXIES=172.17.0.1"]),
        ("10.0.0.1", {"X-Forwarded-Proto": "https, http"}, OURS, ["10.0.0.1", "'https, http'", "set anew"]),
        ("10.0.0.1", {"Forwarded": "proto=https"}, OURS, ["10.0.0.1", "set X-Forwarded-Proto", "Forwarded is not read"]),
        ("203.0.113.9", {}, OURS, ["203.0.113.9", "TLS_CERT and TLS_KEY", "TRUSTED_PROXIES"]),
        (None, {"X-Forwarded-Proto": "http"}, EVERYBODY, ["proxy ?", "'http'"]),
    ],
)  # fmt: skip
def test_a_refusal_is_logged_with_what_to_set(
    peer: str | None,
    headers: dict[str, str],
    trusted: tuple[Network, ...],
    words: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked(peer, headers, trusted=trusted)

    [record] = caplog.records
    assert [] == [word for word in words if word not in record.getMessage()]
    assert (logging.WARNING, False) == (record.levelno, "secret-ticket" in record.getMessage())


def test_a_thousand_refusals_are_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    asked("203.0.113.9", {"X-Forwarded-Proto": "%s" * 1000}, times=1000)

    assert 1 <= len(caplog.records) <= 3
    assert len(caplog.records[0].getMessage()) < 500


def test_strangers_do_not_hide_what_concerns_a_proxy_nearby(caplog: pytest.LogCaptureFixture) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 403, "headers": []})

    async def send(_message: Any) -> None:
        pass

    arrival = Arrival(app, OURS)
    for peer in (*(f"203.0.113.{place}" for place in range(200)), "172.17.0.1"):
        scope = {
            "type": "http",
            "scheme": "http",
            "client": (peer, 1),
            "headers": [(b"x-forwarded-proto", b"https")],
        }
        asyncio.run(arrival(scope, None, send))  # type: ignore[arg-type] # nothing is received

    assert "TRUSTED_PROXIES=172.17.0.1" in caplog.records[-1].getMessage()
    assert len(caplog.records) <= 4


def test_a_health_check_over_plain_http_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    asked("203.0.113.9", {"path": "/livez"})

    assert [] == caplog.records
