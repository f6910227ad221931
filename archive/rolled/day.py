"""What stands in the catalogue of one day, and what is to be done there. Pure.

    07/<ulid>.ndjson     batches, as the workers commit them
    07~<first>.ndjson    an hour rolled up; while it lasts, pieces of it
    ~<first>.parquet     the closed day; a second file where a line came late

A rolled file lists what it replaces, and sorts after it: whoever lists a page that does not show a batch any more finds
the file that has it on a later one. Only what a standing file lists is removed, so that it does not matter who
wrote it, nor whether one that was slower gathered the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from archive import catalog_keys
from archive.records.rolled import REPLACES_MOST, SOURCES_MOST
from archive.store.listing import Listed

# Batches that stand by themselves; whoever lists more rolls them up.
TAIL_MOST = 60
# Pieces of an hour that lasts; more are made one.
PIECES_MOST = 8
# A commit that was under way at its end is nearly always there by then; a later one makes a second file.
HOUR_CLOSED_AFTER = timedelta(minutes=2)
DAY_CLOSED_AFTER = timedelta(hours=1)
# Who listed before the file stood has read by then, or lists again.
GRACE = timedelta(minutes=2)
# Of lines, in one file: what one child works off within its time.
DAY_FILE_MAX_BYTES = 805_306_368
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

# What each rolled file replaces, by its key (archive/rolled/heads.py).
Told = Mapping[str, frozenset[str]]


class Roll(NamedTuple):
    """Make one file of these; `replaces` are they, and what they replaced and still stands."""

    day: date
    hour: int | None
    sources: tuple[str, ...]
    replaces: tuple[str, ...]
    ordinal: int

    @property
    def key(self) -> str:
        """Where it will stand."""
        first = catalog_keys.read_catalog_key(self.sources[0]).first
        return catalog_keys.rolled_key(self.day, self.hour, first, self.ordinal)


class CatalogueDay:
    """The objects of one day, by what they are; those that are none of ours stand in `foreign`."""

    # The model has fewer objects.
    tail_most, pieces_most = TAIL_MOST, PIECES_MOST

    def __init__(self, day: date, listed: Iterable[Listed]) -> None:
        self.day = day
        self.listed: dict[str, Listed] = {}
        self.batches: dict[int, list[str]] = {}
        self.hours: dict[int, list[str]] = {}
        self.days: list[str] = []
        self.foreign: list[str] = []
        for each in listed:
            self._add(each)

    def _add(self, each: Listed) -> None:
        try:
            told = catalog_keys.read_catalog_key(each.key)
        except ValueError:
            self.foreign.append(each.key)
            return
        self.listed[each.key] = each
        if told.hour is None:
            self.days.append(each.key)
        else:
            (self.hours if told.rolled else self.batches).setdefault(told.hour, []).append(each.key)

    @property
    def by_rank(self) -> list[str]:
        """What is rolled up: days, then hours, the latest first; of one hour what may replace another is before it."""
        hours = (key for keys in self.hours.values() for key in keys)
        return [*self.days, *sorted(hours, key=_rank, reverse=True)]

    def replacing(self, heads: Told) -> dict[str, frozenset[str]]:
        """What each file replaces that is not replaced itself.

        One that is says nothing: a frozen PUT may have brought it back under its name, with what was never rolled up.
        """
        telling: dict[str, frozenset[str]] = {key: heads.get(key, frozenset()) for key in self.days}
        gone = set().union(*telling.values())
        for key in self.by_rank[len(self.days) :]:
            if key not in gone:
                telling[key] = heads.get(key, frozenset())
                gone |= telling[key]
        return telling

    def replaced(self, heads: Told) -> frozenset[str]:
        """What nobody needs to read beside the files that replace it."""
        return frozenset().union(*self.replacing(heads).values())

    def removable(self, heads: Told, now: datetime) -> list[str]:
        """What stands, and a file that has stood for a grace replaces."""
        old = (
            told for key, told in self.replacing(heads).items() if now - self.listed[key].modified >= GRACE
        )
        return sorted({key for told in old for key in told if key in self.listed})

    @property
    def is_one(self) -> bool:
        """Whether it is as it stays: a file of the whole day, and nothing else."""
        return len(self.listed) == len(self.days)

    def tail(self, heads: Told) -> int:
        """How many batches stand by themselves."""
        replaced = self.replaced(heads)
        return sum(key not in replaced for keys in self.batches.values() for key in keys)

    def due(self, heads: Told, now: datetime, spread: timedelta = timedelta(0)) -> list[Roll]:
        """What is to be rolled up now; after that there may be more. A day is closed by so much later.

        Once a file of the day stands, what came late becomes another one of the day, and never an hour again: an
        hour's name could then come back with other lines, and be removed as what the day replaces.
        """
        replaced = self.replaced(heads)
        live = {hour: self._live(hour, replaced) for hour in sorted({*self.batches, *self.hours})}
        closed = now >= self._begins(0) + _DAY + DAY_CLOSED_AFTER + spread
        if self.days and not closed:
            return []  # it was closed by a clock that is ahead of ours
        if self.days:
            late = [key for keys in live.values() for key in keys]
            return self._rolls(None, late, heads)
        hours = [
            roll
            for hour, keys in live.items()
            for roll in self._rolls(hour, self._due_in(hour, keys, closed, now), heads)
        ]
        standing = sum(len(keys) for keys in live.values())
        if hours or not closed or not standing:
            return hours
        return self._rolls(None, [key for keys in live.values() for key in keys], heads)

    def _live(self, hour: int, replaced: frozenset[str]) -> list[str]:
        keys = (*self.batches.get(hour, ()), *self.hours.get(hour, ()))
        return [key for key in keys if key not in replaced]

    def _due_in(self, hour: int, live: list[str], closed_day: bool, now: datetime) -> list[str]:  # noqa: FBT001
        """What of an hour is to become one file."""
        batches = [key for key in live if key in set(self.batches.get(hour, ()))]
        if now >= self._begins(hour) + _HOUR + HOUR_CLOSED_AFTER:
            # One alone is as good as its own file; the day takes it as it is.
            return live if len(live) > 1 and not (closed_day and len(live) <= self.pieces_most) else []
        if len(live) - len(batches) > self.pieces_most:
            return live
        return batches if len(batches) > self.tail_most else []

    def _rolls(self, hour: int | None, keys: Sequence[str], heads: Told) -> list[Roll]:
        sources: list[str] = []
        size = 0
        for key in keys[:SOURCES_MOST]:
            size += self.listed[key].bytes
            if hour is None and sources and size > DAY_FILE_MAX_BYTES:
                break
            sources.append(key)
        if not sources:
            return []
        behind = (each for key in sources for each in heads.get(key, ()) if each in self.listed)
        replaces = tuple(dict.fromkeys([*sources, *behind]))[:REPLACES_MOST]
        beside = self.days if hour is None else self.hours.get(hour, ())
        ordinal = max((catalog_keys.read_catalog_key(key).ordinal + 1 for key in beside), default=0)
        return [Roll(self.day, hour, tuple(sources), replaces, ordinal)]

    def _begins(self, hour: int) -> datetime:
        return datetime.combine(self.day, time(hour), UTC)


def _rank(key: str) -> tuple[int, int]:
    told = catalog_keys.read_catalog_key(key)
    return told.hour or 0, told.ordinal
