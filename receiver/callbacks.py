"""POST /callbacks/{provider}/{ticket}: the callback URL. POST /callbacks/probe/{ticket}: a probe of its way.

200  a probe: what came is told, and nothing is kept

202  durable, also for a duplicate and for a body that nobody can read
403  plain HTTP where HTTPS is demanded
404  a wrong, expired, altered or other provider's ticket: one answer for all
429  the same, from whom too many of them came; never for a good ticket
405  any other method            413  a body over 1 MiB            408  a body that does not arrive
503  not durable, or too many large bodies: a fast 503 buys the provider's next try
400  a body whose framing cannot be read
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from ulid import ULID

from archive.errors import TicketRefused
from archive.layout import PROVIDER
from archive.probe import SIGNED_FOR, probed
from archive.records.delivery import Delivery
from archive.records.order import Claims
from archive.store.clock import Clock
from receiver.acceptance import Acceptance
from receiver.bodies import Bodies
from receiver.client_network import network_of
from receiver.guesses import Guesses
from receiver.known_tickets import KnownTickets
from receiver.refusal import NotTaken
from runtime.heartbeat import our_build
from runtime.kept_headers import OF_ALL

log = logging.getLogger(__name__)

_CONTENT_TYPE, _CONTENT_ENCODING = "content-type", "content-encoding"
HEADER_MAX_CHARACTERS = 500

# What the ticket in a path says, or TicketRefused; and what is done with a request that was let in.
ClaimsOf = Callable[[Mapping[str, str]], Claims]
Then = Callable[[Request, Claims, bytes], Awaitable[Response]]


class Callbacks:
    """The endpoints, with what they need: probes are told the `deployment`.

    `signature_headers` are those that a provider's signature needs, in lower case: nothing is checked here. `kept_headers` are the headers that are kept of a provider's callbacks, in lower case. A provider that this
    version does not know, whose ticket a newer one minted, has those that all share.
    """

    def __init__(
        self,
        acceptance: Acceptance,
        clock: Clock,
        tickets: KnownTickets,
        bodies: Bodies,
        *,
        deployment: str,
        kept_headers: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        signature_headers: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._of_signatures = {name: _names(wanted) for name, wanted in signature_headers.items()}
        self._wanted = {name: _wanted(kept) for name, kept in kept_headers.items()}
        self._wanted_of_all = _wanted(OF_ALL)
        self._acceptance, self._clock, self._tickets, self._bodies = acceptance, clock, tickets, bodies
        self._deployment = deployment
        self._guesses = Guesses()

    async def post(self, request: Request) -> Response:
        """Take one callback."""
        return await self._take(request, self._claims, self._accept)

    async def probe(self, request: Request) -> Response:
        """Take one probe by the very way of a callback, and say what came of it."""
        return await self._take(request, self._claims_of_probe, self._tell)

    async def _take(self, request: Request, claims_of: ClaimsOf, then: Then) -> Response:
        """The way of both: the scheme, the ticket, the body; then what is done with it."""
        # Not `request.url`, which is made with a stranger's Host header.
        if request.scope["scheme"] != "https":
            return PlainTextResponse("callbacks are taken over HTTPS only\n", 403)
        try:
            claims = claims_of(request.path_params)
        except TicketRefused as error:
            return self._refused(request, error)
        try:
            body = await self._bodies.read(request)
        except NotTaken as error:
            return PlainTextResponse(error.text + "\n", error.status, headers=error.headers)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        return await then(request, claims, body)

    async def _accept(self, request: Request, claims: Claims, body: bytes) -> Response:
        provider = request.path_params["provider"]
        now, headers = (
            self._clock.now(),
            _headers_of(request, self._wanted.get(provider, self._wanted_of_all)),
        )
        return await self._acceptance.answer(
            Delivery(
                id=str(ULID.from_datetime(now)),
                received_at=now,
                provider=provider,
                body=body,
                claims=claims,
                content_type=headers.pop(_CONTENT_TYPE, None),
                content_encoding=headers.pop(_CONTENT_ENCODING, None),
                headers=headers,
                signature=_headers_of(request, self._of_signatures.get(provider, {})),
            )
        )

    async def _tell(self, _request: Request, _claims: Claims, body: bytes) -> Response:
        return Response(probed(body, self._deployment, our_build()).to_json(), media_type="application/json")

    def _claims(self, told: Mapping[str, str]) -> Claims:
        """What a good ticket says. Raises TicketRefused."""
        if not PROVIDER.fullmatch(told["provider"]):
            raise TicketRefused("no provider's name")
        return self._tickets.read(told["ticket"], told["provider"], self._clock.now())

    def _claims_of_probe(self, told: Mapping[str, str]) -> Claims:
        return self._tickets.read(told["ticket"], SIGNED_FOR, self._clock.now())

    def _refused(self, request: Request, error: TicketRefused) -> Response:
        """The answer to a bad ticket, before a byte of its body is read."""
        network = network_of(request.client.host if request.client else None)
        wait_s = self._guesses.wait_s(network)
        if wait_s:
            return PlainTextResponse("too many wrong tickets\n", 429, headers={"Retry-After": str(wait_s)})
        log.info("callback refused: network=%s: %s", network, error)
        return not_found()


def not_found() -> Response:
    """The one answer for everything that is not here."""
    return PlainTextResponse("not found\n", 404)


def _wanted(kept: tuple[str, ...]) -> Mapping[bytes, str]:
    """Names as they stand in a request, in lower case: https://asgi.readthedocs.io/en/latest/specs/www.html."""
    return _names((*kept, _CONTENT_TYPE, _CONTENT_ENCODING))


def _names(wanted: tuple[str, ...]) -> Mapping[bytes, str]:
    """Headers by their names as bytes."""
    return {name.encode(): name for name in wanted}


def _headers_of(request: Request, wanted: Mapping[bytes, str]) -> dict[str, str]:
    """The headers that are kept, the first of each name. One walk: looking each up costs six."""
    kept: dict[str, str] = {}
    if not wanted:
        return kept
    for name, value in request.scope["headers"]:
        if name in wanted:
            kept.setdefault(wanted[name], value.decode("latin-1")[:HEADER_MAX_CHARACTERS])
    return kept
