"""uvicorn's HTTP protocol with the deadlines and limits that it lacks.

reading a header    `header_s` from the first byte, or from the connection     else 408, or closed if nothing came
                    32 KiB and 100 fields                                      else 431
reading a body      a little longer than the endpoint's own deadline           else closed
                    twice the largest body with its chunks' frames             else closed
answering           a client that does not take its answer                     closed
idle                `idle_s` until the next request                            else closed
pipelining          8 requests that wait for an answer                         else closed

uvicorn has none of these for httptools: it accepted a header of 21 MB and waited without end for the rest of one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from receiver.guests import Guest, Guests

# What common servers take for all fields together (nginx: 32 KiB) and for their number (Apache: 100).
HEADER_MAX_BYTES = 32_768
HEADER_MAX_FIELDS = 100
# No provider pipelines; a proxy may keep a request or two on their way.
PIPELINED_MOST = 8
# After the endpoint's own deadline for a body, so that its 408 is what the client reads.
BODY_SLACK_S = 1.0
# An answer is a few hundred bytes; who does not take it is no client.
ANSWER_S = 30.0
# For a last answer to be read before the connection is cut; what still comes is decrypted and thrown away.
GOODBYE_S = 1.0
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a client may take, and how much it may send."""

    header_s: float
    body_s: float
    idle_s: float
    body_max_bytes: int


class Phase(Enum):
    """What is expected of the client."""

    HEADER = auto()
    BODY = auto()
    NOTHING = auto()  # its request is here, the answer is ours to give
    IDLE = auto()


class BoundedProtocol(HttpToolsProtocol):
    """One connection that cannot cost more than it may."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        guest: Guest,
        guests: Guests,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._guest, self._guests, self._limits = guest, guests, limits
        self._phase = Phase.HEADER
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._header_bytes = 0  # of the fields that were parsed
        self._fields = 0
        self._unparsed = 0  # bytes since the last phase began

    # what the loop tells --------------------------------------------------------------------
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a header."""
        super().connection_made(transport)
        self._enter(Phase.HEADER)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the guest."""
        self._guests.leaves(self._guest)
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, within the limits."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEADER)
        self._unparsed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # no other protocol is spoken here: the request is answered as it stands
        except httptools.HttpParserError:
            self._refuse(431 if self._header_is_long() else 400)
            return
        if self._phase is Phase.HEADER and self._unparsed > HEADER_MAX_BYTES:
            self._refuse(431)
        elif self._phase is Phase.BODY and self._unparsed > self._wire_most():
            self.transport.abort()

    # what the parser tells ------------------------------------------------------------------
    def on_message_begin(self) -> None:
        """Begin a request, if not too many wait already."""
        if len(self.pipeline) >= PIPELINED_MOST:
            raise OverflowError("too many requests wait")  # the parser stops here
        self._header_bytes = self._fields = 0
        if self._phase is not Phase.HEADER:
            self._enter(Phase.HEADER)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the header; those after a chunked body are counted and dropped."""
        self._fields += 1
        self._count(len(name) + len(value) + len(b": \r\n"))
        if self._phase is Phase.HEADER:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Serve the request while its body comes."""
        self._enter(Phase.BODY)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is here."""
        super().on_message_complete()
        self._enter(Phase.IDLE if self.cycle.response_complete else Phase.NOTHING)

    def on_response_complete(self) -> None:
        """An answer has left; so does who sends a body that nobody reads."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._guests.waits(self._guest)
        if self.transport.is_closing() or self._phase is Phase.BODY:
            self._watch(GOODBYE_S)
        elif self._phase is Phase.NOTHING and self.cycle.response_complete:
            self._enter(Phase.IDLE)

    # the limits -----------------------------------------------------------------------------
    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._unparsed = 0
        match phase:
            case Phase.HEADER:
                self._watch(self._limits.header_s)
            case Phase.BODY:
                self._watch(self._limits.body_s + BODY_SLACK_S)
            case Phase.NOTHING:
                self._guests.is_served(self._guest)
                self._watch(ANSWER_S)
            case Phase.IDLE:
                self._guests.waits(self._guest)
                self._watch(self._limits.idle_s)

    def _watch(self, within_s: float) -> None:
        """Set the deadline. A timer that goes off before it is set anew then, so that a request costs none."""
        self._deadline = self.loop.time() + within_s
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # uvloop counts milliseconds, and of less than half of one it makes no timer that could be asked for its time.
        within_s = max(self._deadline - self.loop.time(), _LEAST_S)
        self._timer = self.loop.call_later(within_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self.loop.time() < self._deadline:
            self._set_timer()
        else:
            self._too_late()

    def _too_late(self) -> None:
        began = self._phase is Phase.HEADER and self._unparsed > 0
        if began and not self.transport.is_closing():
            self._refuse(408)
        else:
            self.transport.abort()

    def _count(self, count: int) -> None:
        self._header_bytes += count
        if self._header_is_long():
            raise OverflowError("the header is too long")  # the parser stops here

    def _header_is_long(self) -> bool:
        return self._header_bytes > HEADER_MAX_BYTES or self._fields > HEADER_MAX_FIELDS

    def _wire_most(self) -> int:
        """What a body may take on the wire: frames of chunks are counted, of one byte each they would be endless."""
        return 2 * self._limits.body_max_bytes + HEADER_MAX_BYTES

    def _refuse(self, status: int) -> None:
        """Answer and close; into an answer that is on its way nothing can be said."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
            return
        self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        self._watch(GOODBYE_S)
