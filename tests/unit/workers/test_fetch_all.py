"""Several images at the same time: all of them under one deadline, or each as it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset
from tests.fakes.words import kept
from workers.fetch_all import Fetch, fetch_all, fetch_each

SOON_S, LATE_S = 30.0, 0.0


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def brought(index: int, after: threading.Event | None = None) -> Fetch:
    def fetch() -> KeptAsset:
        assert after is None or after.wait(SOON_S)
        return kept(index)

    return fetch


def test_each_is_told_as_it_comes(executor: Executor) -> None:
    go = threading.Event()
    came = fetch_each(executor, {0: brought(0, go), 1: brought(1)}, time.monotonic() + SOON_S)

    assert (1, kept(1)) == next(came)
    go.set()
    assert [(0, kept(0))] == list(came)


@pytest.mark.parametrize("places", [1, 3])
def test_all_are_told_of_together_too(executor: Executor, places: int) -> None:
    fetches = {place: brought(place) for place in range(places)}

    assert {place: kept(place) for place in range(places)} == fetch_all(
        executor, fetches, time.monotonic() + SOON_S
    )


def test_what_has_not_come_by_then_is_out_of_time(executor: Executor) -> None:
    go = threading.Event()
    fetches = {0: brought(0, go), 1: brought(1, go)}
    late = fetch_all(executor, fetches, time.monotonic() + LATE_S)
    go.set()

    assert [Reason.OUT_OF_TIME] * 2 == [told.reason for told in late.values() if isinstance(told, TryLater)]


def test_trouble_of_one_is_told_as_its_result_and_a_fault_of_ours_too_with_its_traceback(
    executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    def busy() -> KeptAsset:
        raise TryLater(Reason.SOURCE_BUSY)

    def stumbles() -> KeptAsset:
        raise ZeroDivisionError

    told = fetch_all(executor, {0: busy, 1: brought(1)}, time.monotonic() + SOON_S)
    assert isinstance(told[0], TryLater)
    for neighbours in ({}, {1: brought(1)}):
        told = fetch_all(executor, {0: stumbles, **neighbours}, time.monotonic() + SOON_S)
        assert isinstance(told[0], TryLater)
        assert (Reason.OUR_FAULT, len(neighbours)) == (told[0].reason, len(told) - 1)
    assert [ZeroDivisionError] * 2 == [record.exc_info[0] for record in caplog.records if record.exc_info]
