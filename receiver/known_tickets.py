"""Tickets that were found good, remembered: nearly every callback comes by one that came before.

A ticket and its provider say the same as long as the keys are the same, and a process has its keys for life; only
whether it has expired is asked each time. Those that are wrong are not remembered, so a stranger can push nobody out.
"""

from __future__ import annotations

import functools
from datetime import datetime
from functools import partial

from archive import tickets
from archive.records.order import Claims

# One URL for each provider, or one for each order of the last minutes; of 1,500 characters at most.
KNOWN_MOST = 1024


class KnownTickets:
    """Reads tickets with these keys."""

    def __init__(self, keys: tickets.TicketKeys) -> None:
        self._signed = functools.lru_cache(KNOWN_MOST)(partial(tickets.signed, keys=keys))

    def read(self, ticket: str, provider: str, now: datetime) -> Claims:
        """What a good ticket says. Raises TicketRefused."""
        claims = self._signed(ticket, provider)
        tickets.refuse_expired(claims, now)
        return claims
