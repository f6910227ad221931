"""When a callback is tried again, and what the switches make of it. No sockets, no clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from infra.simulator.callbacks import deliver
from infra.simulator.images.workshop import Workshop
from infra.simulator.providers import apiinone, evolink
from infra.simulator.task import Attempt, Task
from tests.unit.simulator.samples import order, task


class Receiver:
    """Answers with the given statuses in turn, then 200, and remembers what it got."""

    def __init__(self, *statuses: int | None) -> None:
        self._statuses = list(statuses)
        self.got: list[tuple[str, bytes, int]] = []

    async def post(self, url: str, body: bytes, delivery: int, headers: Mapping[str, str]) -> Attempt:
        """Give the next answer."""
        del headers
        self.got.append((url, body, delivery))
        status = self._statuses.pop(0) if self._statuses else 200
        return Attempt(delivery, 0.0, 0.0, status, None if status else "TimeoutError")


def run_delivery(receiver: Receiver) -> tuple[bool, list[float], list[int | None]]:
    """Deliver once; return whether it was accepted, the waits and the statuses."""
    waits: list[float] = []
    noted: list[Attempt] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    accepted = asyncio.run(deliver(receiver.post, "http://x", b"{}", noted.append, sleep=sleep))
    return accepted, waits, [attempt.status for attempt in noted]


def test_an_accepted_callback_is_sent_once() -> None:
    """202 is as good as 200."""
    assert run_delivery(Receiver(202)) == (True, [0.0], [202])


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 500, 503, None])
def test_whatever_is_not_2xx_is_tried_again(status: int | None) -> None:
    """Redirects and silence, too."""
    assert run_delivery(Receiver(status)) == (True, [0.0, 1.0], [status, 200])


def test_it_is_given_up_after_four_tries_with_1_2_and_4_s_between() -> None:
    """The same bytes each time."""
    receiver = Receiver(503, 503, 503, 503)
    assert run_delivery(receiver) == (False, [0.0, 1.0, 2.0, 4.0], [503, 503, 503, 503])
    assert len({body for _, body, _ in receiver.got}) == 1


def run_task(receiver: Receiver, one: Task) -> None:
    """Work on a task to its end."""
    one.work_s = 0.0

    async def work() -> None:
        workshop = Workshop(receiver.post, {"evolink": evolink.task_body, "apiinone": apiinone.task_body})
        workshop.start(one)
        async with asyncio.timeout(5):
            await asyncio.gather(*workshop._running)
        assert not workshop._running

    asyncio.run(work())


@pytest.mark.parametrize(("callback", "deliveries"), [(None, [1]), ("lost", []), ("duplicate", [1, 2])])
def test_a_callback_is_sent_once_never_or_twice(callback: str | None, deliveries: list[int]) -> None:
    """By default once; the task completes all the same."""
    receiver, one = Receiver(), task(order(callback=callback))
    run_task(receiver, one)
    assert [number for _, _, number in receiver.got] == deliveries
    assert one.is_completed()


def test_a_late_callback_comes_after_its_time() -> None:
    """Late is not lost."""
    receiver, one = Receiver(), task(order(callback="late", late_s=0.05))
    run_task(receiver, one)
    assert len(receiver.got) == 1


def test_a_forgotten_task_is_worked_on_no_more() -> None:
    """What the shelf dropped costs nothing any more."""
    receiver, one = Receiver(), task()

    async def work() -> None:
        workshop = Workshop(receiver.post, {"evolink": evolink.task_body})
        workshop.start(one)
        workshop.drop(one)
        async with asyncio.timeout(5):
            await asyncio.gather(*workshop._running, return_exceptions=True)

    asyncio.run(work())
    assert one.finished_at is None
    assert receiver.got == []
