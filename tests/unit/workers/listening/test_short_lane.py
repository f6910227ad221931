"""Threads that are kept free for what has no time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from archive.bell import SETTLE, Bell, Job
from archive.errors import QueueUnavailable
from archive.queue.bell_message import item_of
from archive.queue.short_bells import ShortBells
from tests.fakes.words import HERE
from workers.listening.bell_channel import Turns
from workers.listening.short_lane import ShortLane, lane_threads, with_lane

WITHIN_S = 30.0


class Redis(ShortBells):
    """A queue in memory; `away` as often as told."""

    def __init__(self) -> None:
        self.items: queue.Queue[bytes] = queue.Queue()
        self.away = 0
        self.asked = threading.Semaphore(0)

    def take(self) -> bytes | None:
        self.asked.release()
        if self.away:
            self.away -= 1
            raise QueueUnavailable("away")
        try:
            return self.items.get(timeout=0.01)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Nothing to let go of."""

    def ring(self, name: str) -> None:
        self.items.put(item_of(Bell(SETTLE, f"inbox/00/{name}"), HERE.queues.short))


class Desk:
    """Takes jobs, and holds each until it is let go."""

    def __init__(self) -> None:
        self.begun: queue.Queue[str] = queue.Queue()
        self.let_go = threading.Semaphore(0)
        self.faults = 0

    def answer(self, job: Job, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        assert (SETTLE, {}) == (job, named)
        self.begun.put(arguments[0].removeprefix("inbox/00/"))
        assert self.let_go.acquire(timeout=WITHIN_S)
        if self.faults:
            self.faults -= 1
            raise ValueError("a fault of ours")

    def next(self) -> str:
        return self.begun.get(timeout=WITHIN_S)


@pytest.fixture
def redis() -> Redis:
    return Redis()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def lane(redis: Redis, desk: Desk) -> Iterator[ShortLane]:
    lane = ShortLane(redis, desk.answer, threads=2, stopping=threading.Event())
    lane.start()
    yield lane
    desk.let_go.release(100)
    lane.stop(WITHIN_S)


def test_it_takes_no_more_bells_than_it_has_threads(redis: Redis, desk: Desk, lane: ShortLane) -> None:
    for name in "abc":
        redis.ring(name)
    assert {"a", "b"} == {desk.next(), desk.next()}
    assert (2, 1) == (lane.in_hand, redis.items.qsize())
    desk.let_go.release()
    assert "c" == desk.next()


def test_neither_a_fault_nor_a_stranger_nor_a_redis_that_is_away_ends_it(
    redis: Redis, desk: Desk, lane: ShortLane
) -> None:
    redis.away, desk.faults = 2, 2
    redis.items.put(b"rubbish")
    for name in "abcd":
        redis.ring(name)
    desk.let_go.release(4)
    assert set("abcd") == {desk.next() for _ in range(4)}
    assert lane.in_hand <= 2


def test_told_to_stop_it_takes_nothing_more(redis: Redis, desk: Desk) -> None:
    stopping = threading.Event()
    lane = ShortLane(redis, desk.answer, threads=1, stopping=stopping)
    lane.start()
    assert redis.asked.acquire(timeout=WITHIN_S)
    stopping.set()
    lane.stop(WITHIN_S)
    redis.ring("late")
    assert (1, 0) == (redis.items.qsize(), lane.in_hand)


@pytest.mark.parametrize(("threads", "more"), [(1, 2), (8, 2), (16, 4), (64, 16)])
def test_it_has_a_part_of_a_workers_threads_beside_them(threads: int, more: int) -> None:
    assert (more, threads + more) == (lane_threads(threads), with_lane(threads))


def test_a_worker_asks_for_what_has_no_time_only_while_one_of_its_threads_is_free() -> None:
    turns, busy = Turns(), False
    turns.update(list(HERE.queues))
    turns.busy, turns.when_free = lambda: busy, frozenset({HERE.queues.short})
    assert list(HERE.queues) == turns.consume(4)
    turns.rotate(HERE.queues.due)
    busy = True
    assert list(HERE.queues[1:]) == turns.consume(4)
