"""Which lines of the catalogue belong to a span, whenever they were written."""

from __future__ import annotations

from datetime import timedelta

from ulid import ULID

from archive import catalog_keys, layout
from archive.library.catalogue_reading import read_catalogue
from archive.library.span import Span
from archive.records.catalogue import LISTED_WITHIN, line_of
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, NOW, TASK, kept, manifest

# Near the end of its hour: by whole hours the catalogue is looked through.
CHANGED = NOW + timedelta(minutes=50)
KEY = layout.manifest_key(DAY, "evolink", TASK)


def _bucket_with_a_line(written: timedelta) -> MemoryBucket:
    """A line of a manifest that has changed, written so long after it."""
    bucket = MemoryBucket()
    line = line_of(manifest(kept(0), changed_at=CHANGED), KEY)
    bucket.put(catalog_keys.catalog_key(str(ULID.from_datetime(CHANGED + written))), line.to_json() + b"\n")
    return bucket


def test_what_the_next_run_lists_after_a_killed_one_is_found_by_until() -> None:
    """A lease is stretched up to an hour, and that run's own write may take another."""
    bucket = _bucket_with_a_line(2 * LISTED_WITHIN - timedelta(minutes=1))

    [line] = read_catalogue(bucket, Span(until=CHANGED + timedelta(minutes=1))).lines
    assert (TASK, CHANGED) == (line.task_id, line.changed_at)


def test_a_line_belongs_to_the_span_in_which_its_manifest_changed() -> None:
    bucket = _bucket_with_a_line(timedelta(minutes=90))

    assert () == read_catalogue(bucket, Span(since=CHANGED + timedelta(minutes=1))).lines
    assert () == read_catalogue(bucket, Span(until=CHANGED)).lines
