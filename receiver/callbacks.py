"""POST /callbacks/{provider}/{ticket}: the callback URL.

202  durable, also for a duplicate and for a body that nobody can read
403  plain HTTP where HTTPS is demanded
404  a wrong, expired, altered or other provider's ticket: one answer for all
429  the same, from whom too many of them came; never for a good ticket
405  any other method            413  a body over 1 MiB            408  a body that does not arrive
503  not durable, try again at once: a fast 503 buys the provider's next try
"""

from __future__ import annotations

import logging
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from ulid import ULID

from archive import tickets
from archive.clock import Clock
from archive.delivery import Delivery
from archive.errors import TicketRefused
from archive.layout import PROVIDER
from archive.order import Claims
from receiver.acceptance import Acceptance
from receiver.body import BodyRefused, read_body
from receiver.guesses import Guesses
from receiver.networks import network_of

log = logging.getLogger(__name__)

# What may help to understand a callback later; nothing that could be a credential.
KEPT_HEADERS = ("user-agent", "x-request-id", "x-oneapi-request-id", "date")
_CONTENT_TYPE, _CONTENT_ENCODING = "content-type", "content-encoding"
# As they stand in a request, in lower case: https://asgi.readthedocs.io/en/latest/specs/www.html
_WANTED = {name.encode(): name for name in (*KEPT_HEADERS, _CONTENT_TYPE, _CONTENT_ENCODING)}
HEADER_MAX_CHARACTERS = 500


class Callbacks:
    """The endpoint, with what it needs: `body_s` bounds the arrival of the body."""

    def __init__(
        self,
        acceptance: Acceptance,
        clock: Clock,
        keys: tickets.TicketKeys,
        *,
        body_s: float,
        body_max_bytes: int,
    ) -> None:
        self._acceptance, self._clock, self._keys = acceptance, clock, keys
        self._body_s, self._body_max_bytes = body_s, body_max_bytes
        self._guesses = Guesses()

    async def post(self, request: Request) -> Response:
        """Take one callback."""
        # Not `request.url`, which is made with a stranger's Host header.
        if request.scope["scheme"] != "https":
            return PlainTextResponse("callbacks are taken over HTTPS only\n", 403)
        provider, now = request.path_params["provider"], self._clock.now()
        try:
            claims = self._claims(provider, request.path_params["ticket"], now)
        except TicketRefused as error:
            return self._refused(request, error)
        try:
            body = await read_body(request, max_bytes=self._body_max_bytes, within_s=self._body_s)
        except BodyRefused as error:
            return PlainTextResponse(error.text + "\n", error.status, headers={"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        now, headers = self._clock.now(), _headers_of(request)
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
            )
        )

    def _claims(self, provider: str, ticket: str, now: datetime) -> Claims:
        """What a good ticket says. Raises TicketRefused."""
        if not PROVIDER.fullmatch(provider):
            raise TicketRefused("no provider's name")
        return tickets.read(ticket, provider, self._keys, now)

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


def _headers_of(request: Request) -> dict[str, str]:
    """The headers that are kept, the first of each name. One walk: looking each up costs six."""
    kept: dict[str, str] = {}
    for name, value in request.scope["headers"]:
        if name in _WANTED:
            kept.setdefault(_WANTED[name], value.decode("latin-1")[:HEADER_MAX_CHARACTERS])
    return kept
