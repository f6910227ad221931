"""What the rolled files of a day replace, read from their heads and remembered."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime
from typing import Protocol

from archive import catalog_keys
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.records.rolled import HEAD_MAX_BYTES, ROLLED_SCHEMA, RolledHead
from archive.rolled.day import CatalogueDay, Told
from archive.store.bucket import Bucket
from archive.store.listing import Listed

log = logging.getLogger(__name__)

# Heads that are remembered: those of two days of a busy deployment.
HEADS_MOST = 1_000


class Tables(Protocol):
    """Who reads the head of a day's file, given its bytes."""

    def head(self, key: str, body: bytes) -> RolledHead:
        """What a day's file replaces. Raises MalformedRecord, NewerRecord, naming the key."""


class Heads:
    """What each rolled file replaces; a file that cannot be read replaces nothing."""

    def __init__(self, bucket: Bucket, tables: Tables) -> None:
        self._bucket, self._tables = bucket, tables
        self._known: OrderedDict[tuple[str, datetime], frozenset[str]] = OrderedDict()

    def of(self, day: CatalogueDay) -> Told:
        """The heads of a day's rolled files, where something else stands beside them.

        Raises:
            NewerRecord: if a newer version wrote one: the day is left to it.
            BucketUnavailable: if S3 is away.
        """
        for key in day.by_rank:
            refuse_newer_key(key)
        if day.is_one:
            return {}
        return {key: self._of(day.listed[key]) for key in day.by_rank}

    def note(self, listed: Listed, replaces: frozenset[str]) -> None:
        """Remember the head of a file."""
        self._known[listed.key, listed.modified] = replaces
        while len(self._known) > HEADS_MOST:
            self._known.popitem(last=False)

    def _of(self, listed: Listed) -> frozenset[str]:
        known = self._known.get((listed.key, listed.modified))
        if known is None:
            known = self._read(listed)
            self.note(listed, known)
        return known

    def _read(self, listed: Listed) -> frozenset[str]:
        """Of the very object that was listed; of another under its name nothing is known here."""
        try:
            if catalog_keys.read_catalog_key(listed.key).hour is None:
                stored = self._bucket.get(listed.key)
                head = self._tables.head(listed.key, stored.body)
                modified = stored.modified
            else:
                head, modified = self._hour(listed.key)
        except Missing:
            return frozenset()
        except MalformedRecord as error:
            log.warning("catalogue: %s; what it replaces is not known, and is read beside it", error)
            return frozenset()
        return frozenset(head.replaces) if modified == listed.modified else frozenset()

    def _hour(self, key: str) -> tuple[RolledHead, datetime]:
        stored = self._bucket.get(key)
        return head_of_hour(key, stored.body), stored.modified


def head_of_hour(key: str, body: bytes) -> RolledHead:
    """The first line of an hour that was rolled up.

    Raises:
        MalformedRecord: if it is none.
        NewerRecord: if a newer version wrote it.
    """
    end = body.find(b"\n", 0, HEAD_MAX_BYTES)
    try:
        return RolledHead.from_json(body[: max(end, 0)])
    except NewerRecord as error:
        raise NewerRecord(f"{key}: {error.detail}") from error
    except MalformedRecord as error:
        raise MalformedRecord(f"{key}: {error}") from error


def refuse_newer_key(key: str) -> None:
    """Pass a key of the catalogue whose form this version reads. Raises NewerRecord."""
    schema = catalog_keys.read_catalog_key(key).schema
    if schema > ROLLED_SCHEMA:
        raise NewerRecord(
            f"{key} is rolled up in schema {schema}; this version reads schema {ROLLED_SCHEMA}: update this one"
        )
