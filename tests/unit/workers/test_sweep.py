"""What is due and nobody is doing, rung."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive import layout
from archive.bucket import Stored
from archive.errors import QueueUnavailable
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import NOW
from workers.sweep import BELLS_A_THREAD, Sweep


class Rounds:
    """A sweep over a bucket in memory."""

    def __init__(self) -> None:
        self.bucket, self.doorbell = MemoryBucket(), SilentDoorbell()
        self.bucket.now = lambda: NOW  # type: ignore[method-assign] # the clock is the test's
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=2,
            lease_s=240,
            grace_s=60,
            idle_s=15,
            busy_s=2,
            retry_most_s=3600,
        )

    def due(self, after_s: float, origin: str = "o") -> str:
        key = layout.due_key(NOW + timedelta(seconds=after_s), "evolink", "task-1", origin)
        self.bucket.put(key, b"{}")
        return key

    def batch(self, age_s: float) -> str:
        when = NOW - timedelta(seconds=age_s)
        key = layout.inbox_key(layout.batch_id(when))
        self.bucket.objects[key] = Stored(b"", "", when)
        return key


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


def test_only_what_is_due_is_rung_the_oldest_first(rounds: Rounds) -> None:
    late, early, _ = rounds.due(-1), rounds.due(-100), rounds.due(5)
    rounds.sweep.tick()

    assert [early, late] == rounds.doorbell.rung


def test_a_batch_is_rung_when_its_grace_is_over(rounds: Rounds) -> None:
    old, _ = rounds.batch(61), rounds.batch(59)
    rounds.sweep.tick()

    assert [old] == rounds.doorbell.rung


def test_what_was_rung_lately_is_not_rung_again(rounds: Rounds) -> None:
    rounds.due(-1)
    rounds.sweep.tick()
    rounds.sweep.tick()

    assert 1 == len(rounds.doorbell.rung)


def test_a_backlog_stays_in_the_bucket(rounds: Rounds) -> None:
    for place in range(50):
        rounds.due(-place - 1, f"o{place}")

    assert 2 * BELLS_A_THREAD == rounds.sweep.tick() == len(rounds.doorbell.rung)


def test_an_entry_further_ahead_than_anyone_may_schedule_is_due_now(rounds: Rounds) -> None:
    stepped = rounds.due(400 * 24 * 3600)
    rounds.sweep.tick()

    assert [stepped] == rounds.doorbell.rung


def test_a_key_that_is_none_of_ours_is_rung_and_passed(rounds: Rounds) -> None:
    rounds.bucket.put("due/00-rubbish", b"")
    due = rounds.due(-1)
    rounds.sweep.tick()

    assert {"due/00-rubbish", due} == set(rounds.doorbell.rung)


def test_it_writes_nothing(rounds: Rounds) -> None:
    rounds.due(-1)
    rounds.batch(100)
    before = dict(rounds.bucket.objects)
    rounds.sweep.tick()

    assert before == rounds.bucket.objects


def test_a_redis_that_is_away_is_told(rounds: Rounds) -> None:
    rounds.due(-1)
    rounds.doorbell.away = True
    with pytest.raises(QueueUnavailable):
        rounds.sweep.tick()
    rounds.doorbell.away = False

    assert 1 == rounds.sweep.tick()
