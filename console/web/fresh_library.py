"""Who answers the pages: the index of this machine, fed every two seconds, else the catalogue itself.

The index is of use while its last feeding is at most ten seconds old; before the first one, and where its file cannot
be written or is damaged, the catalogue is read, which is slower and as true.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from archive.errors import IndexUnusable
from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.either import Answer, EitherLibrary
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile
from archive.library.index.index_library import IndexLibrary
from archive.store.bucket import Bucket
from runtime.guarded import Guarded
from runtime.seldom import Seldom

# What a page shows is five seconds old at most: two of them are for the line's way into the catalogue.
FED_EVERY_S = 2.0
FED_WITHIN_S = 30.0
FRESH_FOR_S = 10.0
# Another process of this machine feeds it: it is asked whether that is done.
OTHER_PAUSE_S = 0.5

log = logging.getLogger(__name__)


class FreshLibrary(EitherLibrary):
    """Feeds the index from `start` to `stop`, and answers from it while it is fresh."""

    def __init__(self, bucket: Bucket, file: IndexFile) -> None:
        self._index: Library = IndexLibrary(bucket, file)
        self._catalogue: Library = CatalogueLibrary(bucket)
        self._feeder = Feeder(bucket, file)
        self._fed_s: float | None = None
        self._thread = Guarded("index", self._feed)
        self._seldom = Seldom(log)

    def start(self) -> None:
        """Begin to feed."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Feed no more."""
        self._thread.stop(timeout_s)

    def _feed(self) -> float:
        fed = self._feeder.feed(within_s=FED_WITHIN_S)
        if fed.other:
            return OTHER_PAUSE_S
        if fed.up_to_date:
            self._fed_s = time.monotonic()
        return FED_EVERY_S if fed.up_to_date else 0.0

    def _asked(self, ask: Callable[[Library], Answer]) -> Answer:
        fed_s = self._fed_s
        if fed_s is not None and time.monotonic() - fed_s < FRESH_FOR_S:
            try:
                return ask(self._index)
            except IndexUnusable as error:
                self._fed_s = None
                self._seldom.tell(
                    logging.WARNING, "index", "the index is not used, and the catalogue read: %s", error
                )
        return ask(self._catalogue)
