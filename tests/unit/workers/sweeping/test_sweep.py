"""What is due and nobody is doing, rung."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.errors import BucketUnavailable, Missing, QueueUnavailable
from archive.store.bucket import PAGE_KEYS, Stored
from archive.store.listing import Listed
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import NOW, work
from tests.unit.workers.sweeping.rounds import Rounds
from workers.sweep import BACKLOG_S, BELLS_A_THREAD, READ_TOGETHER


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


def test_only_what_is_due_is_rung_the_oldest_first(rounds: Rounds) -> None:
    late, early, _ = rounds.due(-1), rounds.due(-100), rounds.due(5)
    rounds.sweep.tick()

    assert [early, late] == rounds.doorbell.rung


def test_a_sweep_that_stops_for_want_of_room_is_soon_followed_by_the_next(rounds: Rounds) -> None:
    for number in range(2 * BELLS_A_THREAD + 1):
        rounds.due(-100 - number)
    pauses = []
    for _ in range(3):
        rounds.sweep.tick()
        pauses.append(rounds.sweep.pause_s)

    assert [BACKLOG_S, 2, 15] == pauses


def test_a_sweep_that_finds_no_room_at_all_leaves_the_workers_their_time(rounds: Rounds) -> None:
    rounds.due(-1)
    rounds.doorbell.waits = 2 * BELLS_A_THREAD

    assert 0 == rounds.sweep.tick()
    assert 2 == rounds.sweep.pause_s


def test_a_batch_is_rung_when_its_grace_is_over_or_when_s3s_clock_was_put_back(rounds: Rounds) -> None:
    old, _, _, ahead = (rounds.batch(age_s) for age_s in (61, 59, -59, -86_400))
    rounds.sweep.tick()

    assert [old, ahead] == rounds.doorbell.rung


def test_what_was_rung_lately_is_not_rung_again(rounds: Rounds) -> None:
    rounds.due(-1)
    rounds.sweep.tick()
    rounds.sweep.tick()

    assert 1 == len(rounds.doorbell.rung)


def test_a_backlog_stays_in_the_bucket(rounds: Rounds) -> None:
    for place in range(50):
        rounds.due(-place - 1, f"o{place}")

    assert 2 * BELLS_A_THREAD == rounds.sweep.tick() == len(rounds.doorbell.rung)


class CountingBucket(MemoryBucket):
    """Counts the entries of `due/` that it has told, page by page as S3 does."""

    listed = 0

    def list(
        self, under: str, *, after: str = "", most: int | None = None, page_keys: int = PAGE_KEYS
    ) -> Iterator[Listed]:
        page = list(super().list(under, after=after, most=most or page_keys))
        self.listed += len(page) if under == layout.DUE else 0
        yield from page


def test_of_a_backlog_no_more_is_listed_than_there_may_be_room_for(rounds: Rounds) -> None:
    rounds.bucket.__class__ = CountingBucket
    for place in range(200):
        rounds.due(-place - 1, f"o{place}")
    rounds.sweep.tick()
    assert isinstance(rounds.bucket, CountingBucket)
    # Beside it a look at what lies too far ahead, which finds nothing.
    assert 2 * 2 * BELLS_A_THREAD == rounds.bucket.listed


class TogetherBucket(MemoryBucket):
    """Answers nobody who reads before so many do."""

    together = threading.Barrier(READ_TOGETHER, timeout=30)

    def get(self, key: str) -> Stored:
        self.together.wait()
        return super().get(key)


def test_entries_are_read_at_the_same_time_and_rung_for_in_their_order(rounds: Rounds) -> None:
    rounds.bucket.__class__ = TogetherBucket
    keys = [rounds.due(place - 100, f"o{place}") for place in range(READ_TOGETHER)]
    rounds.sweep.tick()

    assert keys == rounds.doorbell.rung


def test_what_stands_behind_the_first_page_is_rung_for(rounds: Rounds) -> None:
    """Many that were rung for lately stand before it."""
    for place in range(50):
        rounds.due(-place - 1, f"o{place}")
    for _ in range(50):
        rounds.sweep.tick()
    assert 50 == len(set(rounds.doorbell.rung)) == len(rounds.doorbell.rung)


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


def test_links_that_die_soon_are_rung_as_urgent_and_nothing_rides_along(rounds: Rounds) -> None:
    soon, late, unreadable = rounds.due(-3, "a"), rounds.due(-2, "b"), rounds.due(-1, "c")
    rounds.bucket.put(soon, work(expires_at=NOW + timedelta(minutes=90)).to_json())
    rounds.bucket.put(late, work(expires_at=NOW + timedelta(hours=9)).to_json())
    rounds.sweep.tick()

    assert {
        soon: NOW + timedelta(minutes=90),
        late: NOW + timedelta(hours=9),
        unreadable: None,
    } == rounds.doorbell.dying
    assert {None} == set(rounds.doorbell.carried.values())


def test_an_entry_that_is_gone_when_it_is_read_is_not_rung(rounds: Rounds) -> None:
    gone, there = rounds.due(-2), rounds.due(-1)
    read = rounds.bucket.get

    def get(key: str) -> Stored:
        if key == gone:
            raise Missing(key)
        return read(key)

    rounds.bucket.get = get  # type: ignore[method-assign] # somebody did it between list and read
    rounds.sweep.tick()

    assert [there] == rounds.doorbell.rung


def test_a_bucket_that_gives_no_entry_is_asked_once_a_sweep_and_all_are_rung(rounds: Rounds) -> None:
    asked: list[str] = []

    def get(key: str) -> Stored:
        asked.append(key)
        raise BucketUnavailable("slow down")

    rounds.bucket.get = get  # type: ignore[method-assign] # the bucket lists, and gives nothing
    for after_s in (-3, -2, -1):
        rounds.due(after_s)

    assert (3, 1) == (rounds.sweep.tick(), len(asked))


def test_a_sweep_tells_how_old_is_what_it_came_across(rounds: Rounds) -> None:
    rounds.batch(5)
    rounds.batch(90)
    rounds.due(-30)
    rounds.due(-700)
    rounds.due(60)
    rounds.sweep.tick()

    assert 90 == rounds.sweep.seen.inbox_oldest_s
    assert 700 == rounds.sweep.seen.due_oldest_s
    assert 3 == rounds.sweep.seen.due


def test_a_sweep_that_did_not_come_to_the_work_says_nothing_of_it(rounds: Rounds) -> None:
    for number in range(2 * BELLS_A_THREAD + 1):
        rounds.batch(100 + number)
    rounds.due(-700)
    rounds.sweep.tick()

    assert rounds.sweep.seen.due_oldest_s is None


def test_where_nothing_waits_nothing_is_old(rounds: Rounds) -> None:
    rounds.sweep.tick()

    assert (0, 0, 0) == (
        rounds.sweep.seen.inbox_oldest_s,
        rounds.sweep.seen.due_oldest_s,
        rounds.sweep.seen.due,
    )
