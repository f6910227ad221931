"""What is remembered of a ticket opens nothing that the ticket itself would not open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive import tickets
from archive.errors import TicketRefused
from archive.records.order import Claims
from receiver.known_tickets import KNOWN_MOST, KnownTickets

KEYS = tickets.read_keys(tickets.new_key("k1"))
NOW = datetime(2026, 11, 26, tzinfo=UTC)
EXPIRING = Claims(expires_unix_s=int(NOW.timestamp()) + 60)


@pytest.fixture
def known() -> KnownTickets:
    return KnownTickets(KEYS)


def test_a_ticket_that_is_known_says_what_it_said(known: KnownTickets) -> None:
    ticket = tickets.mint(EXPIRING, "evolink", KEYS)

    assert [EXPIRING] * 2 == [known.read(ticket, "evolink", NOW) for _ in range(2)]


def test_one_that_is_known_expires_all_the_same(known: KnownTickets) -> None:
    ticket = tickets.mint(EXPIRING, "evolink", KEYS)
    known.read(ticket, "evolink", NOW)

    with pytest.raises(TicketRefused, match="expired"):
        known.read(ticket, "evolink", NOW + timedelta(seconds=61))


@pytest.mark.parametrize("provider", ["fal", "evolin", "evolink.k1"])
def test_one_that_is_known_is_no_other_providers(known: KnownTickets, provider: str) -> None:
    ticket = tickets.mint(Claims(), "evolink", KEYS)
    known.read(ticket, "evolink", NOW)

    with pytest.raises(TicketRefused):
        known.read(ticket, provider, NOW)


def test_an_altered_one_is_refused_each_time(known: KnownTickets) -> None:
    ticket = tickets.mint(Claims(), "evolink", KEYS)
    known.read(ticket, "evolink", NOW)
    altered = ticket[:-1] + ("A" if ticket[-1] != "A" else "B")

    for _ in range(2):
        with pytest.raises(TicketRefused):
            known.read(altered, "evolink", NOW)


def test_no_more_are_remembered_than_there_is_room_for(known: KnownTickets) -> None:
    for second in range(KNOWN_MOST + 10):
        claims = Claims(expires_unix_s=int(NOW.timestamp()) + 1 + second)
        assert claims == known.read(tickets.mint(claims, "evolink", KEYS), "evolink", NOW)

    assert vars(known)["_signed"].cache_info().currsize == KNOWN_MOST
