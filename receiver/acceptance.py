"""The answer to a delivery: 202 once it is durable, else 503 immediately.

All lines of a batch end with one future, in a committer's thread. The loop is woken once for it, not once a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import Future

from msgspec import structs
from starlette.responses import PlainTextResponse, Response

from archive.errors import FixativeError
from archive.records.delivery import Delivery
from receiver.intake import Inbox
from runtime.logs.step import facts
from runtime.logs.subject import about
from runtime.tracing.span import span, traceparent, wanted

log = logging.getLogger(__name__)


class Acceptance:
    """Waits until deliveries are durable, each at most `within_s`. Used in one event loop."""

    def __init__(self, inbox: Inbox, within_s: float) -> None:
        self._inbox, self._within_s = inbox, within_s
        self._batch: Future[str] | None = None
        self._company: _Company | None = None

    async def answer(self, delivery: Delivery) -> Response:
        """Take the delivery, and say what became of it."""
        with (
            about(provider=delivery.provider, delivery=delivery.id),
            span("accept", kind="server", via=delivery.via),
        ):
            return await self._answer(
                structs.replace(delivery, trace=traceparent()) if wanted() else delivery
            )

    async def _answer(self, delivery: Delivery) -> Response:
        try:
            batch = self._inbox.accept(delivery)
            if self._company is None or self._batch is not batch:
                self._batch, self._company = batch, _Company(batch)
            # A line is committed even if nobody waits for it any more.
            if await self._company.wait(batch, self._within_s):
                # Not raised here: by its traceback the error would hold this frame, with its delivery and itself.
                trouble = batch.exception(0)
                if trouble is None:
                    text = b'{"accepted":"%b"}' % delivery.id.encode()
                    return Response(text, 202, media_type="application/json")
                if not isinstance(trouble, FixativeError):
                    raise trouble
                log.warning("delivery %s: not durable: %s", delivery.id, trouble, extra=facts("not_durable"))
            else:
                log.warning(
                    "delivery %s: not durable within %g s",
                    delivery.id,
                    self._within_s,
                    extra=facts("not_durable"),
                )
        except FixativeError as error:
            log.warning("delivery %s: not durable: %s", delivery.id, error, extra=facts("not_durable"))
        return PlainTextResponse("not durable yet, try again\n", 503, headers={"Retry-After": "1"})


class _Company:
    """Those who wait for one batch. What asyncio has for this costs as much as all else that a callback needs."""

    def __init__(self, batch: Future[str]) -> None:
        # Not kept: the batch keeps its callback for good, and a circle would outlive both.
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[bool]] = []
        batch.add_done_callback(self._ended)

    async def wait(self, batch: Future[str], within_s: float) -> bool:
        """Whether the batch ends in time, well or not."""
        here: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append(here)
        timer = self._loop.call_later(within_s, _tell, here, False)  # noqa: FBT003 - what the future says
        if batch.done():
            self._tell_all()
        try:
            return await here
        finally:
            timer.cancel()

    def _ended(self, _batch: Future[str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        for here in self._waiting:
            _tell(here, True)  # noqa: FBT003 - what the future says
        self._waiting.clear()


def _tell(here: asyncio.Future[bool], in_time: bool) -> None:  # noqa: FBT001 - what the future says
    if not here.done():
        here.set_result(in_time)
