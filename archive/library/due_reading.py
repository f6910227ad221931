"""What waits: the entries of `due/`, read, each with why it waits and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.reading import read_all
from archive.records.work import INSTEAD_ORIGIN, Work
from archive.store.bucket import Bucket

# A longer backlog is told as "more": each entry is read, and nobody reads ten thousand lines.
MOST_WAITING = 10_000
_FAR = datetime.max.replace(tzinfo=UTC)


class Waiting(NamedTuple):
    """One entry of `due/`, and when its key says that it is next due."""

    key: str
    next_at: datetime
    work: Work

    @property
    def name(self) -> str:
        """What people call its task by."""
        return f"{self.work.provider}/{self.work.task_id}"

    @property
    def label(self) -> str:
        """The label that its order named, if it is known here."""
        return (self.work.order.label if self.work.order else None) or ""

    @property
    def reason(self) -> str:
        """The slug of the last trouble; empty before there was any."""
        return (self.work.trouble or "").partition(":")[0]

    @property
    def detail(self) -> str:
        """The last trouble in words."""
        return (self.work.trouble or "").partition(":")[2].strip()

    def state(self, now: datetime) -> str:
        """What is being done about it, in a few words."""
        if self.work.kind == "ask":
            return "asked for" if self.work.origin == INSTEAD_ORIGIN else "awaits its callback"
        if self.next_at <= now:
            return "due"
        return "in a worker's hands" if self.work.leased else "put off"

    def put_off(self, now: datetime) -> bool:
        """Whether its next try lies ahead and nobody has it in hand."""
        return not self.work.leased and self.next_at > now


class WaitingReading(NamedTuple):
    """What waits, that whose links die first at the top. `unread` are the keys of what cannot be read here."""

    waiting: tuple[Waiting, ...]
    unread: tuple[str, ...] = ()
    more: bool = False


class WaitingFilter(NamedTuple):
    """Which are wanted; a label may hold `*`."""

    provider: str | None = None
    label: str | None = None
    reason: str | None = None

    def wants(self, waiting: Waiting) -> bool:
        """Whether an entry passes."""
        return (
            self.provider in {None, waiting.work.provider}
            and self.reason in {None, waiting.reason}
            and (self.label is None or fnmatchcase(waiting.label, self.label))
        )


def read_waiting(bucket: Bucket, wanted: WaitingFilter, most: int = MOST_WAITING) -> WaitingReading:
    """The entries that pass the filter, of the first so many. Raises BucketUnavailable."""
    keys = [listed.key for listed in bucket.list(layout.DUE, most=most + 1)]
    found: list[Waiting] = []
    unread: list[str] = []
    for key, body in read_all(bucket, keys[:most]):
        try:
            waiting = Waiting(key, layout.read_due_key(key).when, Work.from_json(body))
        except (MalformedRecord, NewerRecord, ValueError):
            unread.append(key)
            continue
        if wanted.wants(waiting) and not waiting.work.looked_at_again:
            found.append(waiting)
    found.sort(key=lambda waiting: (waiting.work.expires_at or _FAR, waiting.key))
    return WaitingReading(tuple(found), tuple(unread), more=len(keys) > most)
