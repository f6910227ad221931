"""A probe: a request that goes the way of a callback, and of which nothing is kept.

    https://<public host>/callbacks/probe/<ticket>

`fixative doctor` posts one through the public address, and holds what the receiver says that it got against what
was sent. Only who has a ticket key can sign its ticket.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from archive import tickets
from archive.records.order import Claims
from archive.records.record import Record

# Where a callback URL has its provider.
PROBE = "probe"
# For whom its ticket is signed. No provider can have this name: a ticket of a probe is good for no callback, none of
# a provider's for a probe, and a receiver that knows no probes does not take one for a callback.
SIGNED_FOR = "a probe"
# Long enough for hosts whose clocks differ, and an address in a log is soon good for nothing.
LIFE = timedelta(hours=1)


class Probed(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a receiver got of a probe: how many bytes, their SHA-256 in hex, where it keeps callbacks, and its build.

    An older receiver tells no build.
    """

    bytes: int
    sha256: str
    deployment: str
    version: str = ""


def mint(keys: tickets.TicketKeys, now: datetime) -> str:
    """The ticket of one probe."""
    return tickets.mint(Claims(expires_unix_s=int((now + LIFE).timestamp())), SIGNED_FOR, keys)


def probed(body: bytes, deployment: str, version: str) -> Probed:
    """What is said of a body that came."""
    return Probed(
        bytes=len(body), sha256=hashlib.sha256(body).hexdigest(), deployment=deployment, version=version
    )
