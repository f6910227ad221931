"""What was ordered and never came: asked for, told to what became of it, or given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.asset import Finding
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.order import Order
from runtime.metrics.registry import ASKS
from tests.fakes.words import DAY, NOW, TASK, body, heard, kept, lost, manifest, work
from tests.unit.workers.office import AWAY, LETTER, Office, offices, told
from workers.account import Account


@pytest.fixture
def office() -> Iterator[Office]:
    """One that cannot ask."""
    yield from offices()


def test_a_lost_callback_is_asked_for_and_its_answer_enters_the_inbox() -> None:
    for office in offices(body()):
        office.take(told())
        office.ask()

        [entered] = office.entered()
        assert (body(), "ask", True) == (entered.body, entered.via, entered.claims.ordered)
        assert [] == office.keys("due/")
        assert office.keys("inbox/")[0] in office.doorbell.rung
        assert 1 == office.meters.value(ASKS, "evolink", "ended")


def test_a_task_is_asked_for_at_the_address_that_was_told_with_its_order() -> None:
    for office in offices(body()):
        office.take(told(task_url="https://api.evolink.ai/eu1/7"))
        office.ask()

        assert ["https://api.evolink.ai/eu1/7"] == office.asker.urls


def test_asking_twice_tells_one_delivery() -> None:
    for office in offices(body()):
        office.take(told())
        [key] = office.keys("due/")
        entry = office.bucket.get(key).body
        office.ask()
        office.bucket.put(key, entry)
        office.ask()

        assert 1 == len({delivery.id for delivery in office.entered()})


@pytest.mark.parametrize("answer", [body("processing"), None, AWAY, b"rubbish", body("melted")])
def test_what_is_no_ending_is_asked_for_again_further_and_further_apart(
    answer: bytes | Exception | None,
) -> None:
    for office in offices(answer):
        office.take(told())
        distances = []
        for _ in range(4):
            office.ask()
            [key] = office.keys("due/")
            distances.append((layout.read_due_key(key).when - office.now).total_seconds())

        assert [] == office.keys("inbox/") == office.keys("dead/")
        for distance, most in zip(distances, (600, 1200, 2400, 3600), strict=True):
            assert most / 2 <= distance <= most


def test_at_the_end_of_the_links_life_it_is_never_heard_of() -> None:
    for office in offices(None):
        office.take(told())
        for _ in range(100):
            if not office.keys("due/"):
                break
            office.ask()

        letter = office.letter()
        assert (Reason.NEVER_HEARD_OF, "spring", ("ask",)) == (letter.reason, letter.label, letter.closed)
        assert timedelta(hours=23, minutes=58) <= office.now - NOW <= timedelta(hours=24)
        assert b"lighthouse" not in office.bucket.get(LETTER).body


def _replayed(office: Office) -> None:
    work = office.letter().work
    assert work is not None
    replay = Replay(id="replay-1", at=office.now, who="ops@host")
    again = structs.replace(work, origin=replay.id, replay=replay, leased=False, starts=1)
    key = layout.due_key(office.now, again.provider, again.task_id, again.origin)
    office.bucket.put(key, again.to_json())
    office.ask()


def test_a_replay_of_what_was_never_heard_of_asks_again() -> None:
    for office in offices(None, body()):
        office.take(told())
        office.now = NOW + timedelta(hours=25)
        office.ask()
        _replayed(office)

        [entered] = office.entered()
        assert ("ask", "replay-1") == (entered.via, entered.replay.id if entered.replay else None)
        assert [] == office.keys("due/")


def test_a_replay_that_hears_nothing_again_is_told_in_the_letter() -> None:
    for office in offices(None):
        office.take(told())
        office.now = NOW + timedelta(hours=25)
        office.ask()
        _replayed(office)

        assert ["replay-1"] == [replay.id for replay in office.letter().replays]
        assert [] == office.keys("due/") == office.keys("inbox/")


def test_without_an_api_key_the_callback_is_waited_for(office: Office) -> None:
    office.take(told())
    office.ask()

    assert 1 == len(office.keys("due/"))
    assert [] == office.keys("dead/")


def test_a_task_that_is_archived_is_told_of_its_order_and_nobody_is_asked() -> None:
    for office in offices(body()):
        animated = Finding(kind="animated", expected="1 frame", got="2 frames")
        guess = Finding(kind="format", expected="webp", got="png")
        before = structs.replace(kept(0), findings=(guess, animated))
        office.keep.commit(DAY, manifest(before, model="gpt-image-2"), Account())
        office.take(told())
        office.ask()

        there = office.manifest()
        assert ("a lighthouse", "spring") == (there.order.prompt if there.order else None, there.label)
        assert ["count"] == [finding.kind for finding in there.findings]
        assert ["dimensions", "animated"] == [finding.kind for finding in there.kept[0].findings]
        assert ([], []) == (office.asker.asked, office.keys("due/"))


def test_an_order_that_was_told_takes_the_place_of_the_one_in_the_ticket(office: Office) -> None:
    office.keep.commit(DAY, manifest(kept(0), order=Order(size="1:1"), model="gpt-image-2"), Account())
    office.take(told())
    office.ask()

    order = office.manifest().order
    assert order is not None
    assert "1024x1536" == order.size


def test_a_task_that_was_given_up_learns_of_its_order_for_a_replay(office: Office) -> None:
    office.keep.bury(
        DAY,
        DeadLetter(
            reason=Reason.SOURCE_GONE,
            at=NOW,
            provider="evolink",
            task_id=TASK,
            lost=(lost(0),),
            notifications=(heard(),),
            closed=("origin-a",),
            work=work(),
        ),
        Account(),
    )
    office.take(told())
    office.ask()

    letter = office.letter()
    assert letter.work is not None
    assert (True, Reason.SOURCE_GONE) == (letter.work.ordered, letter.reason)
    assert [] == office.keys("due/")
