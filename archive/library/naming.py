"""What people may write for a task: its id, provider/id, a unique beginning of either or of its telling part, or `last`.

    task-unified-1795680409-hkmgrfil     evolink/task-unified-1795680409     hkm     last

A beginning of the whole id counts before one of its telling part (`hkm`), which is looked for among what `ls`, `failed`
and `waiting` show. `last` is the task of which something was heard or tried last.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import NotUnderstood
from archive.library.catalogue_files import CatalogueFiles
from archive.library.catalogue_reading import pieces_of
from archive.library.reading import at_once
from archive.library.span import Span, today_and_yesterday
from archive.records.catalogue import CatalogueLine
from archive.store.bucket import Bucket
from archive.task_ids import filed_id, is_task_id, told_id

LAST = "last"
_TOLD_MAX_CHARACTERS = 200  # of what is no task; an id has fewer
# `last` and letters are looked for within a month, ids that tell their day likewise; an older one needs its second.
DAYS_BACK = 31
# Of a beginning that ends before its second is told: each costs a LIST, and one for each provider that is there.
DAYS_ASKED_MOST = 7
# Waiting work that is looked through, as in `archive/library/task_file.py`, and dead letters likewise.
MOST_LOOKED_AT = 20_000
# Names in a sentence about too many, and the objects of one listing that are looked through for them.
MOST_NAMED = 5
_OBJECTS_MOST = 200
# `last` looks back no further than it must.
_LOOKS_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=DAYS_BACK))

_BETWEEN_PARTS = re.compile("[-_/]")
# A part of an id that is shorter tells nobody anything.
_TELLS_CHARACTERS = 6


class Name(NamedTuple):
    """A task, and when something was last heard of it or tried, as far as its key or a listing tells."""

    provider: str
    task_id: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.provider}/{self.task_id}"


def telling_part(task_id: str) -> str:
    """The part of an id by which a person knows it: hkmgrfil of task-unified-1795680409-hkmgrfil.

    The last of its parts that is long enough; API in One puts a model behind it: n42gcdopwbo_gpt-image-1.5.
    """
    parts = _BETWEEN_PARTS.split(task_id)
    return next((part for part in reversed(parts) if len(part) >= _TELLS_CHARACTERS), parts[-1])


def readings_of(text: str, providers: Collection[str]) -> list[tuple[str | None, str]]:
    """What a name may mean: a provider, if one is said, and what the id begins with; the likelier first.

    Ids may hold slashes. What stands before the first one is a provider's name, where one of these has that name; else it
    may be the beginning of an id, or the name of a provider that is no longer known.

    Raises:
        NotUnderstood: for what can be neither.
    """
    provider, _, rest = text.partition("/")
    with_provider = bool(layout.PROVIDER.fullmatch(provider)) and is_task_id(rest)
    if with_provider and provider in providers:
        return [(provider, rest)]
    readings: list[tuple[str | None, str]] = [(None, text)] if is_task_id(text) else []
    if with_provider:
        readings.append((provider, rest))
    if not readings:
        told = (
            text
            if len(text) <= _TOLD_MAX_CHARACTERS
            else f"{text[:_TOLD_MAX_CHARACTERS]}\N{HORIZONTAL ELLIPSIS}"
        )
        raise NotUnderstood(
            f"{told!r} is no task. Expected: a task id or its beginning, provider/task_id, or `{LAST}`."
        )
    return readings


def meant(bucket: Bucket, text: str, providers: Collection[str]) -> Name | None:
    """The task that is known here and that these words mean, or None; NotUnderstood where they mean several."""
    readings = readings_of(text, providers)
    if text == LAST:
        return _last(bucket)
    found = (_meant(bucket, text, [said] if said else providers, begins) for said, begins in readings)
    return next(filter(None, found), None)


def _meant(bucket: Bucket, text: str, providers: Collection[str], begins: str) -> Name | None:
    names = _like(bucket, providers, begins)
    exact = [name for name in names if name.task_id == begins]
    found = exact if len(exact) == 1 else names
    if len(found) > 1:
        told = [f"{text!r} is the beginning of several tasks. Say more of it:", *map(str, found[:MOST_NAMED])]
        told += [f"and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
        raise NotUnderstood("\n  ".join(told))
    return found[0] if found else None


def _last(bucket: Bucket) -> Name | None:
    """The task of which something was heard or tried last, or None where there is none in a month."""
    latest = max(_dead_and_due(bucket), key=lambda name: name.at, default=None)
    now = bucket.now()
    for back in _LOOKS_BACK:
        told = max(_told(bucket, Span(now - back)), key=lambda name: name.at, default=None)
        if told is not None:
            return told if latest is None or told.at >= latest.at else latest
        if latest is not None and latest.at >= now - back:
            return latest
    return latest


def _like(bucket: Bucket, providers: Collection[str], begins: str) -> list[Name]:
    """The tasks that begin so, the newest first, each once; else those whose telling part does."""
    recent = [name for name in _recent(bucket, begins) if name.provider in providers]
    whole = [name for name in recent if name.task_id.startswith(begins)]
    whole += _filed(bucket, providers, begins)
    return _each_once(whole) or _each_once(
        [name for name in recent if telling_part(name.task_id).startswith(begins)]
    )


def _each_once(names: list[Name]) -> list[Name]:
    """The newest of each, the newest first."""
    newest: dict[tuple[str, str], Name] = {}
    for name in sorted(names, key=lambda name: name.at):
        newest[name.provider, name.task_id] = name
    return sorted(newest.values(), key=lambda name: name.at, reverse=True)


def _recent(bucket: Bucket, begins: str) -> list[Name]:
    """Of what `ls`, `failed` and `waiting` show where nothing is asked for, what may be meant by a beginning."""
    told = _told(bucket, today_and_yesterday(bucket.now()))
    return [
        name
        for name in itertools.chain(told, _dead_and_due(bucket))
        if name.task_id.startswith(begins) or telling_part(name.task_id).startswith(begins)
    ]


def _told(bucket: Bucket, span: Span) -> Iterator[Name]:
    """The tasks that the lines of a span tell of, as often as they do; none is held, and a busy day has 200,000."""
    for piece in pieces_of(bucket, CatalogueFiles(bucket, columns=()), span):
        for line in piece.lines:
            if isinstance(line, CatalogueLine) and line.moment in span:
                yield Name(line.provider, line.task_id, line.moment)


def _dead_and_due(bucket: Bucket) -> Iterator[Name]:
    """The tasks of a month's dead letters, and of what is due."""
    first = bucket.now().date() - timedelta(days=DAYS_BACK)
    for listed in bucket.list(layout.DEAD, after=f"{layout.DEAD}{first:%Y/%m/%d}", most=MOST_LOOKED_AT):
        if found := layout.task_in_dead_key(listed.key):
            yield Name(*found, listed.modified)
    for listed in bucket.list(layout.DUE, most=MOST_LOOKED_AT):
        try:
            due = layout.read_due_key(listed.key)
        except ValueError:
            continue
        yield Name(due.provider, due.task_id, listed.modified)


