"""The answer to a delivery: all that wait for one batch are told at the same time, each at most for its own time."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from archive.errors import BucketUnavailable
from archive.records.delivery import Delivery
from receiver.acceptance import Acceptance


class HeldInbox:
    """Takes deliveries into one batch, which a test ends; or refuses them immediately."""

    def __init__(self, trouble: BucketUnavailable | None = None) -> None:
        self.batch: Future[str] = Future()
        self.trouble = trouble

    def accept(self, delivery: Delivery) -> Future[str]:
        del delivery
        if self.trouble is not None:
            raise self.trouble
        return self.batch


def delivery(number: int) -> Delivery:
    return Delivery(
        id=f"{number:026d}", received_at=datetime(2026, 11, 21, tzinfo=UTC), provider="evolink", body=b"{}"
    )


def answers(
    inbox: HeldInbox, count: int, end: Callable[[Future[str]], None], within_s: float = 5
) -> list[Response]:
    """The answers to so many deliveries, whose batch is ended from another thread once all of them wait."""

    async def main() -> list[Response]:
        acceptance = Acceptance(inbox, within_s)  # type: ignore[arg-type]  # an inbox as far as this is concerned
        waiting = [asyncio.create_task(acceptance.answer(delivery(number))) for number in range(count)]
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, end, inbox.batch)
        return await asyncio.gather(*waiting)

    return asyncio.run(main())


def test_each_of_a_batch_is_answered_with_its_own_id() -> None:
    told = answers(HeldInbox(), 3, lambda batch: batch.set_result("inbox/key"))
    assert [(answer.status_code, answer.body) for answer in told] == [
        (202, f'{{"accepted":"{number:026d}"}}'.encode()) for number in range(3)
    ]
    assert {answer.headers["content-type"] for answer in told} == {"application/json"}


def test_a_batch_that_fails_is_503_to_each_with_the_word_to_try_again() -> None:
    told = answers(HeldInbox(), 2, lambda batch: batch.set_exception(BucketUnavailable("away")))
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in told] == [(503, "1")] * 2


def test_who_waits_too_long_is_503_and_hurts_nobody() -> None:
    inbox = HeldInbox()
    told = answers(inbox, 2, lambda _: None, within_s=0.01)
    assert [answer.status_code for answer in told] == [503, 503]
    # Its loop is gone by now: the batch ends all the same.
    inbox.batch.set_result("inbox/key")


def test_a_batch_that_has_ended_already_is_answered_at_once() -> None:
    inbox = HeldInbox()
    inbox.batch.set_result("inbox/key")
    assert [answer.status_code for answer in answers(inbox, 2, lambda _: None)] == [202, 202]


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_inbox_refuses_is_503(count: int) -> None:
    told = answers(HeldInbox(BucketUnavailable("too many lines wait")), count, lambda _: None)
    assert [answer.status_code for answer in told] == [503] * count


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing but counting references frees objects."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("trouble", [None, BucketUnavailable("away")])
def test_a_batch_that_has_ended_is_held_by_nobody(trouble: BucketUnavailable | None) -> None:
    def end(batch: Future[str]) -> None:
        if trouble is None:
            batch.set_result("inbox/key")
        else:
            batch.set_exception(trouble)

    inbox = HeldInbox()
    answers(inbox, 2, end)
    batch = weakref.ref(inbox.batch)
    del inbox

    assert batch() is None
    assert trouble is None or trouble.__traceback__ is None


class CountedBatch(Future[str]):
    """A batch that counts who wants to be called at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.called = 0

    def add_done_callback(self, fn: Callable[[Future[str]], object]) -> None:
        self.called += 1
        super().add_done_callback(fn)


class TwoInboxes:
    """Takes deliveries into two batches by turns, as they come whose links live short, and others."""

    def __init__(self) -> None:
        self.batches = (CountedBatch(), CountedBatch())

    def accept(self, delivery: Delivery) -> Future[str]:
        return self.batches[int(delivery.id) % 2]


def test_two_batches_that_fill_at_the_same_time_wake_the_loop_once_each() -> None:
    inbox = TwoInboxes()

    async def main() -> list[int]:
        acceptance = Acceptance(inbox, 5)  # type: ignore[arg-type]  # an inbox as far as this is concerned
        waiting = [asyncio.create_task(acceptance.answer(delivery(number))) for number in range(6)]
        await asyncio.sleep(0)
        for batch in inbox.batches:
            batch.set_result("inbox/key")
        return [answer.status_code for answer in await asyncio.gather(*waiting)]

    assert [202] * 6 == asyncio.run(main())
    assert [1, 1] == [batch.called for batch in inbox.batches]


class HeldLoop(asyncio.SelectorEventLoop):
    """A loop whose time a test moves."""

    now = 0.0

    def time(self) -> float:
        return self.now


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_each_of_a_batch_waits_for_its_own_time() -> None:
    inbox, loop = HeldInbox(), HeldLoop()

    async def main() -> list[int]:
        acceptance = Acceptance(inbox, 2.0)  # type: ignore[arg-type]  # an inbox as far as this is concerned
        waiting = []
        for number in range(3):
            waiting.append(asyncio.create_task(acceptance.answer(delivery(number))))
            await _turns()
            loop.now += 0.9
        # The first has waited for 2.7 s, the second for 1.8 and the third for 0.9.
        await _turns()
        assert [True, False, False] == [each.done() for each in waiting]
        loop.now += 0.3
        await _turns()
        assert [True, True, False] == [each.done() for each in waiting]
        inbox.batch.set_result("inbox/key")
        return [(await each).status_code for each in waiting]

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert [503, 503, 202] == runner.run(main())
