"""All that waits, as one worker sees it once a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.errors import QueueUnavailable
from archive.records.work import LOOKED_AT_AGAIN, Work
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import NOW, work
from tests.pace import until
from workers.measuring.waiting_look import NOTHING_WAITS_S, READ_MOST, WaitingLook, told


class Waiting:
    """A bucket in memory at a time that stands, and a look at it."""

    def __init__(self) -> None:
        self.bucket = MemoryBucket()
        self.bucket.now = lambda: NOW  # type: ignore[method-assign] # the clock is the test's
        self.look = WaitingLook(self.bucket, lambda _: True)

    def put(self, after_s: float, each: Work, task: str = "task-1") -> None:
        key = layout.due_key(NOW + timedelta(seconds=after_s), "evolink", task, "o")
        self.bucket.put(key, each.to_json())


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def dying_in(hours: float) -> Work:
    return structs.replace(work(), expires_at=NOW + timedelta(hours=hours))


def ordered(**changes: Any) -> Work:
    return structs.replace(work(), kind="ask", heard=(), **changes)


def test_what_is_due_and_what_is_not_yet_are_counted_apart(waiting: Waiting) -> None:
    waiting.put(-10, dying_in(5))
    waiting.put(10, dying_in(5))
    waiting.put(20, dying_in(5))
    seen = waiting.look.look()

    assert (1, 2, 0) == (seen.now, seen.later, seen.unread)


def test_the_most_urgent_link_is_the_first_to_die_wherever_its_entry_stands(waiting: Waiting) -> None:
    waiting.put(-10, dying_in(5))
    waiting.put(3_000, dying_in(1))

    assert 3_600 == waiting.look.look().most_urgent_s(NOW)


def test_where_nothing_waits_there_is_a_day(waiting: Waiting) -> None:
    assert NOTHING_WAITS_S == waiting.look.look().most_urgent_s(NOW)


def test_what_was_given_up_already_is_not_waited_for(waiting: Waiting) -> None:
    waiting.put(60, structs.replace(dying_in(-1), trouble=LOOKED_AT_AGAIN))

    assert NOTHING_WAITS_S == waiting.look.look().most_urgent_s(NOW)


def test_an_order_is_overdue_from_the_first_time_that_it_is_asked_for(waiting: Waiting) -> None:
    waiting.put(600, ordered(), "fresh")
    waiting.put(-1, ordered(), "due")
    waiting.put(600, ordered(tries=1), "asked")
    seen = waiting.look.look()

    assert 2 == seen.overdue
    assert NOTHING_WAITS_S == seen.most_urgent_s(NOW)


def test_an_entry_is_read_once_and_those_beyond_the_bound_in_the_next_look(waiting: Waiting) -> None:
    for number in range(READ_MOST + 3):
        waiting.put(number, dying_in(5), f"task-{number}")

    assert 3 == waiting.look.look().unread
    assert 0 == waiting.look.look().unread
    for key in list(waiting.bucket.objects):
        waiting.bucket.objects[key] = waiting.bucket.objects[key]._replace(body=b"read again")
    assert 0 == waiting.look.look().unread


def test_what_cannot_be_read_is_told_as_that(waiting: Waiting) -> None:
    waiting.bucket.put(layout.DUE + "no key of ours", b"{")
    seen = waiting.look.look()

    assert (1, 1) == (seen.now, seen.unread)


def test_who_has_no_turn_does_not_look(waiting: Waiting) -> None:
    turns: list[int] = []

    def not_mine(seconds: int) -> bool:
        turns.append(seconds)
        return False

    look = WaitingLook(waiting.bucket, not_mine, every_s=0.01)
    look.start()
    assert until(lambda: len(turns) > 1, 30)
    look.stop(5)

    assert look.seen() is None
    assert told(look, lambda seen: seen.now)() is None


def test_who_has_lost_its_turn_tells_nothing_any_more(waiting: Waiting) -> None:
    turns = iter((True,))
    look = WaitingLook(waiting.bucket, lambda _: next(turns, False), every_s=0.01)
    look.look()
    look.start()
    assert until(lambda: look.seen() is None, 30)
    look.stop(5)


def test_without_redis_everybody_looks(waiting: Waiting) -> None:
    def away(_: int) -> bool:
        raise QueueUnavailable("away")

    look = WaitingLook(waiting.bucket, away, every_s=0.01)
    look.start()
    assert until(lambda: look.seen() is not None, 30)
    look.stop(5)

    assert 0 == told(look, lambda seen: seen.now)()
