"""The signed token in a callback URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import tickets
from archive.errors import SettingsRefused, TicketRefused
from archive.records.order import Claims

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OLD, NEW = tickets.new_key("k1"), tickets.new_key("k2")
KEYS = tickets.read_keys(f"{NEW},{OLD}")
CLAIMS = Claims(model="gpt-image-2", size="16:9", n=2, label="shop/summer")
TICKET = tickets.mint(CLAIMS, "evolink", KEYS)


def test_a_ticket_says_what_it_was_minted_with() -> None:
    assert CLAIMS == tickets.read(TICKET, "evolink", KEYS, NOW)


def test_a_ticket_of_the_older_key_still_holds() -> None:
    older = tickets.mint(CLAIMS, "evolink", tickets.read_keys(OLD))

    assert CLAIMS == tickets.read(older, "evolink", KEYS, NOW)


def test_a_ticket_of_a_key_that_was_taken_away_is_refused() -> None:
    with pytest.raises(TicketRefused):
        tickets.read(TICKET, "evolink", tickets.read_keys(OLD), NOW)


def test_another_providers_ticket_is_refused() -> None:
    with pytest.raises(TicketRefused):
        tickets.read(TICKET, "apiinone", KEYS, NOW)


def test_a_ticket_holds_until_it_expires_and_not_a_second_longer() -> None:
    ends = int(NOW.timestamp()) + 60
    ticket = tickets.mint(Claims(expires_unix_s=ends), "evolink", KEYS)

    assert ends == tickets.read(ticket, "evolink", KEYS, NOW + timedelta(seconds=59)).expires_unix_s
    with pytest.raises(TicketRefused):
        tickets.read(ticket, "evolink", KEYS, NOW + timedelta(seconds=60))


@given(st.integers(0, len(TICKET) - 1), st.characters())
def test_a_ticket_with_one_character_altered_is_refused(place: int, character: str) -> None:
    altered = TICKET[:place] + character + TICKET[place + 1 :]
    if altered == TICKET:
        return
    with pytest.raises(TicketRefused):
        tickets.read(altered, "evolink", KEYS, NOW)


@given(st.text(max_size=300))
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(TicketRefused):
        tickets.read(text, "evolink", KEYS, NOW)


@pytest.mark.parametrize("text", ["", "k1", "k1:short", "k 1:" + "A" * 43, "k1:" + "!" * 43])
def test_keys_that_are_none_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        tickets.read_keys(text)
    assert "TICKET_KEYS" in str(refused.value)
    assert text == "" or text[3:] == "" or text[3:] not in str(refused.value)


@pytest.mark.parametrize("label", ["shop\n", "-shop", "a b", "a" * 65, "<b>"])
def test_a_label_that_is_none_is_refused_though_the_ticket_is_signed(label: str) -> None:
    ticket = tickets.mint(Claims(label=label), "evolink", KEYS)
    with pytest.raises(TicketRefused):
        tickets.read(ticket, "evolink", KEYS, NOW)
