"""The road of one delivery through the bucket, looked at as it goes: settled, then ended.

settled     work of the task is due, or more than that is there already
ended       a manifest, a dead letter of the task, or a dead letter of the delivery
listed      the catalogue has a line of it: until then lists do not show it
put off     the work met trouble that passes and is due again later
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ulid import ULID

from archive import layout
from archive.errors import Missing
from archive.library.task_file import Due, due_of, look
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_at

# S3 tells an object's time in whole seconds.
_CLOCKS = timedelta(seconds=2)


@dataclass(frozen=True)
class Sight:
    """What is to be seen of the task now."""

    manifest: Manifest | None = None
    letter: DeadLetter | None = None
    due: tuple[Due, ...] = ()
    key: str = ""

    @property
    def settled(self) -> bool:
        """Whether the delivery was placed."""
        return bool(self.manifest or self.letter or self.due)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it; of a whole task the entry waits for its line in the catalogue."""
        whole = self.manifest is not None and self.manifest.whole
        return whole or (bool(self.manifest or self.letter) and not self.due)

    @property
    def trouble(self) -> str | None:
        """What the last try met, where the work was put off."""
        return next((entry.work.trouble for entry in self.due if entry.work and entry.work.trouble), None)


def see(bucket: Bucket, provider: str, task_id: str, delivery_id: str) -> Sight:
    """What is to be seen of a fresh task and its delivery."""
    due = tuple(entry for entry in due_of(bucket, task_id) if entry.due.provider == provider)
    file = look(bucket, provider, task_id, list(due))
    if file is not None and (file.manifest or file.letter):
        key = file.manifest_key if file.manifest else file.dead_key
        return Sight(file.manifest, file.letter, due, key)
    if due:
        return Sight(due=due, key=due[0].key)
    return _dead_delivery(bucket, provider, delivery_id)


def listed(bucket: Bucket, since: datetime, *names: str) -> str | None:
    """The key of the catalogue's object that names the task or the delivery, of those since then."""
    under = f"{layout.CATALOG}{since.astimezone(UTC):%Y/%m/%d/%H}/"
    for entry in bucket.list(layout.CATALOG, after=under):
        if entry.modified < since - _CLOCKS:
            continue
        try:
            body = bucket.get(entry.key).body
        except Missing:
            continue  # it became part of a larger one
        if any(f'"{name}"'.encode() in body for name in names if name):
            return entry.key
    return None


def _dead_delivery(bucket: Bucket, provider: str, delivery_id: str) -> Sight:
    """The dead letter of the delivery alone, if no reader understood it."""
    try:
        day = ULID.from_str(delivery_id).datetime.date()
    except ValueError:
        return Sight()
    key = layout.dead_delivery_key(day, provider, delivery_id)
    letter = record_at(bucket, key, DeadLetter)
    return Sight(letter=letter, key=key) if letter is not None else Sight()
