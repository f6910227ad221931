"""How a request came: over HTTPS or not, and from whom. A proxy that is believed says it of its clients.

In place of uvicorn's own middleware, which takes `https, https` and `HTTPS` for plain HTTP, compares mapped
addresses with unmapped ones, and leaves nobody a word of why callbacks are answered 403.
https://github.com/Kludex/uvicorn/blob/main/uvicorn/middleware/proxy_headers.py
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.addresses import Network, read_address, read_network
from receiver.client_network import NO_ADDRESS
from runtime.proxies import FORWARDED_FOR, FORWARDED_PROTO, Proxies, came_over_https
from runtime.seldom import Seldom

log = logging.getLogger(__name__)

NOBODY_CAN_CALL = (
    "every callback will be answered 403: this receiver has no TLS of its own and believes no proxy. Set TLS_CERT and "
    "TLS_KEY, or set TRUSTED_PROXIES to the address of the proxy that ends TLS"
)
_FORBIDDEN = 403
# This host, its links and private networks, where proxies of one's own are.
_NEAR = tuple(
    map(
        read_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
         "::1", "fc00::/7", "fe80::/10"),
    )
)  # fmt: skip
_SHOWN_MOST_CHARACTERS = 100


class Arrival:
    """Middleware: writes scheme and client into the scope, and says in the log why a request was refused for them."""

    def __init__(self, app: ASGIApp, trusted: Iterable[Network]) -> None:
        self._app, self._proxies = app, Proxies(trusted)
        self._seldom = Seldom(log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the lifespan."""
        if scope["type"] == "http":
            peer = scope["client"][0] if scope.get("client") else None
            believed = self._proxies.believes(peer)
            if believed:
                self._believe(scope)
            if scope["scheme"] != "https":
                send = self._watched(send, scope, peer, believed=believed)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        over_https = came_over_https(_values(scope, FORWARDED_PROTO))
        if over_https is not None:
            scope["scheme"] = "https" if over_https else "http"
        client = self._proxies.client_of(_values(scope, FORWARDED_FOR))
        if client is not None:
            scope["client"] = (client, 0)

    def _watched(self, send: Send, scope: Scope, peer: str | None, *, believed: bool) -> Send:
        """Tell the log once the answer is known: health checks over plain HTTP are welcome."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _FORBIDDEN:
                proto = b", ".join(_values(scope, FORWARDED_PROTO)).decode("latin-1")
                kind, why, mend = _complaint(peer, proto, believed=believed)
                self._seldom.tell(logging.WARNING, kind, f"refused with 403, not HTTPS: {why}. {mend}")
            await send(message)

        return watched


def _complaint(peer: str | None, proto: str, *, believed: bool) -> tuple[str, str, str]:
    """The kind of a refusal, why it was, and what to set.

    A kind has its turn now and then: of strangers from anywhere there is one, so that they cannot fill the log,
    and another of neighbours, so that they cannot hide what concerns a proxy of one's own.
    """
    name, near = _name_of(peer)
    shown = proto[:_SHOWN_MOST_CHARACTERS]
    if believed and proto:
        return (
            "proto",
            f"the proxy {name} says X-Forwarded-Proto {shown!r}",
            "A hop before it was plain HTTP, or a client wrote into the field: let it be set anew to https where TLS ends",
        )
    if believed:
        return (
            "no proto",
            f"the proxy {name} says no X-Forwarded-Proto, and came over plain HTTP itself",
            "Let it set X-Forwarded-Proto to https (Forwarded is not read)",
        )
    where = "near" if near else "far"
    if proto:
        return (
            f"unknown proxy, {where}",
            f"{name} says X-Forwarded-Proto {shown!r} and is none of TRUSTED_PROXIES",
            f"If it is the proxy that ends TLS, set TRUSTED_PROXIES={name}, or its network",
        )
    return (
        f"plain, {where}",
        f"plain HTTP from {name}, with no X-Forwarded-Proto",
        "Set TLS_CERT and TLS_KEY here, or let the proxy that ends TLS set the field and name it in TRUSTED_PROXIES",
    )


def _name_of(peer: str | None) -> tuple[str, bool]:
    """A peer as it is logged, and whether it is of this host or a private network."""
    try:
        address = read_address(peer or "")
    except ValueError:
        return NO_ADDRESS, True  # a Unix socket
    return str(address), any(address in network for network in _NEAR)


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for field, value in scope["headers"] if field == name]
