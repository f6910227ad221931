"""The dead letters that stand, read anew where they changed: a page that is looked at every few seconds costs a listing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.dead_letters import Dead
from archive.library.reading import read_all
from archive.records.dead_letter import DeadLetter
from archive.store.bucket import Bucket
from archive.store.listing import Listed
from archive.store.record_at import record_of

# Of more, those that were written last are shown, and the page says so; the command lists all.
LETTERS_MOST = 5_000
# A listing tells whole seconds: what changed within these may change again unseen.
FRESH = timedelta(seconds=3)


class Standing(NamedTuple):
    """The letters, the newest first; `more` where there are more than are read."""

    dead: tuple[Dead, ...]
    malformed: tuple[str, ...]
    newer: tuple[str, ...]
    more: bool
    as_of: datetime


class StandingLetters:
    """Reads them; safe to use from many threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._known: dict[str, tuple[Listed, Dead | str]] = {}
        self._lock = threading.Lock()

    def read(self) -> Standing:
        """What stands now. Raises BucketUnavailable."""
        with self._lock:
            now = self._bucket.now()
            listed = [each for each in self._bucket.list(layout.DEAD) if each.key.endswith(".json")]
            listed.sort(key=lambda each: each.modified, reverse=True)
            shown = listed[:LETTERS_MOST]
            self._known = self._still_true(shown, now)
            self._read_the_others(shown)
            told = [self._known[each.key][1] for each in shown if each.key in self._known]
        dead = sorted(
            (each for each in told if isinstance(each, Dead)),
            key=lambda each: (each.moment, each.key),
            reverse=True,
        )
        unread = {each.key: self._known[each.key][1] for each in shown if each.key in self._known}
        return Standing(
            tuple(dead),
            tuple(key for key, each in unread.items() if each == "malformed"),
            tuple(key for key, each in unread.items() if each == "newer"),
            len(listed) > LETTERS_MOST,
            now,
        )

    def _still_true(self, shown: list[Listed], now: datetime) -> dict[str, tuple[Listed, Dead | str]]:
        return {
            each.key: self._known[each.key]
            for each in shown
            if each.key in self._known and self._known[each.key][0] == each and each.modified < now - FRESH
        }

    def _read_the_others(self, shown: list[Listed]) -> None:
        by_key = {each.key: each for each in shown if each.key not in self._known}
        for key, body in read_all(self._bucket, by_key):
            try:
                self._known[key] = by_key[key], Dead(key, record_of(key, body, DeadLetter))
            except NewerRecord:
                self._known[key] = by_key[key], "newer"
            except MalformedRecord:
                self._known[key] = by_key[key], "malformed"
