"""Several images at the same time, under one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Executor, wait
from contextvars import copy_context
from typing import TypeVar

from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from workers.outcome import Result

Place = TypeVar("Place", bound=Hashable)
# Brings one image; raises TryLater.
Fetch = Callable[[], KeptAsset | LostAsset]


def fetch_all(executor: Executor, fetches: Mapping[Place, Fetch], deadline: float) -> dict[Place, Result]:
    """What came of each image; one alone in this thread, several in parallel, until `deadline` of `time.monotonic()`."""
    if len(fetches) == 1:
        return {place: _result(fetch) for place, fetch in fetches.items()}
    under_way = {place: executor.submit(copy_context().run, fetch) for place, fetch in fetches.items()}
    wait(under_way.values(), timeout=max(0.0, deadline - time.monotonic()))
    results: dict[Place, Result] = {}
    for place, future in under_way.items():
        if future.done():
            results[place] = _result(future.result)
        else:
            future.cancel()
            results[place] = TryLater(Reason.OUT_OF_TIME)
    return results


def _result(fetched: Fetch) -> Result:
    """What came of an image: the asset, or the trouble that puts it off."""
    try:
        return fetched()
    except TryLater as error:
        return error
