"""Who asks: by a proxy's word or by a session, and from which address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.responses import Response

from console.web.signing_in.passwords import HASHER, Passwords
from console.web.signing_in.sessions import Sessions, mark_of
from console.web.signing_in.visitor import Visitor
from console.web.signing_in.visitors import Visitors
from runtime.settings.console import ConsoleDoorSettings
from runtime.settings.people import Person

PROXY, STRANGER = "10.0.0.1", "192.0.2.9"
BEHIND = {"CONSOLE_PROXIES": "10.0.0.0/8", "CONSOLE_IDENTITY_HEADER": "X-User", "CONSOLE_OPERATORS": "anna"}


def visitors(environment: Mapping[str, str] | None = None, people: tuple[Person, ...] = ()) -> Visitors:
    return Visitors(
        ConsoleDoorSettings.read(environment or {}), Passwords(people), Sessions(b"k" * 32, lambda: 1e9)
    )


def scope(peer: str, *headers: tuple[str, str]) -> dict[str, Any]:
    return {"client": (peer, 1), "headers": [(name.encode(), value.encode()) for name, value in headers]}


def test_a_proxys_word_counts_from_that_proxy_alone() -> None:
    those = visitors(BEHIND)

    assert Visitor("anna", "operator", "proxy") == those.of(scope(PROXY, ("x-user", "anna")))
    assert Visitor("bert", "viewer", "proxy") == those.of(scope(PROXY, ("x-user", "bert")))
    assert those.of(scope(STRANGER, ("x-user", "anna"))) is None
    assert those.of(scope(PROXY, ("x-user", "anna"), ("x-user", "bert"))) is None
    assert those.of(scope(PROXY, ("x-user", ""))) is None
    assert visitors().of(scope(PROXY, ("x-user", "anna"))) is None


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [(STRANGER, "1.2.3.4", STRANGER), (PROXY, "1.2.3.4", "1.2.3.4"), (PROXY, "6.6.6.6, 1.2.3.4", "1.2.3.4")],
)
def test_whose_tries_are_counted_is_what_the_nearest_believed_proxy_saw(
    peer: str, told: str, client: str
) -> None:
    assert client == visitors(BEHIND).client(scope(peer, ("x-forwarded-for", told)))


def test_another_password_and_signing_out_end_a_session() -> None:
    anna = Person("anna", "viewer", HASHER.hash("correct horse"))
    those = visitors(people=(anna,))
    word = those.sessions.new("anna", "password", mark_of(anna.password_hash))
    asked = scope(STRANGER, ("cookie", f"{those.cookie}={word}"))

    assert Visitor("anna", "viewer", "password") == those.of(asked)
    changed = anna._replace(password_hash=HASHER.hash("another horse"))
    assert visitors(people=(changed,)).of(asked) is None
    those.sign_out(asked, Response())
    assert those.of(asked) is None


def test_a_cookie_is_for_the_console_alone_and_for_tls_where_there_is_any() -> None:
    plain, answer = visitors(), Response()
    plain.sign_in(answer, "word")
    assert "fixative-8444=word; HttpOnly; Max-Age=43200; Path=/; SameSite=lax" == answer.headers["set-cookie"]
    behind, secure = visitors({"CONSOLE_URL": "https://console.example.com"}), Response()
    behind.sign_in(secure, "word")
    assert (
        "__Host-fixative=word; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure"
        == secure.headers["set-cookie"]
    )
