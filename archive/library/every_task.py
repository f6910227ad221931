"""All tasks that a query means, however many, the newest first, in bounded memory.

They come page by page from the index; where the catalogue itself is read, they are sorted on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice

from archive.library.answers import Library
from archive.library.catalogue_files import CatalogueFiles
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.catalogue_reading import pieces_of
from archive.library.query import Query, TaskRow
from archive.library.sorted_catalogue import SortedCatalogue
from archive.records.catalogue import Line
from archive.store.bucket import Bucket

# Of the index, which takes some milliseconds to begin a page.
PAGE_MOST = 5_000
# Lines that are sorted in together: so many stand in memory.
LINES_IN_ONE_GO = 2_000

# Told from time to time: lines of the catalogue that were read by now.
Progress = Callable[[int], None]


@dataclass
class EveryTask:
    """Tasks that are read as they are asked for.

    `count` is None where nobody counted them. `malformed` and `newer` are lines that could not be read, or that a newer
    version wrote: all of them once the tasks are at their end.
    """

    rows: Iterator[TaskRow]
    count: int | None = None
    malformed: int = 0
    newer: int = 0

    def __iter__(self) -> Iterator[TaskRow]:
        return self.rows


@contextmanager
def every_task(bucket: Bucket, library: Library, query: Query, progress: Progress) -> Iterator[EveryTask]:
    """The tasks that a query means.

    Raises:
        NotUnderstood: if the query makes no sense.
        NewerRecord: if a newer version rolled up what would have to be read, naming the file.
        BucketUnavailable: if S3 is away.
        TableTrouble: if a closed day comes to no end.
        SortingTrouble: if there is no room to sort them in.
    """
    query.refuse_senseless()
    if not isinstance(library, CatalogueLibrary):
        yield _by_pages(library, query)
        return
    with closing(SortedCatalogue(query)) as catalogue:
        files = CatalogueFiles(bucket)
        read = 0
        for lines in _in_goes(each for piece in pieces_of(bucket, files, query.span) for each in piece.lines):
            catalogue.take(lines)
            read += len(lines)
            progress(read)
        found = catalogue.rows()
        yield EveryTask(found.rows, found.tasks, files.passed.malformed, files.passed.newer)


def _by_pages(library: Library, query: Query) -> EveryTask:
    tasks = EveryTask(iter(()))

    def rows() -> Iterator[TaskRow]:
        after = None
        while True:
            page = library.page(query, after, PAGE_MOST)
            tasks.malformed, tasks.newer = page.malformed, page.newer
            yield from page.rows
            after = page.next
            if after is None:
                return

    tasks.rows = rows()
    return tasks


def _in_goes(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while some := list(islice(lines, LINES_IN_ONE_GO)):
        yield some
