"""One HTTP request to a callback URL, raw."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from archive.order import Claims
from archive.record import Record

# By which door a delivery came. "replay" stands in stored records alone: until it was seen that a replay must not
# hide the door, one wrote it in its place.
Via = Literal["callback", "ask", "order", "replay"]


class Replay(Record, frozen=True, kw_only=True):
    """Who made something due again, when and why; `id` is the origin of the work that follows."""

    id: str
    at: datetime
    who: str
    why: str = ""

    @property
    def identity(self) -> str:
        """Its id."""
        return self.id


class Delivery(Record, frozen=True, kw_only=True):
    """One request to a callback URL as it came: nothing of it is interpreted.

    `id` is a ULID; `body` stands in JSON as base64, so any bytes survive. What it is follows from `via`, which
    our own code writes where it takes it in, and from no header: those are the sender's. `replay` says who made
    it due again; the door stays.
    """

    schema: Literal[1] = 1
    id: str
    received_at: datetime
    provider: str
    body: bytes
    claims: Claims = Claims()
    via: Via = "callback"
    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    replay: Replay | None = None

    @property
    def identity(self) -> str:
        """Its id."""
        return self.id
