"""What lines are about: told once, for whoever writes them, and for as long as it is under way."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from runtime.logs.subject import NAMES_MAX_CHARACTERS, about, joined, subject


def test_it_holds_within_and_ends_also_with_an_error() -> None:
    def fails() -> None:
        with about(task="t", provider="apiinone"):
            assert {"provider": "apiinone", "task": "t"} == subject()
            raise ValueError("x")

    with about(provider="evolink", delivery=None):
        with pytest.raises(ValueError, match="x"):
            fails()
        assert {"provider": "evolink"} == subject()
    assert {} == subject()


def test_another_thread_knows_it_by_a_copy_of_the_context_alone() -> None:
    with about(task="t"), ThreadPoolExecutor(1) as pool:
        assert {} == pool.submit(subject).result()
        assert {"task": "t"} == pool.submit(copy_context().run, subject).result()
        assert {} == pool.submit(subject).result()


def test_two_requests_of_one_loop_do_not_mix() -> None:
    async def request(name: str) -> str:
        with about(delivery=name):
            await asyncio.sleep(0)
            return subject()["delivery"]

    async def both() -> list[str]:
        return list(await asyncio.gather(request("one"), request("two")))

    assert ["one", "two"] == asyncio.run(both())


def test_names_are_joined_each_once_and_cut_between_two() -> None:
    assert "a,b" == joined(["a", "b", "a"])
    many = joined(f"{number:026}" for number in range(1000))
    assert NAMES_MAX_CHARACTERS - 27 < len(many) <= NAMES_MAX_CHARACTERS
    assert {26} == {len(name) for name in many.split(",")}
