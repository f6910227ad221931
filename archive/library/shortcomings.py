"""The tasks that are not as they should be: incomplete, with findings, or ended by the provider without an image."""

from __future__ import annotations

from typing import NamedTuple

from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.query import Query
from archive.records.catalogue import CatalogueLine

_ALL = 10_000_000
_ENDED = ("failed", "cancelled")


class Shortcomings(NamedTuple):
    """Their lines, the newest first; a task with findings may be incomplete as well."""

    incomplete: tuple[CatalogueLine, ...]
    differing: tuple[CatalogueLine, ...]
    ended: tuple[CatalogueLine, ...]
    malformed: int
    newer: int


def shortcomings(library: Library, query: Query) -> Shortcomings:
    """Those of a query that says nothing of status and findings. Raises BucketUnavailable."""
    if isinstance(library, CatalogueLibrary):
        # Each question reads all of it: one is asked.
        page = library.page(query, None, _ALL)
        lines = [row.line for row in page.rows if row.line is not None]
        return Shortcomings(
            tuple(line for line in lines if not line.complete),
            tuple(line for line in lines if line.findings),
            tuple(line for line in lines if line.status in _ENDED),
            page.malformed,
            page.newer,
        )
    incomplete = library.page(query._replace(status="incomplete"), None, _ALL)
    differing = library.page(query._replace(finding="any"), None, _ALL)
    failed = library.page(query._replace(status="failed"), None, _ALL)
    cancelled = library.page(query._replace(status="cancelled"), None, _ALL)
    rows = [[row.line for row in page.rows if row.line is not None] for page in (incomplete, differing)]
    ended = [row.line for page in (failed, cancelled) for row in page.rows if row.line is not None]
    return Shortcomings(tuple(rows[0]), tuple(rows[1]), tuple(ended), incomplete.malformed, incomplete.newer)
