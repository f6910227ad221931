"""Several images at the same time, under one deadline: all of them, or each as it comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Executor, wait
from contextvars import copy_context
from typing import TypeVar

from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from workers.outcome import Result

log = logging.getLogger(__name__)

Place = TypeVar("Place", bound=Hashable)
# Brings one image; raises TryLater.
Fetch = Callable[[], KeptAsset | LostAsset]


def fetch_all(executor: Executor, fetches: Mapping[Place, Fetch], deadline: float) -> dict[Place, Result]:
    """What came of each image; one alone in this thread, several in parallel, until `deadline` of `time.monotonic()`."""
    return dict(fetch_each(executor, fetches, deadline, wait_for=ALL_COMPLETED))


def fetch_each(
    executor: Executor, fetches: Mapping[Place, Fetch], deadline: float, *, wait_for: str = FIRST_COMPLETED
) -> Iterator[tuple[Place, Result]]:
    """The same, each as it comes; of those that came at the same time in the order in which they were asked for."""
    if len(fetches) == 1:
        yield from ((place, _result(fetch)) for place, fetch in fetches.items())
        return
    under_way = {place: executor.submit(copy_context().run, fetch) for place, fetch in fetches.items()}
    while under_way:
        wait(under_way.values(), max(0.0, deadline - time.monotonic()), wait_for)
        came = [place for place, future in under_way.items() if future.done()]
        for place in came:
            yield place, _result(under_way.pop(place).result)
        if not came:  # the time is up
            break
    for place, future in under_way.items():
        future.cancel()
        yield place, TryLater(Reason.OUT_OF_TIME)


def _result(fetched: Fetch) -> Result:
    """What came of an image: the asset, or the trouble that puts it off."""
    try:
        return fetched()
    except TryLater as error:
        return error
    except Exception:  # a fault of ours must cost neither the other images nor the tries that are left
        log.exception("an image could not be fetched, by a fault of ours")
        return TryLater(Reason.OUR_FAULT, "the worker's log says where")
