"""Who answers: the index where there is one and it can be brought up to date quickly, else the catalogue."""

from __future__ import annotations

import time
from collections.abc import Callable

from archive.errors import IndexUnusable
from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.either import Answer, EitherLibrary
from archive.library.index.feeding import Feeder, Progress
from archive.library.index.index_file import IndexFile
from archive.library.index.index_library import IndexLibrary
from archive.store.bucket import Bucket

# Who asks waits so long for what the index does not know yet; after that the catalogue itself is read.
BROUGHT_UP_S = 5.0
_PAUSE_S = 0.1

Say = Callable[[str], None]


def library_of(bucket: Bucket, file: IndexFile, say: Say, progress: Progress | None = None) -> Library:
    """Who answers. `say` is told where an index that is there is not used, and why. Raises BucketUnavailable."""
    catalogue = CatalogueLibrary(bucket)
    if not file.is_there:
        return catalogue
    try:
        if _brought_up(Feeder(bucket, file), progress):
            return IndexOrCatalogue(IndexLibrary(bucket, file), catalogue, say)
    except IndexUnusable as error:
        say(f"{error}; the catalogue itself is read: `fixative index --rebuild` makes the index anew")
        return catalogue
    say("the index is not up to date; the catalogue itself is read: `fixative index` brings it up to date")
    return catalogue


class IndexOrCatalogue(EitherLibrary):
    """The index, and the catalogue from when the index turns out to be of no use."""

    def __init__(self, index: Library, catalogue: Library, say: Say) -> None:
        self._library, self._catalogue, self._say = index, catalogue, say

    def _asked(self, ask: Callable[[Library], Answer]) -> Answer:
        try:
            return ask(self._library)
        except IndexUnusable as error:
            self._say(f"{error}; the catalogue itself is read")
            self._library = self._catalogue
            return ask(self._library)


def _brought_up(feeder: Feeder, progress: Progress | None) -> bool:
    """Whether the index knows by now all that stood there, from its own reading or another process's."""
    end = time.monotonic() + BROUGHT_UP_S
    while True:
        fed = feeder.feed(within_s=max(0.0, end - time.monotonic()), progress=progress)
        if not fed.other:
            return fed.up_to_date
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE_S)
