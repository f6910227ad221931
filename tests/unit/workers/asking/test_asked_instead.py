"""A callback that names its task and no image: the provider is asked before it stays a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.order import Claims
from tests.fakes.words import NOW, body, delivery, heard, kept, manifest
from tests.unit.workers.office import AWAY, Office
from workers.account import Account
from workers.keep import Keep
from workers.settle import Settle

SILENT = body(links=[""])
LETTER = layout.dead_delivery_key(NOW.date(), "evolink", delivery().id)


def _office(*answers: bytes | Exception | None) -> Office:
    """One whose settle knows that there is a key to ask with, as the composition root tells it."""
    office = Office(*answers)
    office.settle = Settle(
        office.bucket,
        office.keep,
        office.catalogue,
        office.doorbell,
        lease_s=240.0,
        asked={"evolink"} if answers else (),
    )
    return office


@pytest.fixture
def opened() -> Iterator[list[Office]]:
    offices: list[Office] = []
    yield offices
    for office in offices:
        office.catalogue.close(5)


def _letter(office: Office) -> DeadLetter:
    return DeadLetter.from_json(office.bucket.get(LETTER).body)


def test_what_a_callback_does_not_say_is_asked_for_immediately_and_takes_its_letters_place(
    opened: list[Office],
) -> None:
    office = _office(body())
    opened.append(office)
    office.take(delivery(content=SILENT, claims=Claims(label="spring")))
    assert Reason.NO_SOURCES == _letter(office).reason
    [key] = office.keys("due/")
    # Its lease is minutes: without a bell, so long nobody would ask.
    assert [key] == office.doorbell.rung
    office.asking.ask(key, office.work(key))

    [told] = office.entered()
    assert (delivery().id, "ask", body(), "spring") == (told.id, told.via, told.body, told.claims.label)
    office.settle.settle(office.keys("inbox/")[0])
    assert ([], ["completed"]) == (office.keys("dead/"), office.statuses_due())


def test_the_letter_stays_where_the_provider_knows_no_better(opened: list[Office]) -> None:
    office = _office(SILENT)
    opened.append(office)
    office.take(delivery(content=SILENT))
    while office.keys("due/"):
        office.ask()

    assert timedelta(minutes=10) <= office.now - NOW < timedelta(hours=3)
    assert ([LETTER], Reason.NO_SOURCES) == (office.keys("dead/"), _letter(office).reason)


@pytest.mark.parametrize(
    "answer", [AWAY, b"<html>Just a moment...", body(id="task-unified-1795000000-another1")]
)
def test_while_the_provider_is_away_it_is_asked_on_until_the_links_are_dead(
    opened: list[Office], answer: bytes | Exception
) -> None:
    office = _office(answer)
    opened.append(office)
    office.take(delivery(content=SILENT))
    while office.keys("due/"):
        office.ask()

    assert office.now - NOW > timedelta(hours=22)
    assert [LETTER] == office.keys("dead/")


@pytest.mark.parametrize("content", [body("completed", kind="video", type="video"), b"no json"])
def test_what_no_asking_would_better_is_not_asked_for(opened: list[Office], content: bytes) -> None:
    office = _office(body())
    opened.append(office)
    office.take(delivery(content=content))
    assert ([], 1) == (office.keys("due/"), len(office.keys("dead/")))


def test_without_a_key_nothing_is_made_due(opened: list[Office]) -> None:
    office = _office()
    opened.append(office)
    office.take(delivery(content=SILENT))
    assert ([], [LETTER]) == (office.keys("due/"), office.keys("dead/"))


def test_settled_twice_it_leaves_no_letter_beside_what_came_of_it(opened: list[Office]) -> None:
    office = _office(body())
    opened.append(office)
    office.take(delivery(content=SILENT))
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])
    _archived(office.keep, office)
    office.take(delivery(content=SILENT))
    while office.keys("due/"):
        office.ask()

    assert [] == office.keys("dead/")


def _archived(keep: Keep, office: Office) -> None:
    """As a worker ends the work that is due."""
    [key] = office.keys("due/")
    told = manifest(kept(0), notifications=(heard(1),))
    keep.commit(office.work(key).day, told, Account())
    office.bucket.delete(key)
