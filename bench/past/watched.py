"""The figures that a run is remembered by: where their rounds stand in results.json, and which way is worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Where a part, or a case of the hands, keeps the rounds of what is watched.
EACH_ROUND = "each_round"

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Watched:
    """`name` is where it stands: `door.to_noop` is results["door"]["each_round"]["to_noop"].

    A ratio is of two figures of one round, so that a slower machine changes it least.
    """

    name: str
    words: str
    is_ratio: bool = False
    more_is_better: bool = False

    def rounds_in(self, results: Results) -> list[float]:
        """What each round came to; nothing where it was not measured."""
        *path, last = self.name.split(".")
        found: Any = results
        for step in [*path, EACH_ROUND, last]:
            if not isinstance(found, Mapping) or step not in found:
                return []
            found = found[step]
        return [float(each) for each in found]


def _door(name: str, words: str) -> Watched:
    return Watched(f"door.{name}", f"door: its rate to {words}", is_ratio=True, more_is_better=True)


def _hands(case: str) -> Watched:
    return Watched(f"hands.{case}.to_floor", f"hands: CPU of `{case}` to the floor", is_ratio=True)


WATCHED = (
    _door("to_noop", "the no-op's"),
    _door("to_postgres", "PostgreSQL's"),
    _door("to_redis_aof", "that of a synced XADD"),
    _door("to_put_a_callback", "one PUT a callback"),
    Watched("door.p99_ms", "door: p99, ms"),
    _hands("png_1024"),
    _hands("jpeg_1024"),
    _hands("webp_1024"),
    Watched("s3.put", "requests: PUTs a lone task"),
    Watched("s3.dollars_a_million", "requests: dollars a million lone tasks"),
    Watched("way.p50_ms", "way: idle p50, ms"),
    Watched("way.p99_ms", "way: idle p99, ms"),
    Watched("way.full_per_s", "way: tasks a second at full rate", more_is_better=True),
    Watched(
        "backlog.to_live", "backlog: its rate to that of live callbacks", is_ratio=True, more_is_better=True
    ),
    Watched("growth.10000_to_empty", "growth: CPU with 10,000 tasks to none", is_ratio=True),
    Watched("growth.later_to_empty", "growth: CPU with 10,000 that wait to none", is_ratio=True),
    Watched("growth.two_workers", "growth: rate of two workers to one", is_ratio=True, more_is_better=True),
    Watched(
        "growth.two_receivers", "growth: rate of two receivers to one", is_ratio=True, more_is_better=True
    ),
    Watched("start.start_s", "start: seconds from `make up` to ready"),
)


def watched_in(results: Results) -> Iterator[tuple[Watched, list[float]]]:
    """What of it was measured."""
    for each in WATCHED:
        if rounds := each.rounds_in(results):
            yield each, rounds
