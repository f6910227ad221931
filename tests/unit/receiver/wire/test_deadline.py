"""A deadline: its timer is set anew only when it goes off, and never where uvloop makes no timer."""

from __future__ import annotations

import asyncio

import uvloop

from receiver.wire.deadline import Deadline

# What is left of a deadline when its timer goes off a little early: less than uvloop's half a millisecond.
REST_S = 0.0003


async def late_after(*times_s: float) -> float:
    """How long after the last of these deadlines one is called, each having been set after the other."""
    loop = asyncio.get_running_loop()
    called: asyncio.Future[float] = loop.create_future()
    deadline = Deadline(loop, lambda: called.set_result(loop.time()))
    for seconds in times_s:
        ends = loop.time() + seconds
        deadline.within(seconds)
    return await asyncio.wait_for(called, 5) - ends


def test_a_deadline_nearer_than_a_timer_can_be_is_kept_and_can_be_set_anew() -> None:
    assert uvloop.run(late_after(REST_S, REST_S / 2)) >= 0


def test_a_later_deadline_is_waited_for_though_the_timer_stood_for_an_earlier_one() -> None:
    assert uvloop.run(late_after(0.01, 0.05)) >= 0


def test_an_earlier_deadline_does_not_wait_for_the_timer_of_a_later_one() -> None:
    assert uvloop.run(late_after(60, 0.01)) >= 0


def test_nobody_is_called_after_the_end() -> None:
    async def main() -> list[str]:
        called: list[str] = []
        deadline = Deadline(asyncio.get_running_loop(), lambda: called.append("late"))
        deadline.within(0.01)
        deadline.cancel()
        await late_after(0.05)
        return called

    assert [] == uvloop.run(main())
