"""One connection: a request, its answer, the next request; with deadlines and limits on each.

reading a header    `header_s` from the first byte, or from the connection     else 408, or closed if there was none
                    from a trusted proxy's connection: as if it were idle
                    32 KiB and 100 fields                                      else 431
reading a body      a little longer than the endpoint's own deadline           else closed
answering           a client that does not take its answer                     closed, earlier where its place is needed
idle                `idle_s` until the next request                            else closed

A request is read when the one before it is answered, so each has its answer in its turn, and none is read after one
whose end is in doubt: the answer to that is the last. What comes too early waits, a little of it; then the client
is not listened to until its turn.

Where a header ends is seen here, what it says in `receiver/wire/header.py`, where its body ends in `receiver/wire/framing.py`,
and how a connection ends in `receiver/wire/goodbye.py`. uvicorn's own protocol lets httptools do the first three for
whatever comes; that cannot be told to go on with a body after `Upgrade`, nor to stop (docs/decisions/0013).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from receiver.refusal import NotTaken
from receiver.wire.deadline import Deadline
from receiver.wire.exchange import Exchange, scope_of
from receiver.wire.framing import Framing, LengthTold
from receiver.wire.goodbye import Goodbye, leave
from receiver.wire.guests import Guest, Guests
from receiver.wire.header import END, HEADER_MAX_BYTES, Header, read_header

# What may come before its turn: of a body that its endpoint does not read yet, or of requests after this one.
AHEAD_MAX_BYTES = 65_536
# Answers that a client does not take: so much in our memory, and in the system again. One has a few hundred bytes;
# over TLS, half a megabyte would be kept for each of a thousand clients.
UNTAKEN_MAX_BYTES = 16_384
# After the endpoint's own deadline for a body, so that its 408 is what the client reads.
BODY_SLACK_S = 1.0
# An answer is a few hundred bytes; who does not take it is no client.
ANSWER_S = 30.0
_EMPTY_LINES = re.compile(rb"(?:\r\n)*")
_HALF_A_LINE_BREAK = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """How long a client may take."""

    header_s: float
    body_s: float
    idle_s: float


class Phase(Enum):
    """What is expected of the client."""

    HEADER = auto()
    BODY = auto()
    NOTHING = auto()  # its request is here, the answer is ours to give
    IDLE = auto()


class BoundedProtocol(asyncio.Protocol):
    """One connection that cannot cost more than it may."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        guest: Guest,
        guests: Guests,
        limits: ConnectionLimits,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._app, self._server, self._app_state = config.loaded_app, server_state, app_state
        self._guest, self._guests, self._limits = guest, guests, limits
        self._deadline = Deadline(self._loop, self._too_late)
        self._came = bytearray()  # and not taken yet
        self._looked_at = 0  # of these, for the end of a header
        self._empty = 0  # bytes of empty lines before a request
        self._exchange: Exchange | None = None
        self._goodbye: Goodbye | None = None
        self._nothing_more = False  # the client has closed, or its half of the connection

    # what the loop tells --------------------------------------------------------------------
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a header; for that of a trusted proxy as between two requests."""
        self._transport, self._flow = transport, FlowControl(transport)
        transport.set_write_buffer_limits(UNTAKEN_MAX_BYTES)
        if is_ssl(transport):
            transport.set_read_buffer_limits(AHEAD_MAX_BYTES)  # type: ignore[attr-defined]  # both loops' have it
        # uvicorn ends what is in here when it stops.
        self._server.connections.add(self)  # type: ignore[arg-type]
        self._tls = is_ssl(transport)
        self._us, self._client = get_local_addr(transport), get_remote_addr(transport)
        # A balancer may open a connection before it has a request for it, and then takes it for alive as any other.
        self._enter(Phase.HEADER if self._guest.one_of_many else Phase.IDLE)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget the guest."""
        self._server.connections.discard(self)
        self._guests.leaves(self._guest)
        self._deadline.cancel()
        self._nothing_more = True
        if self._exchange is not None:
            self._exchange.break_off()
            self._exchange = None
        self._flow.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read what came, if it is its turn."""
        if self._goodbye is not None:
            self._goodbye.pass_over(len(data))
            return
        self._came += data
        if self._exchange is None:
            self._look_for_a_header()
            return
        self._exchange.message_event.set()
        if len(self._came) > AHEAD_MAX_BYTES:
            self._flow.pause_reading()

    def eof_received(self) -> bool:
        """Whether the connection stays: for an answer that is awaited, where one half of it can be closed."""
        self._nothing_more = True
        if self._tls or self._exchange is None or self._goodbye is not None:
            return False
        self._exchange.message_event.set()
        return True

    def pause_writing(self) -> None:
        """The client does not take its answers: it may be sent away for somebody who does."""
        self._flow.pause_writing()
        self._guests.waits(self._guest)

    def resume_writing(self) -> None:
        """It does again."""
        self._flow.resume_writing()
        if self._exchange is not None and self._phase is Phase.NOTHING:
            self._guests.is_served(self._guest)

    # what uvicorn and an exchange ask -------------------------------------------------------
    def shutdown(self) -> None:
        """Finish what is being answered."""
        if self._exchange is None or self._exchange.response_complete:
            self._transport.close()
        else:
            self._exchange.keep_alive = False

    def write(self, data: bytes) -> None:
        """Send a part of the answer."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport.is_closing()

    def has_ended(self) -> bool:
        """Whether nothing more can come."""
        return self._nothing_more

    def body_of(self, framing: Framing) -> bytes:
        """What has come of the body; from now on its client is listened to. Raises NotTaken."""
        data = framing.take(self._came)
        if not framing.ended:
            self._listen()
        elif self._phase is Phase.BODY:
            self._enter(Phase.NOTHING)
        return data

    def close(self) -> None:
        """Serve no more requests; what was sent still arrives."""
        framing = self._exchange.framing if self._exchange is not None else None
        if isinstance(framing, LengthTold):
            framing.take(self._came)  # nobody asked for it, but it is known where it ends
        unread, self._came = len(self._came), bytearray()
        self._guests.waits(self._guest)
        if framing is not None and framing.ended and not unread:
            leave(self._transport, self._deadline)
        elif self._goodbye is None and not self._transport.is_closing():
            self._goodbye = Goodbye(self._transport, self._flow, self._deadline, unread)

    # a request after the other --------------------------------------------------------------
    def _look_for_a_header(self) -> None:
        """Begin with the request that is here, if it is whole."""
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEADER)
        try:
            self._pass_over_empty_lines()
            raw = self._whole_header()
            if raw is not None:
                self._begin(read_header(raw))
        except NotTaken as refused:
            self._refuse(refused.status, refused.text)

    def _pass_over_empty_lines(self) -> None:
        # https://www.rfc-editor.org/rfc/rfc9112#section-2.2
        if self._came.startswith(b"\r\n"):
            empty = _EMPTY_LINES.match(self._came)
            assert empty  # it matches nothing too
            self._empty += empty.end()
            del self._came[: empty.end()]
            if self._empty > HEADER_MAX_BYTES:
                raise NotTaken(431, "the header is too long")

    def _whole_header(self) -> bytes | None:
        """The header, taken from what came, once all of it is here. Raises NotTaken."""
        end = self._came.find(END, max(0, self._looked_at - len(END) + 1))
        if end >= 0:
            raw = bytes(self._came[: end + len(END)])
            del self._came[: len(raw)]
            self._looked_at = self._empty = 0
            return raw
        if len(self._came) + self._empty > HEADER_MAX_BYTES:
            raise NotTaken(431, "the header is too long")
        if _HALF_A_LINE_BREAK.search(self._came, max(0, self._looked_at - 1)):
            raise NotTaken(400, "a line of the header ends in half a line break")
        self._looked_at = len(self._came)
        return None

    def _begin(self, header: Header) -> None:
        framing = header.framing
        here = isinstance(framing, LengthTold) and len(self._came) >= framing.left
        scope = scope_of(header, self._us, self._client, self._app_state, tls=self._tls, here=here)
        headers = self._server.default_headers
        self._exchange = exchange = Exchange(header, scope, self, self._flow, headers, self._answered)
        self._enter(Phase.NOTHING if header.framing.ended else Phase.BODY)
        task = self._loop.create_task(exchange.run_asgi(self._app))
        task.add_done_callback(self._server.tasks.discard)
        self._server.tasks.add(task)

    def _answered(self) -> None:
        """The answer has left; now it is the next request's turn."""
        self._server.total_requests += 1
        if self._goodbye is not None or self._transport.is_closing():
            return
        self._exchange = None
        self._enter(Phase.IDLE)
        self._listen()
        if self._came:
            self._look_for_a_header()
        if self._nothing_more and self._exchange is None:
            leave(self._transport, self._deadline)

    def _refuse(self, status: int, text: str) -> None:
        """Answer what is no request, and read nothing more: nobody knows where it ends."""
        self._guests.refused(status)
        said = text.encode() + b"\n"
        self._transport.write(
            b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (STATUS_LINE[status], len(said), said)
        )
        self.close()

    # the limits -----------------------------------------------------------------------------
    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        match phase:
            case Phase.HEADER:
                self._deadline.within(self._limits.header_s)
            case Phase.BODY:
                self._deadline.within(self._limits.body_s + BODY_SLACK_S)
            case Phase.NOTHING:
                # Who does not take its answers may be sent away, whatever it asks for next.
                if not self._flow.write_paused:
                    self._guests.is_served(self._guest)
                self._deadline.within(ANSWER_S)
            case Phase.IDLE:
                self._guests.waits(self._guest)
                self._deadline.within(self._limits.idle_s)

    def _too_late(self) -> None:
        if self._goodbye is not None and not self._transport.is_closing():
            self._goodbye.late()
        elif self._phase is Phase.HEADER and self._came and not self._transport.is_closing():
            self._refuse(408, "the header did not arrive in time")
        else:
            self._transport.abort()

    def _listen(self) -> None:
        """Let more come, unless there is enough to do."""
        if len(self._came) <= AHEAD_MAX_BYTES and not self._transport.is_closing():
            self._flow.resume_reading()
