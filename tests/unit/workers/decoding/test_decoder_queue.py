"""Who gets the next decoder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.pace import Patience
from workers.decoding.decoder_queue import PASSING, Closed, DecoderQueue


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


class Asking(threading.Thread):
    """One that waits for a place, tells when it has it, and gives it back when it is told to."""

    def __init__(
        self, queue: DecoderQueue, name: str, task: str | None, served: list[str], *, first: bool = False
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._first = first
        self._queue, self._task, self._served = queue, task, served
        self.done = threading.Event()

    def run(self) -> None:
        with self._queue.place(self._task, soon(), first=self._first):
            self._served.append(self.name)
            self.done.wait(30)


def wait_for(condition: Callable[[], bool]) -> None:
    patience, pause = Patience(30.0), threading.Event()
    while not condition():
        assert not patience.over
        pause.wait(0.002)


@contextmanager
def asked(queue: DecoderQueue, *names: str) -> Iterator[tuple[list[str], dict[str, Asking]]]:
    """Each name asks in this order; what stands before its colon is its task."""
    served: list[str] = []
    askings = {}
    for place, name in enumerate(names):
        asking = askings[name] = Asking(queue, name, name.partition(":")[0], served)
        asking.start()
        wait_for(lambda come=place + 1: queue.waiting + len(served) == come)  # type: ignore[misc]
    try:
        yield served, askings
    finally:
        for asking in askings.values():
            asking.done.set()


def order(queue: DecoderQueue, *names: str) -> list[str]:
    """In which order they are served, each giving its place back before the next."""
    with asked(queue, *names) as (served, askings):
        for count in range(1, len(names) + 1):
            wait_for(lambda count=count: len(served) >= count)  # type: ignore[misc]
            askings[served[count - 1]].done.set()
        return served


def test_who_asks_first_comes_first() -> None:
    assert order(DecoderQueue(1), "a:0", "b:0", "c:0") == ["a:0", "b:0", "c:0"]


def test_the_images_of_one_task_let_others_pass() -> None:
    many = [f"many:{number}" for number in range(4)]
    assert order(DecoderQueue(1), *many, "b:0", "c:0") == ["many:0", "b:0", "c:0", *many[1:]]


def test_a_task_of_many_images_is_not_passed_for_ever() -> None:
    others = [f"other{number}:0" for number in range(3 * PASSING)]
    served = order(DecoderQueue(1), "many:0", "many:1", *others)

    assert PASSING - 1 <= served.index("many:1") <= PASSING + 2


def test_one_task_never_has_all_the_decoders() -> None:
    queue = DecoderQueue(3)
    with asked(queue, "many:0", "many:1", "many:2", "b:0") as (served, _):
        wait_for(lambda: len(served) == 3)
        assert sorted(served) == ["b:0", "many:0", "many:1"]
        assert queue.waiting == 1


def test_who_names_no_task_is_one_by_itself() -> None:
    queue = DecoderQueue(2)
    with ExitStack() as places:
        for _ in range(2):
            places.enter_context(queue.place(None, soon()))


def test_no_place_is_given_after_the_deadline() -> None:
    queue = DecoderQueue(1)
    with pytest.raises(TimeoutError), queue.place("a", soon(-1)):
        pass
    with queue.place("a", soon()), pytest.raises(TimeoutError), queue.place("b", soon(0.05)):
        pass
    with queue.place("b", soon()):
        assert queue.waiting == 0


def test_closing_sends_away_who_waits() -> None:
    queue = DecoderQueue(1)
    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            with queue.place("b", soon()):
                pass
        except Closed:
            ended.append(Closed)

    with queue.place("a", soon()):
        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        wait_for(lambda: queue.waiting == 1)
        queue.close()
        waiting.join(30)
    assert ended == [Closed]
    with pytest.raises(Closed), queue.place("a", soon()):
        pass


def test_who_has_no_time_comes_before_all_who_wait() -> None:
    queue = DecoderQueue(1)
    with asked(queue, "a:0", "b:0", "c:0") as (served, askings):
        hurried = Asking(queue, "hurried:0", "hurried", served, first=True)
        hurried.start()
        wait_for(lambda: queue.waiting == 3)
        askings["a:0"].done.set()
        wait_for(lambda: len(served) == 2)
        hurried.done.set()
        assert served == ["a:0", "hurried:0"]
