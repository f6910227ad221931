"""What lives short is swept first, and waits for nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from archive import layout
from archive.store.bucket import PAGE_KEYS, Stored
from tests.fakes.words import NOW
from tests.unit.workers.sweeping.rounds import Rounds
from workers.sweep import BELLS_A_THREAD


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


def test_what_lives_short_is_rung_first_and_waits_for_no_backlog(rounds: Rounds) -> None:
    """Neither for ten thousand entries that came before it, nor for bells that fill the room of all others."""
    backlog = [rounds.due(-5000 + place, f"o{place}") for place in range(30)]
    short = layout.due_key(NOW - timedelta(seconds=1), "bfl", "task-1", "o", short=True)
    later = layout.due_key(NOW + timedelta(seconds=60), "bfl", "task-2", "o", short=True)
    for key in (short, later):
        rounds.bucket.put(key, b"{}")
    rounds.doorbell.waits = 10_000
    rounds.sweep.tick()
    assert [short] == rounds.doorbell.rung
    rounds.doorbell.waits = 0
    rounds.sweep.tick()
    assert backlog[0] == rounds.doorbell.rung[1]
    assert later not in rounds.doorbell.rung


def test_a_batch_of_what_lives_short_is_rung_before_batches_that_are_older(rounds: Rounds) -> None:
    backlog = [rounds.batch(5000 - place) for place in range(30)]
    short, _young = rounds.batch(61, short=True), rounds.batch(59, short=True)
    rounds.doorbell.waits = 10_000
    rounds.sweep.tick()
    assert [short] == rounds.doorbell.rung
    rounds.doorbell.waits = 0
    rounds.sweep.tick()
    assert [short, *backlog[: 2 * BELLS_A_THREAD]] == rounds.doorbell.rung
    assert 5000 == rounds.sweep.seen.inbox_oldest_s


def test_a_backlog_of_what_lives_short_stays_in_the_bucket_too(rounds: Rounds) -> None:
    """It fills its own queue no further than is soon served; the others go on meanwhile."""
    for place in range(10):
        key = layout.due_key(NOW - timedelta(seconds=place + 1), "bfl", f"task-{place}", "o", short=True)
        rounds.bucket.put(key, b"{}")
    other = rounds.due(-1)
    rounds.doorbell.waits_short = 10_000
    rounds.sweep.tick()
    assert [other] == rounds.doorbell.rung


def test_what_lives_short_and_lies_impossibly_far_ahead_is_due_now(rounds: Rounds) -> None:
    stepped = layout.due_key(NOW + timedelta(days=400), "bfl", "task-1", "o", short=True)
    rounds.bucket.put(stepped, b"{}")
    rounds.sweep.tick()
    assert [stepped] == rounds.doorbell.rung


def test_what_lives_long_is_found_behind_more_than_a_page_of_what_lives_short_and_waits(
    rounds: Rounds,
) -> None:
    """A list of each place is enough as long as its first page holds something else."""
    for place in range(PAGE_KEYS + 5):
        rounds.bucket.put(
            layout.due_key(NOW + timedelta(seconds=60), "bfl", f"task-{place:05d}", "o", short=True), b"{}"
        )
        key = layout.inbox_key(layout.batch_id(NOW), short=True)
        rounds.bucket.objects[key] = Stored(b"", "", NOW)
    due, batch = rounds.due(-1), rounds.batch(61)
    rounds.sweep.tick()

    assert [batch, due] == rounds.doorbell.rung


def test_a_sweep_asks_for_two_lists(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    listed = rounds.bucket.list

    def listing(under: str, **more: Any) -> Any:
        asked.append(under)
        return listed(under, **more)

    rounds.sweep.tick()  # the first looks ahead as well
    monkeypatch.setattr(rounds.bucket, "list", listing)
    rounds.due(-1)
    rounds.bucket.put(layout.due_key(NOW, "bfl", "task-1", "o", short=True), b"{}")
    rounds.sweep.tick()

    assert [layout.INBOX, layout.DUE] == asked
