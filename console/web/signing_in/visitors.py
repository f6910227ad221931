"""Finds out who asks: by the session's cookie, or by the word of a proxy that is trusted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import Scope

from console.web.signing_in.passwords import Passwords
from console.web.signing_in.sessions import SESSION_S, SessionClaims, Sessions, mark_of
from console.web.signing_in.visitor import Visitor
from runtime.proxies import FORWARDED_FOR, Proxies
from runtime.settings.console import ConsoleDoorSettings

# Of one's own machine: who signed in by a link.
BY_LINK = "you"
# Sessions that were ended by signing out; of more, the oldest is forgotten, and ends by itself.
ENDED_REMEMBERED = 10_000
NAME_MAX_CHARACTERS = 128


class Visitors:
    """Who asks. Cookies of one host are shared by all its ports, so a cookie's name holds ours."""

    def __init__(self, door: ConsoleDoorSettings, passwords: Passwords, sessions: Sessions) -> None:
        self._door, self._passwords, self.sessions = door, passwords, sessions
        self._proxies = Proxies(door.console_proxies)
        url = urlsplit(door.address)
        self.secure = url.scheme == "https"
        self.cookie = "__Host-fixative" if self.secure else f"fixative-{url.port or 80}"
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, scope: Scope) -> Visitor | None:
        """Who sent a request, or None."""
        return self._by_proxy(scope) or self._by_session(scope)

    def client(self, scope: Scope) -> str:
        """The address that a request came from; behind proxies that are trusted, the one that they saw."""
        peer = _peer(scope)
        if not self._proxies.believes(peer):
            return peer
        told = self._proxies.client_of(value for name, value in scope["headers"] if name == FORWARDED_FOR)
        return (told or peer)[:NAME_MAX_CHARACTERS]

    def sign_in(self, response: Response, word: str) -> None:
        """Put a session into an answer's cookie."""
        response.set_cookie(
            self.cookie,
            word,
            max_age=int(SESSION_S),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def sign_out(self, scope: Scope, response: Response) -> None:
        """End the session of a request, also for who has a copy of its cookie."""
        claims = self._claims(scope)
        if claims is not None:
            with self._lock:
                self._ended[claims.id] = None
                if len(self._ended) > ENDED_REMEMBERED:
                    self._ended.popitem(last=False)
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="lax")

    def _by_proxy(self, scope: Scope) -> Visitor | None:
        header = self._door.console_identity_header.lower().encode()
        if not header or not self._proxies.believes(_peer(scope)):
            return None
        told = [value.decode("latin-1").strip() for name, value in scope["headers"] if name == header]
        # Two of them: one may be the browser's own.
        if len(told) != 1 or not 0 < len(told[0]) <= NAME_MAX_CHARACTERS or not told[0].isprintable():
            return None
        operators = self._door.console_operators
        return Visitor(told[0], "operator" if {told[0], "*"} & set(operators) else "viewer", "proxy")

    def _by_session(self, scope: Scope) -> Visitor | None:
        claims = self._claims(scope)
        if claims is None or claims.id in self._ended:
            return None
        if claims.by == "link":
            return Visitor(claims.name, "operator", "link") if self._door.console_links else None
        person = self._passwords.person(claims.name)
        if person is None or mark_of(person.password_hash) != claims.mark:
            return None
        return Visitor(person.name, person.role, "password")

    def _claims(self, scope: Scope) -> SessionClaims | None:
        word = _cookies(scope).get(self.cookie)
        return self.sessions.read(word) if word else None


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _cookies(scope: Scope) -> Mapping[str, str]:
    """The cookies of a request; what is no cookie is none."""
    told: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                jar = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            told |= {morsel.key: morsel.value for morsel in jar.values()}
    return told
