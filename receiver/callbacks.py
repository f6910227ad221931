"""POST /callbacks/{provider}/{ticket}: the callback URL.

202  durable, also for a duplicate and for a body that nobody can read
403  plain HTTP where HTTPS is demanded
404  a wrong, expired, altered or other provider's ticket: one answer for all
405  any other method            413  a body over 1 MiB            408  a body that does not arrive
503  not durable, try again at once: a fast 503 buys the provider's next try
"""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from ulid import ULID

from archive import tickets
from archive.clock import Clock
from archive.delivery import Delivery
from archive.errors import FixativeError, TicketRefused
from archive.layout import PROVIDER
from receiver.body import BodyRefused, read_body
from receiver.inbox import Inbox

log = logging.getLogger(__name__)

# What may help to understand a callback later; nothing that could be a credential.
KEPT_HEADERS = ("user-agent", "x-request-id", "x-oneapi-request-id", "date")
HEADER_MAX_CHARACTERS = 500


class Callbacks:
    """The endpoint, with what it needs: `accept_s` bounds the commit, `body_s` the arrival of the body."""

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        keys: tickets.TicketKeys,
        *,
        accept_s: float,
        body_s: float,
        body_max_bytes: int,
    ) -> None:
        self._inbox, self._clock, self._keys = inbox, clock, keys
        self._accept_s, self._body_s, self._body_max_bytes = accept_s, body_s, body_max_bytes

    async def post(self, request: Request) -> Response:
        """Take one callback."""
        if request.url.scheme != "https":
            return PlainTextResponse("callbacks are taken over HTTPS only\n", 403)
        provider = request.path_params["provider"]
        if not PROVIDER.fullmatch(provider):
            return not_found()
        try:
            claims = tickets.read(request.path_params["ticket"], provider, self._keys, self._clock.now())
        except TicketRefused as error:
            log.info("callback refused: %s", error)
            return not_found()
        try:
            body = await read_body(request, max_bytes=self._body_max_bytes, within_s=self._body_s)
        except BodyRefused as error:
            return PlainTextResponse(error.text + "\n", error.status, headers={"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        now = self._clock.now()
        return await self._accept(
            Delivery(
                id=str(ULID.from_datetime(now)),
                received_at=now,
                provider=provider,
                body=body,
                claims=claims,
                content_type=_short(request, "content-type"),
                content_encoding=_short(request, "content-encoding"),
                headers={
                    name: value for name in KEPT_HEADERS if (value := _short(request, name)) is not None
                },
            )
        )

    async def _accept(self, delivery: Delivery) -> Response:
        try:
            async with asyncio.timeout(self._accept_s):
                # Shielded: the line is committed even if nobody waits for it any more.
                await asyncio.shield(asyncio.wrap_future(self._inbox.accept(delivery)))
        except TimeoutError:
            log.warning("delivery %s: not durable within %g s", delivery.id, self._accept_s)
        except FixativeError as error:
            log.warning("delivery %s: not durable: %s", delivery.id, error)
        else:
            return JSONResponse({"accepted": delivery.id}, 202)
        return PlainTextResponse("not durable yet, try again\n", 503, headers={"Retry-After": "1"})


def not_found() -> Response:
    """The one answer for everything that is not here."""
    return PlainTextResponse("not found\n", 404)


def _short(request: Request, name: str) -> str | None:
    value = request.headers.get(name)
    return None if value is None else value[:HEADER_MAX_CHARACTERS]
