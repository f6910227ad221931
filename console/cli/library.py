"""The library as verbs open it: from the index of this machine where there is one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.cli.desk import Desk
from console.cli.output import Output
from console.opening import open_index
from runtime.settings.index import IndexSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings

if TYPE_CHECKING:
    from archive.library.answers import Library
    from archive.library.index.feeding import Progress
    from archive.library.index.index_file import IndexFile
    from archive.store.bucket import Bucket


class Finding(Settings, frozen=True):
    """What a verb needs that asks the library."""

    store: StoreSettings
    index: IndexSettings


def index_of(desk: Desk, settings: Finding) -> IndexFile:
    """The file of the index of these settings' bucket; it may not be there."""
    return open_index(settings.store, settings.index, desk.environment)


def open_library(desk: Desk) -> tuple[Bucket, Library]:
    """The bucket, and who answers questions about it."""
    from archive.library.index.choosing import library_of  # noqa: PLC0415 - as boto3

    settings = desk.settings(Finding)
    bucket = desk.open_bucket(settings.store)
    with reading_bar(desk.output) as progress:
        return bucket, library_of(bucket, index_of(desk, settings), desk.output.say, progress)


@contextlib.contextmanager
def reading_bar(output: Output, total: int = 1) -> Iterator[Progress]:
    """A bar on standard error of the objects that are read into the index."""
    bar, line = output.progress("read into the index", total)

    def progress(objects: int, lines: int) -> None:
        bar.update(
            line,
            completed=objects,
            total=max(total, objects),
            description=f"{lines:,} lines read into the index",
        )

    with bar:
        yield progress