def _filed(bucket: Bucket, providers: Collection[str], begins: str) -> list[Name]:
    """The tasks that stand under this beginning: in `index/` where ids tell no day, else in `tasks/`, by their day.

    Asked are the folders that are there, and not each provider of each day: LISTs side by side, few after another.
    """

    def of_day(day: date) -> list[tuple[str, str]]:
        there = bucket.folders(f"{layout.TASKS}{layout.day_text(day)}/")
        return [(provider, layout.tasks_of(day, provider)) for provider in there if provider in providers]

    def found(place: tuple[str, str]) -> list[Name]:
        provider, folder = place
        listing = bucket.list(f"{folder}{filed_id(begins)}", most=_OBJECTS_MOST)
        return [
            Name(provider, told, listed.modified)
            for listed in listing
            if (told := _told_in(listed.key.removeprefix(folder))) is not None
        ]

    undated = [
        (name, layout.index_key(name, "")) for name in bucket.folders(layout.INDEX) if name in providers
    ]
    dated = itertools.chain.from_iterable(at_once(of_day, _days_meant(bucket, begins)))
    return [name for names in at_once(found, [*undated, *dated]) for name in names]


def _days_meant(bucket: Bucket, begins: str) -> list[date]:
    """The days on which ids that tell their day may begin so: the one that is told, else some of a month.

    Of those under which anything stands, the ones that a cut second leaves open come first, then the newest.
    """
    if told := layout.day_in(begins):
        return [told]
    today = bucket.now().date()
    days = [today - timedelta(days=back) for back in range(-1, DAYS_BACK)]
    months = sorted({f"{layout.TASKS}{day:%Y/%m}/" for day in days})
    there = {
        f"{month}{name}"
        for month, names in zip(months, at_once(bucket.folders, months), strict=True)
        for name in names
    }
    kept = [day for day in days if f"{layout.TASKS}{layout.day_text(day)}" in there]
    first, last = layout.days_begun(begins) or (date.max, date.min)
    return sorted(kept, key=lambda day: not first <= day <= last)[:DAYS_ASKED_MOST]


def _told_in(key: str) -> str | None:
    """The id that is filed as the first part of a key, or None."""
    try:
        return told_id(key.partition("/")[0])
    except ValueError:
        return None
