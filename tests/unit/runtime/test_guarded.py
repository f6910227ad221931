"""No exception of any kind ends a thread that must live."""

from __future__ import annotations

import ast
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.errors import QueueUnavailable
from runtime.guarded import PAUSE_FIRST_S, PAUSE_MOST_S, Guarded, growing_pause_s, stop_together

ROOT = Path(__file__).parents[3]
# Threads that are not under the guard, by their file and name, and why.
ON_THEIR_OWN = {
    ("runtime/guarded.py", "name"): "the guard's own",
    ("egress/gate.py", "resolve"): "one lookup; who asked waits with a bound, and the next has its own",
    ("runtime/tracing/otel.py", "traces-close"): "the process ends, and waits for it with a bound",
}


class Steps:
    """What each step does, in turn; then it waits to be stopped."""

    def __init__(self, *turns: Callable[[], float | None]) -> None:
        self._turns = iter(turns)
        self.done: queue.Queue[str] = queue.Queue()

    def step(self) -> float | None:
        turn = next(self._turns, None)
        if turn is None:
            self.done.put("idle")
            return 60.0
        try:
            return turn()
        finally:
            self.done.put(turn.__name__)


def raising(error: BaseException) -> Callable[[], float | None]:
    def raises() -> float | None:
        raise error

    return raises


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test has time for."""
    monkeypatch.setattr("runtime.guarded.PAUSE_FIRST_S", 0.001)


@pytest.fixture
def started() -> Iterator[Callable[..., Guarded]]:
    threads: list[Guarded] = []

    def start(step: Callable[[], float | None], *, drains: bool = False) -> Guarded:
        thread = Guarded("test", step, drains=drains)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.stop(5)
        assert not thread.alive()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "error",
    [
        QueueUnavailable("away"),
        RuntimeError("a fault of ours"),
        MemoryError(),
        RecursionError(),
        SystemExit(0),
        KeyboardInterrupt(),
        GeneratorExit(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_step_raises_the_thread_goes_on(
    started: Callable[..., Guarded], error: BaseException
) -> None:
    steps = Steps(raising(error), raising(error))
    thread = started(steps.step)

    assert ["raises", "raises", "idle"] == [steps.done.get(timeout=10) for _ in range(3)]
    assert thread.alive()


@pytest.mark.usefixtures("quick")
def test_a_thousand_failures_are_a_few_lines_and_what_is_told_says_how_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "runtime.guarded")
    over = threading.Event()
    failures = iter(range(1000))

    def step() -> float:
        if next(failures, None) is None:
            over.set()
            return 60.0
        raise QueueUnavailable("away")

    thread = Guarded("bell", step, pause_most_s=0.0)
    thread.start()
    assert over.wait(30)
    thread.stop(5)

    told = [record.getMessage() for record in caplog.records]
    assert "bell: queue_unavailable: away; trying again" == told[0]
    assert "bell: goes on after 1000 failures" in told
    assert len(told) < 10


def test_pauses_grow_to_a_bound_and_differ_between_threads() -> None:
    assert all(PAUSE_FIRST_S / 2 <= growing_pause_s(1) <= PAUSE_FIRST_S for _ in range(50))
    assert all(PAUSE_MOST_S / 2 <= growing_pause_s(10**9) <= PAUSE_MOST_S for _ in range(50))
    assert len({growing_pause_s(8) for _ in range(50)}) > 40


def test_a_stop_is_heard_within_a_pause() -> None:
    steps = Steps()
    thread = Guarded("test", steps.step)
    thread.start()
    steps.done.get(timeout=5)
    thread.stop(5)

    assert not thread.alive()


def test_a_thread_that_drains_does_what_is_left_and_one_that_does_not_leaves_it() -> None:
    for drains in (True, False):
        left = [1, 2, 3]
        entered, go_on = threading.Event(), threading.Event()

        def step(
            left: list[int] = left, entered: threading.Event = entered, go_on: threading.Event = go_on
        ) -> float | None:
            entered.set()
            assert go_on.wait(5)
            left.pop()
            return 0.0 if left else None

        thread = Guarded("test", step, drains=drains)
        thread.start()
        assert entered.wait(5)
        stopper = threading.Thread(target=thread.stop, args=(5,))
        stopper.start()
        while not thread.stopping:
            pass
        go_on.set()
        stopper.join(5)

        assert ([] if drains else [1, 2]) == left


def test_a_thread_that_drains_and_fails_ends_when_it_is_told_to_stop(started: Callable[..., Guarded]) -> None:
    entered = threading.Event()

    def step() -> float:
        entered.set()
        raise RuntimeError("never goes well")

    thread = started(step, drains=True)
    assert entered.wait(5)
    thread.stop(5)

    assert not thread.alive()


def test_every_thread_is_under_the_guard_or_has_its_reason() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for folder in ("archive", "egress", "receiver", "runtime", "workers")
        for path in (ROOT / folder).rglob("*.py")
        for name in threads_in(ast.parse(path.read_text(encoding="utf-8")))
    }

    assert ON_THEIR_OWN.keys() == found


def threads_in(tree: ast.AST) -> Iterator[str]:
    """The names of the threads that a module makes, however it spells their class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"Thread", "Timer", "start_new_thread"}:
                names = [word.value for word in node.keywords if word.arg == "name"]
                yield str(getattr(names[0], "value", getattr(names[0], "id", ""))) if names else ""
        elif isinstance(node, ast.ClassDef):
            bases = [getattr(base, "attr", getattr(base, "id", "")) for base in node.bases]
            if {"Thread", "Timer"} & set(bases):
                yield node.name


class Slow:
    """A part that takes all the time that it is given; what it was given."""

    def __init__(self) -> None:
        self.given: list[float] = []

    def stop(self, timeout_s: float) -> None:
        self.given.append(timeout_s)
        threading.Event().wait(timeout_s)


def test_those_that_hang_at_the_same_thing_are_waited_for_together() -> None:
    parts = Slow(), Slow(), Slow()
    stop_together(0.05, *parts)

    assert [0.0] * 3 == [part.given[0] for part in parts]
    assert 0.0 < parts[0].given[1] <= 0.05
    assert [0.0] * 2 == [part.given[1] for part in parts[1:]]
