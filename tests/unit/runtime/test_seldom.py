"""What would be logged again and again is logged at growing distances."""

from __future__ import annotations

import logging

import pytest

from runtime.seldom import KINDS_MOST, LINES_A_MINUTE, MOST_S, Seldom, SeldomFilter

log = logging.getLogger("somebody.elses")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_same_line_again_and_again_is_told_at_growing_distances_and_counted(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    seldom = Seldom(log, clock=clock)
    told_at = []
    for tenth in range(36_000):
        clock.now = tenth / 10
        before = len(caplog.records)
        seldom.tell(logging.WARNING, "away", "Redis is %s", "away")
        if len(caplog.records) > before:
            told_at.append(clock.now)

    assert [0, 1, 3, 7, 15] == told_at[:5]
    assert MOST_S == told_at[-1] - told_at[-2]
    assert len(told_at) < 20
    assert "Redis is away (and 9 times more since this was last said)" == caplog.messages[1]


def test_another_kind_is_told_as_it_comes_and_one_that_was_quiet_is_a_first_one_again(clock: Clock) -> None:
    seldom = Seldom(log, clock=clock)

    assert [0, None, 0] == [seldom.due(kind) for kind in ("a", "a", "b")]
    clock.now = 61
    assert 1 == seldom.due("a")
    assert None is seldom.due("a")


def test_any_number_of_kinds_takes_a_bounded_room(clock: Clock) -> None:
    seldom = Seldom(log, clock=clock)
    for number in range(10 * KINDS_MOST):
        seldom.due(number)

    assert KINDS_MOST == len(seldom._kinds)


def record(name: str, text: str, *words: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, text, words, None)


def test_other_peoples_loggers_cannot_fill_a_log_and_ours_are_left_alone(clock: Clock) -> None:
    seldom = SeldomFilter(("workers",), clock=clock)

    def passed(name: str, text: str, times: int) -> int:
        return sum(seldom.filter(record(name, text, number)) for number in range(times))

    assert 1 == passed("celery.worker", "cannot connect: %s", 1000)
    assert 1000 == passed("workers.settle", "task %s", 1000)
    # A text that differs each time, as an f-string's does.
    differing = sum(seldom.filter(record("kombu", f"message {number}")) for number in range(1000))
    assert differing < LINES_A_MINUTE + 1


def test_a_line_that_is_told_again_says_how_many_were_not(clock: Clock) -> None:
    seldom = SeldomFilter((), clock=clock)
    for _ in range(5):
        seldom.filter(record("kombu", "lost %s", "it"))
    clock.now = 2
    last = record("kombu", "lost %s", "it")

    assert seldom.filter(last)
    assert "lost it (and 4 times more since this was last said)" == last.getMessage()
