"""The dead letters that stand, as lines: from the lines that are known, where these are as new as the letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.dead_letters import SLACK
from archive.library.query import LetterQuery
from archive.library.reading import read_all
from archive.records.catalogue import LetterLine, line_of_letter
from archive.records.dead_letter import DeadLetter
from archive.store.bucket import Bucket
from archive.store.record_at import record_of

# A line tells of a letter as it was put, right before or after; a listing leaves fractions of a second out.
AS_NEW = timedelta(seconds=2)


def read_letters(
    bucket: Bucket, wanted: LetterQuery, known: Mapping[str, LetterLine]
) -> tuple[list[LetterLine], tuple[str, ...], tuple[str, ...]]:
    """Those that pass, and the keys of those that cannot be read, or that a newer version wrote.

    `dead/` itself is listed, so that none is missed: archives of older versions have letters without lines, and a
    line may be late or lost. One whose line is older than the letter is read.
    """
    since = wanted.span.since
    found: list[LetterLine] = []
    unknown: list[str] = []
    for listed in bucket.list(layout.DEAD):
        if not listed.key.endswith(".json") or (since is not None and listed.modified < since - SLACK):
            continue
        line = known.get(listed.key)
        if line is not None and line.changed_at >= listed.modified - AS_NEW:
            found.append(line)
        else:
            unknown.append(listed.key)
    malformed: list[str] = []
    newer: list[str] = []
    for key, body in read_all(bucket, unknown):
        try:
            letter = record_of(key, body, DeadLetter)
        except NewerRecord:
            newer.append(key)
        except MalformedRecord:
            malformed.append(key)
        else:
            found.append(line_of_letter(key, letter, letter.last_at))
    return [line for line in found if wanted.wants(line)], tuple(malformed), tuple(newer)
