"""The timer of a connection: set anew only when it goes off, and never where uvloop makes no timer."""

from __future__ import annotations

import asyncio

import uvloop

from receiver.protocol import BoundedProtocol

# What is left of a deadline when its timer goes off a little early: less than uvloop's half a millisecond.
REST_S = 0.0003


class Watched(BoundedProtocol):
    """As much of a connection as its timer needs."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._timer, self._deadline = None, 0.0
        self.ended: asyncio.Future[float] = self.loop.create_future()

    def _too_late(self) -> None:
        self.ended.set_result(self.loop.time())


def test_a_deadline_nearer_than_a_timer_can_be_is_kept_and_can_be_set_anew() -> None:
    async def main() -> float:
        watched = Watched()
        watched._watch(REST_S)
        watched._watch(REST_S / 2)
        return await asyncio.wait_for(watched.ended, 5) - watched._deadline

    assert uvloop.run(main()) >= 0


def test_a_later_deadline_is_waited_for_though_the_timer_stood_for_an_earlier_one() -> None:
    async def main() -> float:
        watched = Watched()
        watched._watch(0.01)
        watched._watch(0.05)
        return await asyncio.wait_for(watched.ended, 5) - watched._deadline

    assert uvloop.run(main()) >= 0


def test_an_earlier_deadline_does_not_wait_for_the_timer_of_a_later_one() -> None:
    async def main() -> None:
        watched = Watched()
        watched._watch(60)
        watched._watch(0.01)
        await asyncio.wait_for(watched.ended, 5)

    uvloop.run(main())
