"""An undisturbed stretch: what one finished single-image task costs in S3 requests, and how many are done a second."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace

from tests.chaos.house import House
from tests.chaos.load import Load
from tests.chaos.rest import backlog
from tests.chaos.stories import single
from tests.system.stack import until

# "What holds at rest", 7.
MOST_REQUESTS = 8.0
_APART_S = 0.5
_WITHIN_S = 120.0
# The sweep's listings come by the clock, not by the task; so do health probes, proofs, a worker's trial of its store,
# and rolling the catalogue up.
_BY_THE_CLOCK = (
    "LIST",
    *(
        f"{method} {what}"
        for method in ("PUT", "GET", "HEAD", "DELETE")
        for what in ("probe", "rolled", "trial")
    ),
)


@dataclass(frozen=True)
class Calm:
    """What was measured."""

    tasks: int
    requests: Counter[str]
    seconds: float

    @property
    def requests_a_task(self) -> float:
        """All requests but those that come by the clock."""
        return sum(self.requests.values()) / self.tasks


def calm_stretch(house: House, load: Load, tasks: int) -> Calm:
    """Send single-image tasks, each by itself, and wait for rest."""
    before = _counted(house)
    began = time.monotonic()
    load.send([replace(single(), at_s=place * _APART_S) for place in range(tasks)])
    until(
        "the calm stretch to end",
        lambda: len(house.ledger.accepted) >= tasks and backlog(house).rest,
        _WITHIN_S,
    )
    return Calm(tasks, _counted(house) - before, time.monotonic() - began)


def _counted(house: House) -> Counter[str]:
    total = sum((weather.counted() for weather in house.weathers), Counter[str]())
    return Counter({kind: count for kind, count in total.items() if not kind.startswith(_BY_THE_CLOCK)})
