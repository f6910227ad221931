"""Dead letters that pass a filter, whole: with an index only those are read whose lines pass."""

from __future__ import annotations

from archive.errors import MalformedRecord, NewerRecord
from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.dead_letters import Dead, DeadFilter, DeadReading, read_dead_letters
from archive.library.query import LetterQuery
from archive.library.reading import read_all
from archive.records.dead_letter import DeadLetter
from archive.store.bucket import Bucket
from archive.store.record_at import record_of


def find_letters(bucket: Bucket, library: Library, wanted: DeadFilter) -> DeadReading:
    """All dead letters that pass, the newest first. Raises BucketUnavailable."""
    if isinstance(library, CatalogueLibrary):
        return read_dead_letters(bucket, wanted)
    query = LetterQuery(wanted.span, wanted.reason, wanted.provider, wanted.label, wanted.tasks)
    told = library.letters(query, None, None)
    found: list[Dead] = []
    malformed, newer = list(told.malformed), list(told.newer)
    for key, body in read_all(bucket, [line.key for line in told.rows]):
        try:
            dead = Dead(key, record_of(key, body, DeadLetter))
        except NewerRecord:
            newer.append(key)
        except MalformedRecord:
            malformed.append(key)
        else:
            found += [dead] if wanted.wants(dead) else []
    found.sort(key=lambda dead: (dead.moment, dead.key), reverse=True)
    return DeadReading(tuple(found), tuple(malformed), tuple(newer))
