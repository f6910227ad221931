"""The dead letters, read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit

from ulid import ULID

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.reading import read_all
from archive.library.span import Span
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.dismissal import Dismissal
from archive.store.bucket import Bucket
from archive.store.record_at import record_at, record_of

# The provider of what nobody could place.
UNKNOWN = "unknown"
# A letter is put right after its `at`, by S3's clock; whole seconds are cut off what a listing says.
SLACK = timedelta(minutes=2)


class Dead(NamedTuple):
    """A dead letter and where it stands."""

    key: str
    letter: DeadLetter

    @property
    def of_task(self) -> bool:
        """Whether it is the letter of a task, not of one delivery."""
        return "/delivery-" not in self.key

    @property
    def name(self) -> str:
        """What people call it by: provider/task_id, or a delivery's id."""
        letter = self.letter
        if self.of_task and letter.task_id:
            return f"{letter.provider}/{letter.task_id}"
        return letter.delivery.id if letter.delivery else self.key

    @property
    def task_id(self) -> str | None:
        """The task that it speaks of, where it is known."""
        return self.letter.task_id or next((work.task_id for work in self.letter.works), None)

    @property
    def task_name(self) -> str:
        """The task that it speaks of as provider/task_id, else its own name."""
        return f"{self.letter.provider}/{self.task_id}" if self.task_id else self.name

    @property
    def day(self) -> date:
        """The day under which it stands."""
        year, month, day = self.key.removeprefix(layout.DEAD).split("/")[:3]
        return date(int(year), int(month), int(day))

    @property
    def moment(self) -> datetime:
        """When it was given up; a moment without a zone, which somebody else wrote, is UTC."""
        return self.letter.moment

    @property
    def dismissed(self) -> Dismissal | None:
        """Who closed it, unless something came after that: it was given up anew, or replayed in vain."""
        return self.letter.dismissed

    @property
    def changed_at(self) -> datetime:
        """When it was given up or replayed last."""
        return self.letter.changed_at

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts whose links were of no use, each once; none where it is about no link."""
        lost = [asset.source.partition("/")[0] for asset in self.letter.lost]
        told = lost or [_host(source) for work in self.letter.works for source in work.sources]
        return tuple(dict.fromkeys(filter(None, told)))


class DeadFilter(NamedTuple):
    """Which letters are wanted; a label may hold `*`. `tasks` are names as provider/task_id; None for all."""

    span: Span = Span()
    reason: str | None = None
    provider: str | None = None
    label: str | None = None
    tasks: frozenset[str] | None = None
    host: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether it leaves anything out."""
        return self != DeadFilter()

    def wants(self, dead: Dead) -> bool:
        """Whether a letter passes: its own reason, or that of any of its images."""
        reasons = {dead.letter.reason, *(asset.reason for asset in dead.letter.lost)}
        return (
            dead.moment in self.span
            and (self.tasks is None or dead.task_name in self.tasks)
            and (self.reason is None or Reason(self.reason) in reasons)
            and self.provider in {None, dead.letter.provider}
            and (self.label is None or fnmatchcase(dead.letter.label or "", self.label))
            and (self.host is None or self.host in dead.hosts)
        )


class DeadReading(NamedTuple):
    """The letters that were wanted, the newest first, and the keys of those that could not be read.

    `newer` are those that a newer version wrote; whether they would pass the filter is not known.
    """

    dead: tuple[Dead, ...]
    malformed: tuple[str, ...]
    newer: tuple[str, ...] = ()


def find_delivery(bucket: Bucket, delivery_id: str, providers: Iterable[str]) -> Dead | None:
    """The letter of a delivery; its id, a ULID, tells the day."""
    try:
        day = ULID.from_str(delivery_id).datetime.date()
    except ValueError:
        return None
    for provider in (*providers, UNKNOWN):
        if dead := read_letter(bucket, layout.dead_delivery_key(day, provider, delivery_id)):
            return dead
    return None


def read_letter(bucket: Bucket, key: str) -> Dead | None:
    """The dead letter under a key, or None. Raises MalformedRecord, NewerRecord, naming the key."""
    letter = record_at(bucket, key, DeadLetter)
    return Dead(key, letter) if letter is not None else None


def read_dead_letters(bucket: Bucket, wanted: DeadFilter) -> DeadReading:
    """All dead letters that pass the filter.

    Keys hold the day of the task, which may be days before it was given up: when a letter was written
    tells more, and a letter from before the span need not be read.
    """
    since = wanted.span.since
    keys = [
        listed.key
        for listed in bucket.list(layout.DEAD)
        if listed.key.endswith(".json") and (since is None or listed.modified >= since - SLACK)
    ]
    found: list[Dead] = []
    malformed: list[str] = []
    newer: list[str] = []
    for key, body in read_all(bucket, keys):
        try:
            dead = Dead(key, record_of(key, body, DeadLetter))
        except NewerRecord:
            newer.append(key)
            continue
        except MalformedRecord:
            malformed.append(key)
            continue
        if wanted.wants(dead):
            found.append(dead)
    return DeadReading(
        tuple(sorted(found, key=lambda dead: (dead.moment, dead.key), reverse=True)),
        tuple(malformed),
        tuple(newer),
    )


def reasons_counted(letters: Sequence[DeadLetter]) -> dict[Reason, int]:
    """How many letters there are of each reason, the most first."""
    counts: dict[Reason, int] = {}
    for letter in letters:
        counts[letter.reason] = counts.get(letter.reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _host(source: str) -> str:
    try:
        return urlsplit(source).hostname or ""
    except ValueError:
        return ""
