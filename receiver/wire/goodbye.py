"""The end of a connection whose client may still be sending: it had its last answer, and should be able to read it.

Who is cut off while it sends may never read what it was sent. So what still comes is taken and thrown away, unread:
until the client has closed, says nothing more for a moment, or has had its time or its share.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl

from receiver.wire.deadline import Deadline

# A round trip or a few, for the answer to arrive.
GOODBYE_S = 1.0
# Who sends nothing for this long has sent all, and reads.
QUIET_S = 0.25
# Decrypted and thrown away in that time; after that the client is not listened to.
GOODBYE_MAX_BYTES = 262_144
# What a few bytes count for, that came alone: they may have been records of TLS of a byte each.
ARRIVAL_LEAST_BYTES = 16_384


class Goodbye:
    """Begins with so many bytes that came already; the deadline is its own from now on."""

    def __init__(
        self, transport: asyncio.Transport, flow: FlowControl, deadline: Deadline, unread: int
    ) -> None:
        self._transport, self._flow, self._deadline = transport, flow, deadline
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + GOODBYE_S
        self._unread = 0  # bytes that were thrown away
        if transport.can_write_eof():  # not over TLS
            transport.write_eof()
        self.pass_over(unread)

    def pass_over(self, count: int) -> None:
        """Throw away what came."""
        self._unread += max(count, ARRIVAL_LEAST_BYTES)
        left = self._until - self._loop.time()
        if self._unread > GOODBYE_MAX_BYTES:
            self._flow.pause_reading()
            self._deadline.within(left)
        else:
            self._flow.resume_reading()
            self._deadline.within(min(QUIET_S, left))

    def late(self) -> None:
        """The deadline is over: close if the client is quiet, cut it off if it is not."""
        if self._unread > GOODBYE_MAX_BYTES or self._loop.time() >= self._until:
            self._transport.abort()
        else:
            leave(self._transport, self._deadline)


def leave(transport: asyncio.Transport, deadline: Deadline) -> None:
    """Close once all is sent; whoever does not take it in time is cut off at the deadline."""
    transport.close()
    deadline.within(GOODBYE_S)
