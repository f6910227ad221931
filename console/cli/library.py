"""The library as verbs open it: from the index of this machine where there is one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.desk import Desk
from console.cli.output import Output
from runtime.environment import said
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
    from archive.library.index.index_file import IndexFile, default_folder, index_path  # noqa: PLC0415 - as boto3

    folder = Path(settings.index.index_folder).expanduser() if settings.index.index_folder else None
    folder = folder or default_folder(said(desk.environment, "XDG_CACHE_HOME") or "", Path.home())
    store = settings.store
    return IndexFile(index_path(folder, store.s3_endpoint, store.s3_bucket, store.s3_prefix))


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
