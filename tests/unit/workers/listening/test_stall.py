"""A worker that has gone deaf is noticed, and one that is only busy or idle is not."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from archive.errors import QueueUnavailable
from workers.listening.stall import DEAF_AFTER_S, Stall


class Day:
    """A stall watch over two threads, at a time and with a queue that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.bells: int | None = 0
        self.stall = Stall(
            self._waiting, threads=2, run_s=150, stopping=threading.Event(), clock=lambda: self.now
        )

    def _waiting(self) -> int:
        if self.bells is None:
            raise QueueUnavailable("away")
        return self.bells

    def pass_s(self, seconds: float) -> list[str]:
        """Time goes by, with a look every five seconds; what was said."""
        said = []
        for _ in range(int(seconds / 5)):
            self.now += 5
            said.append(self.stall.look())
        return [wrong for wrong in said if wrong]


def test_bells_that_nobody_takes_for_long_are_deafness() -> None:
    day = Day()
    day.bells = 3

    assert [] == day.pass_s(DEAF_AFTER_S)
    assert "deaf" in day.pass_s(10)[0]


def test_an_idle_worker_is_not_deaf() -> None:
    day = Day()
    assert [] == day.pass_s(3600)
    day.bells = 1
    assert [] == day.pass_s(DEAF_AFTER_S)


def test_a_worker_that_takes_bells_is_not_deaf_however_many_wait() -> None:
    day = Day()
    day.bells = 1000
    for _ in range(100):
        with day.stall.job():
            assert [] == day.pass_s(DEAF_AFTER_S - 5)


def test_a_worker_that_drops_what_is_not_ours_is_not_deaf() -> None:
    day = Day()
    day.bells = 1_000_000
    for _ in range(100):
        day.stall.heard()
        assert [] == day.pass_s(DEAF_AFTER_S - 5)


def test_a_worker_whose_threads_are_all_busy_is_given_the_time_of_a_run() -> None:
    day = Day()
    day.bells = 5
    with ExitStack() as jobs:
        jobs.enter_context(day.stall.job())
        jobs.enter_context(day.stall.job())

        assert [] == day.pass_s(225)
        assert "stuck" in day.pass_s(10)[0]


def test_without_redis_nobody_is_deaf() -> None:
    day = Day()
    day.bells = None
    assert [] == day.pass_s(3600)
    day.bells = 1
    assert [] == day.pass_s(DEAF_AFTER_S)


def test_a_deaf_worker_is_ended() -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    ticks = iter(range(0, 10_000_000, 100))
    stopping = threading.Event()
    stall = Stall(
        lambda: 1,
        threads=1,
        run_s=1,
        stopping=stopping,
        end=end,
        clock=lambda: float(next(ticks)),
        look_every_s=0.01,
    )
    stall.start()

    assert ended.wait(10)
    assert ([75], True) == (codes, stopping.is_set())
