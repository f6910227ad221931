"""A metric as the registry tells it: pure words. Its labels take their values from closed sets only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from runtime.heartbeat import Role

# What stands for a value that is in no set of ours: a stranger cannot make a new series.
OTHER = "other"

Kind = Literal["counter", "gauge", "histogram"]
# Who runs a metric's process; a heartbeat knows no console.
Teller = Role | Literal["console"]

EVERYBODY: tuple[Teller, ...] = ("receiver", "worker", "console")


class Label(NamedTuple):
    """A label and all values that it may have; `told_at_start` where a process names them when it starts."""

    name: str
    values: Collection[str] = ()
    told_at_start: bool = False

    def closed(self, value: str, told: tuple[str, ...] = ()) -> str:
        """The value, or `other` where it is in no set."""
        return value if value in (told if self.told_at_start else self.values) else OTHER


class Metric(NamedTuple):
    """One metric. `bounds` are those of a histogram's buckets, in its unit.

    `begins` are its labels with those values that are told before anything was counted, where all are too many.
    """

    name: str
    kind: Kind
    unit: str
    roles: tuple[Teller, ...]
    labels: tuple[Label, ...]
    meaning: str
    bounds: tuple[float, ...] = ()
    begins: tuple[Label, ...] = ()
