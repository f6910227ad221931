"""What a newer version wrote is looked at further and further apart, and costs an older worker little."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from archive import layout
from archive.store.bucket import Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.newer import of_schema_2
from tests.fakes.words import NOW, TASK, work
from workers.left_alone import FIRST_S, KEYS_MOST, MOST_S, LeftAlone
from workers.sweep import Sweep


class CountingBucket(MemoryBucket):
    """Counts what is read, at a time that stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.at = 0, NOW

    def get(self, key: str) -> Stored:
        self.reads += 1
        return super().get(key)

    def now(self) -> datetime:
        return self.at


class Rounds:
    """A sweep whose process leaves keys alone by a clock that the test turns."""

    def __init__(self) -> None:
        self.bucket, self.doorbell, self.turned_s = CountingBucket(), SilentDoorbell(), 0.0
        self.left_alone = LeftAlone(lambda: self.turned_s)
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=1,
            lease_s=240,
            grace_s=60,
            idle_s=15,
            busy_s=2,
            retry_most_s=3600,
            left_alone=self.left_alone,
        )


def test_newer_entries_are_not_rung_hold_up_no_other_and_are_read_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds = Rounds()
    for number in range(50):
        key = layout.due_key(NOW - timedelta(hours=1), "evolink", TASK, f"newer-{number:02d}")
        rounds.bucket.put(key, of_schema_2(work().to_json()))
    live = layout.due_key(NOW - timedelta(seconds=1), "evolink", TASK, "live")
    rounds.bucket.put(live, work().to_json())
    rounds.sweep.tick()

    assert [live] == rounds.doorbell.rung
    rounds.bucket.delete(live)
    for minute in range(24 * 60):
        rounds.turned_s = 60.0 * minute
        rounds.sweep.tick()
    assert [live] == rounds.doorbell.rung
    # Once, then after 1, 2, 4 ... minutes, and every hour.
    assert rounds.bucket.reads < 50 * 32
    assert len(caplog.records) < 32


def test_a_batch_that_settle_left_alone_is_not_rung_before_its_time() -> None:
    rounds = Rounds()
    key = layout.inbox_key(layout.batch_id(NOW - timedelta(hours=1)))
    rounds.bucket.put(key, b"")
    rounds.bucket.at = NOW + timedelta(days=9999)
    rounds.left_alone.note(key)
    rounds.sweep.tick()
    assert [] == rounds.doorbell.rung

    rounds.turned_s = FIRST_S + 1
    rounds.sweep.tick()
    assert [key] == rounds.doorbell.rung


def test_what_is_left_alone_is_remembered_within_bounds() -> None:
    left = LeftAlone(lambda: 0.0)
    for number in range(KEYS_MOST + 1):
        left.note(str(number))

    assert not left.rests("0")
    assert left.rests("1")


def test_the_distances_end_at_the_longest() -> None:
    now_s, looks = 0.0, 0
    left = LeftAlone(lambda: now_s)
    while now_s < 100 * MOST_S:
        if not left.rests("k"):
            looks += 1
            left.note("k")
        now_s += FIRST_S
    assert 100 <= looks <= 108
