"""One HTTP request to a callback URL, raw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from msgspec import field

from archive.records.bounds import Text, Whole
from archive.records.ids import DeliveryId, Moment, Origin, ProviderName
from archive.records.order import Claims
from archive.records.record import Record, decoder_of

# By which door a delivery came. "replay" stands in stored records alone: until it was seen that a replay must not
# hide the door, one wrote it in its place.
Via = Literal["callback", "ask", "order", "replay"]


# A user and a host; what a person says of a replay: 500 characters.
WHO_MAX_BYTES = 256
WHY_MAX_BYTES = 2_048


# A body of 1 MiB (BODY_MAX_BYTES, as it is by default) in base64.
BODY_JSON_MAX_BYTES = 1_398_104
# Four headers and two more, of 500 characters each, whatever characters (receiver/callbacks.py).
HEADER_MAX_BYTES = 3_000
HEADERS_MAX_BYTES = 4 * (HEADER_MAX_BYTES + 64)
# Four headers that a signature needs: an id, an account, a time, and some signatures.
SIGNATURE_MAX_BYTES = 4 * (HEADER_MAX_BYTES + 64)
# `traceparent` of https://www.w3.org/TR/trace-context/, version 0: 55 characters. Whoever reads it passes over any other.
TRACE_MAX_BYTES = 64
Trace = Annotated[str, Text(TRACE_MAX_BYTES)]
Header = Annotated[str, Whole(HEADER_MAX_BYTES)]


class Replay(Record, frozen=True, kw_only=True):
    """Who made something due again, when and why; `id` is the origin of the work that follows."""

    id: Origin
    at: Moment
    who: Annotated[str, Text(WHO_MAX_BYTES)]
    why: Annotated[str, Text(WHY_MAX_BYTES)] = ""

    @property
    def identity(self) -> str:
        """Its id."""
        return self.id


class Delivery(Record, frozen=True, kw_only=True):
    """One request to a callback URL as it came: nothing of it is interpreted.

    `id` is a ULID; `body` stands in JSON as base64, so any bytes survive. What it is follows from `via`, which
    our own code writes where it takes it in, and from no header: those are the sender's. `replay` says who made
    it due again; the door stays. `signature` are the headers that its provider's signature needs, as they came: whoever settles it
    checks them over these very bytes. `trace` is the trace that is made of its way, where traces are wanted.
    """

    schema: Literal[1] = 1
    id: DeliveryId
    received_at: Moment
    provider: ProviderName
    body: Annotated[bytes, Whole(BODY_JSON_MAX_BYTES)]
    claims: Claims = Claims()
    via: Via = "callback"
    content_type: Header | None = None
    content_encoding: Header | None = None
    headers: Annotated[dict[str, str], Whole(HEADERS_MAX_BYTES)] = field(default_factory=dict)
    signature: Annotated[dict[str, str], Whole(SIGNATURE_MAX_BYTES)] = field(default_factory=dict)
    replay: Replay | None = None
    trace: Trace | None = None

    @property
    def identity(self) -> str:
        """Its id."""
        return self.id


class Accepted(msgspec.Struct):
    """Of a delivery in a batch what the log says: no more of it is read."""

    id: DeliveryId
    provider: ProviderName
    via: Via = "callback"
    trace: str | None = None


def accepted_in(batch: bytes) -> Iterator[Accepted]:
    """The deliveries in a batch; a line that is none is passed over."""
    for line in batch.split(b"\n"):
        with suppress(msgspec.MsgspecError):
            yield decoder_of(Accepted).decode(line)
