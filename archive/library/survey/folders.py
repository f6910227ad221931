"""What stands under a prefix of the bucket, the objects of one folder together, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

from archive.store.bucket import Bucket
from archive.store.listing import Listed

# A task has some images and a manifest; a folder that others filled is told by its first objects.
OBJECTS_MOST = 2_000

Item = TypeVar("Item")


class Folder(NamedTuple):
    """The objects of a folder by their names; `last` is the key behind which a listing goes on after it."""

    path: str
    objects: dict[str, int]
    old: frozenset[str]
    last: str


def folders(bucket: Bucket, under: str, after: str, young_from: datetime) -> Iterator[Folder]:
    """The folders behind a key; `old` are the objects that were written before a moment.

    Of a folder with more than `OBJECTS_MOST` objects the others make a second one of the same path.
    """
    for path, listed in groupby(bucket.list(under, after=after), key=lambda each: _path(each.key)):
        for some in in_goes(listed, OBJECTS_MOST):
            yield _folder(path, some, young_from)


def in_goes(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """The items, so many together."""
    left = iter(items)
    while some := list(islice(left, most)):
        yield some


def _path(key: str) -> str:
    return key[: key.rfind("/") + 1]


def _folder(path: str, listed: list[Listed], young_from: datetime) -> Folder:
    names = {each.key.removeprefix(path): each.bytes for each in listed}
    old = frozenset(each.key.removeprefix(path) for each in listed if each.modified < young_from)
    return Folder(path, names, old, listed[-1].key)
