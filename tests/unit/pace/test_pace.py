"""Bounds of tests go by what the machine does besides, and still fail where something hangs."""

from __future__ import annotations

import inspect
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from runtime.settings.queue import QueueSettings
from tests.pace import STRETCH_MOST, Patience, Stopwatch, slowness
from tests.system.stack import until

BUSY = 4
SPINS = "while True: pass"


@contextmanager
def crowded() -> Iterator[None]:
    """A machine on which others want every core, several times over."""
    with ExitStack() as others:
        for _ in range(BUSY):
            process = others.enter_context(subprocess.Popen([sys.executable, "-c", SPINS]))
            others.callback(process.kill)
        yield


def test_a_machine_that_does_other_things_is_measured_as_slower() -> None:
    with crowded():
        assert max(slowness() for _ in range(10)) > 1.5


def test_what_hangs_is_not_within_its_bound() -> None:
    with Stopwatch() as watch:
        time.sleep(0.2)

    assert watch.within(60)
    assert not watch.within(0.0001)


def test_patience_ends() -> None:
    began, patience = time.monotonic(), Patience(0.05)
    while not patience.over:
        time.sleep(0.01)

    assert time.monotonic() - began >= 0.05


def test_patience_is_longer_where_the_machine_does_other_things() -> None:
    with crowded():
        began, patience = time.monotonic(), Patience(0.6)
        while not patience.over:
            time.sleep(0.01)

    assert time.monotonic() - began > 0.65


class Clock:
    """Time that goes on by a tenth of a second whenever it is asked for."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        self.s += 0.1
        return self.s


def waited_s(seconds: float, slowness: float) -> float:
    clock = Clock()
    patience = Patience(seconds, measured=lambda: slowness, clock=clock)
    while not patience.over:
        pass
    return clock.s


def test_patience_goes_by_how_slow_the_machine_is_and_has_an_end_however_slow_it_is() -> None:
    assert waited_s(30, slowness=1) == pytest.approx(30, rel=0.05)
    assert waited_s(30, slowness=3) == pytest.approx(3 * 30, rel=0.05)
    assert waited_s(30, slowness=1_000) == pytest.approx(STRETCH_MOST * 30, rel=0.05)


def test_the_usual_patience_ends_before_a_lease_does() -> None:
    usual_s = inspect.signature(until).parameters["within_s"].default
    lease_s = QueueSettings.read({"REDIS_URL": "redis://127.0.0.1/0"}).lease_s

    assert waited_s(usual_s, slowness=1_000) < lease_s


def test_a_wait_is_told_of_where_a_quiet_machine_would_not_have_waited_so_long() -> None:
    clock = Clock()
    patience = Patience(30, measured=lambda: 4, clock=clock)
    assert patience.told("the images") == ""
    clock.s = 100

    assert (
        patience.told("the images")
        == "the images: came after 100 s, where 30 s are enough on a quiet machine"
    )
