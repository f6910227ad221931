"""Orders: kept, and due to be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.order import Claims as TicketClaims
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.told_order import ORDER_TYPE
from archive.records.work import Work
from tests.fakes.words import NOW, TASK, body
from tests.unit.workers.office import ORDER, Office, offices, told

REPLAY = Replay(id="replay-1", at=NOW, who="ops@host")


@pytest.fixture
def office() -> Iterator[Office]:
    """One that cannot ask."""
    yield from offices()


def test_an_order_is_kept_without_its_ticket_and_due_to_be_asked_for(office: Office) -> None:
    office.take(told())

    record = OrderRecord.from_json(office.bucket.get(ORDER).body)
    assert (
        Order(model="gpt-image-2", prompt="a lighthouse", size="1024x1536", n=2, label="spring"),
        NOW,
    ) == (
        record.order,
        record.told_at,
    )
    [key] = office.keys("due/")
    work = Work.from_json(office.bucket.get(key).body)
    assert (NOW + timedelta(seconds=600), "ask") == (
        layout.read_due_key(key).when,
        layout.read_due_key(key).origin,
    )
    assert ("ask", NOW + timedelta(hours=24)) == (work.kind, work.expires_at)
    everywhere = b"".join(stored.body for stored in office.bucket.objects.values())
    assert b"ticket" not in everywhere
    assert b"lighthouse" not in office.bucket.get(key).body


def test_settling_an_order_twice_and_telling_it_again_writes_the_same(office: Office) -> None:
    office.take(told())
    before = dict(office.bucket.objects)
    office.take(told())
    office.now += timedelta(minutes=1)
    office.take(told(2))

    assert before == office.bucket.objects


def test_of_two_orders_the_first_holds_and_the_other_is_a_dead_letter(office: Office) -> None:
    office.take(told())
    office.take(told(2, size="1:1"))

    record = OrderRecord.from_json(office.bucket.get(ORDER).body)
    [key] = office.keys("dead/")
    assert ("1024x1536", Reason.BAD_ORDER) == (
        record.order.size,
        DeadLetter.from_json(office.bucket.get(key).body).reason,
    )


@pytest.mark.parametrize("wrong", [{"n": "two"}, {"n": 0}, {"model": 7}, {"image_urls": [None]}])
def test_an_order_that_cannot_be_read_is_a_dead_letter_and_nothing_is_due(
    office: Office, wrong: dict[str, Any]
) -> None:
    office.take(told(**wrong))

    [key] = office.keys("dead/")
    letter = DeadLetter.from_json(office.bucket.get(key).body)
    assert (Reason.BAD_ORDER, TASK) == (letter.reason, letter.task_id)
    assert [] == office.keys("due/") == office.keys("orders/")


def test_an_order_that_is_replayed_after_its_reader_was_mended_takes_its_letter_along(office: Office) -> None:
    office.take(told(n="two"))
    office.take(structs.replace(told(), replay=REPLAY))

    assert [] == office.keys("dead/")
    assert [ORDER] == office.keys("orders/")


@pytest.mark.parametrize("replay", [None, REPLAY], ids=["as it came", "replayed"])
def test_what_came_by_a_callback_url_is_no_order_whatever_its_content_type(
    office: Office, replay: Replay | None
) -> None:
    """A stranger with a callback URL chooses headers and body; the door he does not choose."""
    office.take(structs.replace(told(), via="callback", replay=replay))

    assert [] == office.keys("orders/") == office.keys("due/")
    [key] = office.keys("dead/")
    assert DeadLetter.from_json(office.bucket.get(key).body).reason is not Reason.BAD_ORDER


def test_an_ending_with_the_content_type_of_an_order_is_an_ending(office: Office) -> None:
    office.take(Delivery(id="01A", received_at=NOW, provider="evolink", body=body(), content_type=ORDER_TYPE))

    assert (["completed"], []) == (office.statuses_due(), office.keys("orders/") + office.keys("dead/"))


def test_an_order_that_an_older_version_replayed_waits_for_a_person(office: Office) -> None:
    """It wrote "replay" in place of the door: a stranger may have written the very same."""
    office.take(structs.replace(told(), via="replay", replay=REPLAY))

    assert [] == office.keys("orders/") == office.keys("due/") == office.keys("inbox/")
    [key] = office.keys("dead/")
    letter = DeadLetter.from_json(office.bucket.get(key).body)
    assert (Reason.BAD_ORDER, TASK, True) == (
        letter.reason, letter.task_id, "replay it by this delivery's id" in letter.detail,
    )  # fmt: skip


def test_a_callback_that_an_older_version_replayed_is_a_callback_and_takes_its_letter_along(
    office: Office,
) -> None:
    callback = Delivery(id="01A", received_at=NOW, provider="evolink", body=b"rubbish", content_type="a/b")
    office.take(callback)
    office.take(structs.replace(callback, body=body(), via="replay", replay=REPLAY))

    assert (["completed"], []) == (office.statuses_due(), office.keys("dead/"))


def test_a_ticket_that_says_so_makes_its_task_one_whose_order_is_looked_for(office: Office) -> None:
    callback = Delivery(
        id="01CALLBACK", received_at=NOW, provider="evolink", body=body(), claims=TicketClaims(ordered=True)
    )
    office.take(callback)
    office.take(structs.replace(callback, id="01OTHER", body=body(id=TASK + "x"), claims=TicketClaims()))

    works = [Work.from_json(office.bucket.get(key).body) for key in office.keys("due/")]
    assert {TASK: True, TASK + "x": False} == {work_.task_id: work_.ordered for work_ in works}
