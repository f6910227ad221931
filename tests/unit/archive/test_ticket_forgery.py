"""Tickets that somebody altered, however they altered them. A million: TICKETS=1000000 pytest <this file>."""

from __future__ import annotations

import base64
import os
import random
import string
from collections.abc import Callable
from datetime import UTC, datetime

from archive import tickets
from archive.errors import TicketRefused
from archive.records.order import Claims

# A few seconds of `make test`.
TICKETS = int(os.environ.get("TICKETS", "200000"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = tickets.read_keys(f"{tickets.new_key('k2')},{tickets.new_key('k1')}")
SOUND = [
    tickets.mint(claims, "evolink", KEYS)
    for claims in (
        Claims(),
        Claims(model="gpt-image-2", label="shop/summer"),
        Claims(expires_unix_s=4_000_000_000),
    )
]
LETTERS = string.ascii_letters + string.digits + "-_.=+/ \n\0é"

Alter = Callable[[random.Random, str], str]


def changed(chance: random.Random, ticket: str) -> str:
    place = chance.randrange(len(ticket))
    return ticket[:place] + chance.choice(LETTERS) + ticket[place + 1 :]


def cut(chance: random.Random, ticket: str) -> str:
    return ticket[chance.randrange(3) : len(ticket) - chance.randrange(4)]


def grown(chance: random.Random, ticket: str) -> str:
    place = chance.randrange(len(ticket) + 1)
    return ticket[:place] + chance.choice(LETTERS) * chance.randrange(1, 4) + ticket[place:]


def parts_mixed(chance: random.Random, ticket: str) -> str:
    others = [part.split(".") for part in (ticket, chance.choice(SOUND), chance.choice(SOUND))]
    chance.shuffle(others)
    return ".".join(other[place] for place, other in enumerate(others))


def other_claims(chance: random.Random, ticket: str) -> str:
    key_id, _, mac = ticket.split(".")
    claims = Claims(n=chance.randrange(1, 100), label=f"l{chance.randrange(1000)}").to_json()
    return f"{key_id}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{mac}"


def other_key(chance: random.Random, ticket: str) -> str:
    return f"{chance.choice(['k1', 'k2', 'K2', 'k', '', 'k2 '])}.{ticket.partition('.')[2]}"


def other_mac(chance: random.Random, ticket: str) -> str:
    mac = base64.urlsafe_b64encode(chance.randbytes(32)).rstrip(b"=").decode()
    return f"{ticket.rpartition('.')[0]}.{mac}"


def last_bits(chance: random.Random, ticket: str) -> str:
    """The last character holds four bits of the digest and two that mean nothing."""
    return ticket[:-1] + chance.choice(string.ascii_letters + string.digits + "-_")


ALTERATIONS: tuple[Alter, ...] = (
    changed, cut, grown, parts_mixed, other_claims, other_key, other_mac, last_bits,
)  # fmt: skip


def test_no_altered_ticket_is_accepted() -> None:
    chance = random.Random(20261121)
    accepted = []
    tried = 0
    while tried < TICKETS:
        ticket = chance.choice(SOUND)
        for _ in range(chance.choice((1, 1, 2, 3))):
            ticket = chance.choice(ALTERATIONS)(chance, ticket) if ticket.count(".") == 2 else ticket
        if ticket in SOUND:
            continue
        tried += 1
        try:
            tickets.read(ticket, "evolink", KEYS, NOW)
        except TicketRefused:
            continue
        accepted.append(ticket)

    assert [] == accepted


def test_a_sound_ticket_is_no_other_providers() -> None:
    for provider in ("apiinone", "evolin", "evolink2", "", "evolink.k2", "Evolink"):
        for ticket in SOUND:
            try:
                tickets.read(ticket, provider, KEYS, NOW)
            except TicketRefused:
                continue
            raise AssertionError(provider)
