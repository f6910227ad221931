"""Stands before every page: who may speak to this console at all, and what every answer says to the browser.

421   another host than ours: a page elsewhere that made its name lead to this machine (DNS rebinding)
403   a POST that a page of another origin sent
413   a form that is larger than any of ours
303   nobody is signed in: to the sign-in page, and back from there
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.signing_in.visitor import Visitor
from runtime.settings.console import ConsoleDoorSettings, is_own_machine

# A selection of a thousand long names, in a form.
FORM_MAX_BYTES = 262_144
_READING = frozenset({"GET", "HEAD"})
# Whoever asks may have these: nothing of anybody's stands in them.
_FOR_ALL = ("/sign-in", "/enter/", "/static/", "/livez")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Its own origin is told to a form's target, by which that knows the form for ours.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


def policy(images_from: str = "") -> str:
    """The policy of a page: everything from here, nothing inline, nobody's frame."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{images_from and ' ' + images_from}; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


class Guard:
    """ASGI middleware around all pages; puts who asks into the scope."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        door: ConsoleDoorSettings,
        who: Callable[[Scope], Visitor | None],
        images_from: str = "",
    ) -> None:
        self._app, self._who = app, who
        own = urlsplit(door.address)
        self._origin = f"{own.scheme}://{own.netloc}".lower()
        self._hosts = {_host(own.netloc)}
        self._own_machine = is_own_machine(own.hostname or "") and own.scheme == "http"
        if self._own_machine:
            self._hosts |= {_host(f"{name}:{own.port or 80}") for name in ("127.0.0.1", "localhost", "[::1]")}
        self._policy = policy(images_from)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    told.setdefault(name, value)
                told.setdefault("Content-Security-Policy", self._policy)
                told.setdefault("Cache-Control", "no-store")
            await send(message)

        path = scope["path"]
        refusal = None if path == "/livez" else self._refusal(scope, headers)
        if refusal is None:
            visitor = scope["visitor"] = self._who(scope)
            if visitor is None and not path.startswith(_FOR_ALL):
                refusal = _to_sign_in(scope)
        if refusal is not None:
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _host(hosts[0]) not in self._hosts:
            return PlainTextResponse(
                f"This console is at {self._origin}. (CONSOLE_URL names its address.)\n",
                HTTPStatus.MISDIRECTED_REQUEST,
            )
        if scope["method"] in _READING:
            return None
        if not self._is_from_here(headers, _host(hosts[0])):
            return PlainTextResponse(
                f"Nothing was done: this was sent by a page that is not of {self._origin}. Open the console there.\n",
                HTTPStatus.FORBIDDEN,
            )
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > FORM_MAX_BYTES:
            return PlainTextResponse(
                "Nothing was done: the form is too large. Select fewer.\n",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        return None

    def _is_from_here(self, headers: Headers, host: str) -> bool:
        """Whether a page of ours sent it, as every browser says in one of two ways, or in both."""
        site, origins = headers.get("sec-fetch-site"), headers.getlist("origin")
        if site is None and not origins:
            return False
        if site not in {None, "same-origin"} or len(origins) > 1:
            return False
        ours = {self._origin, *({f"http://{host}"} if self._own_machine else ())}
        return all(origin.lower() in ours for origin in origins)


def _host(netloc: str) -> str:
    """A host with its port, where it is not the usual one, in lower case."""
    return netloc.strip().lower().removesuffix(":443").removesuffix(":80")


def _to_sign_in(scope: Scope) -> Response:
    if scope["method"] not in _READING:
        return RedirectResponse("/sign-in?ended=1", HTTPStatus.SEE_OTHER)
    accept = Headers(scope=scope).get("accept", "")
    if "text/html" not in accept and accept not in {"", "*/*"}:
        return PlainTextResponse("Nobody is signed in.\n", HTTPStatus.UNAUTHORIZED)
    asked = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    return RedirectResponse(
        "/sign-in" + ("" if asked == "/" else f"?next={quote(asked, safe='')}"), HTTPStatus.SEE_OTHER
    )
