"""The answer to a delivery: 202 once it is durable, else 503 immediately.

All lines of a batch end with one future, in a committer's thread. The loop is woken once for it, not once a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from concurrent.futures import Future
from weakref import WeakKeyDictionary

from msgspec import structs
from starlette.responses import PlainTextResponse, Response

from archive.errors import FixativeError
from archive.records.delivery import Delivery
from receiver.intake import Inbox
from receiver.wire.deadline import LEAST_S
from runtime.logs.step import facts
from runtime.logs.subject import about
from runtime.tracing.span import span, traceparent, wanted

log = logging.getLogger(__name__)


class Acceptance:
    """Waits until deliveries are durable, each at most `within_s`. Used in one event loop."""

    def __init__(self, inbox: Inbox, within_s: float) -> None:
        self._inbox, self._within_s = inbox, within_s
        # Batches that fill at the same time: those of links that live short are beside all others.
        self._companies: WeakKeyDictionary[Future[str], _Company] = WeakKeyDictionary()

    async def answer(self, delivery: Delivery) -> Response:
        """Take the delivery, and say what became of it."""
        if not wanted():
            return await self._answer(delivery)
        with (
            about(provider=delivery.provider, delivery=delivery.id),
            span("accept", kind="server", via=delivery.via),
        ):
            return await self._answer(structs.replace(delivery, trace=traceparent()))

    async def _answer(self, delivery: Delivery) -> Response:
        try:
            batch = self._inbox.accept(delivery)
            company = self._companies.get(batch)
            if company is None:
                company = self._companies[batch] = _Company(batch, self._within_s)
            # A line is committed even if nobody waits for it any more.
            if not await company.wait():
                return _not_durable(delivery, f"within {self._within_s:g} s")
        except FixativeError as error:
            return _not_durable(delivery, str(error))
        # Not raised here: by its traceback the error would hold this frame, with its delivery and itself.
        trouble = batch.exception(0)
        if trouble is None:
            text = b'{"accepted":"%b"}' % delivery.id.encode()
            return Response(text, 202, media_type="application/json")
        if not isinstance(trouble, FixativeError):
            raise trouble
        return _not_durable(delivery, str(trouble))


def _not_durable(delivery: Delivery, why: str) -> Response:
    with about(provider=delivery.provider, delivery=delivery.id):
        log.warning("delivery %s: not durable: %s", delivery.id, why, extra=facts("not_durable"))
    return PlainTextResponse("not durable yet, try again\n", 503, headers={"Retry-After": "1"})


class _Company:
    """Those who wait for one batch. What asyncio has for this costs as much as all else that a callback needs."""

    def __init__(self, batch: Future[str], within_s: float) -> None:
        # Not kept: the batch keeps its callback for good, and a circle would outlive both.
        self._loop, self._within_s = asyncio.get_running_loop(), within_s
        # In the order in which their times end, and one timer for all of them.
        self._waiting: deque[tuple[float, asyncio.Future[bool]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        batch.add_done_callback(self._ended)

    async def wait(self) -> bool:
        """Whether its batch ends in time, well or not."""
        here: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append((self._loop.time() + self._within_s, here))
        if self._over:
            self._tell_all()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._within_s, self._late)
        return await here

    def _ended(self, _batch: Future[str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            _tell(self._waiting.popleft()[1], True)  # noqa: FBT003 - what the future says

    def _late(self) -> None:
        self._timer, now = None, self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _tell(self._waiting.popleft()[1], False)  # noqa: FBT003 - what the future says
        if self._waiting:
            self._timer = self._loop.call_later(max(self._waiting[0][0] - now, LEAST_S), self._late)


def _tell(here: asyncio.Future[bool], in_time: bool) -> None:  # noqa: FBT001 - what the future says
    if not here.done():
        here.set_result(in_time)
