"""What a page of a listing says. Pure; as the specification allows it, and no more is believed.

`KeyCount` and the markers are optional, and stores leave them out:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from archive.errors import BucketAmiss

# Pages without an object that a listing may have in a row; S3 may send a few where much was deleted.
EMPTY_PAGES_MOST = 100


class Listed(NamedTuple):
    """An object as a listing tells it; the key is without the bucket's prefix."""

    key: str
    bytes: int
    modified: datetime


def listed(
    ask: Callable[[int, Mapping[str, str]], Mapping[str, Any]],
    prefix: str,
    under: str,
    *,
    after: str,
    most: int | None,
    page_keys: int,
) -> Iterator[Listed]:
    """What stands under a prefix, page by page, those past `after`, at most so many.

    `ask` asks for so many keys, and how to go on. Raises BucketUnavailable.
    """
    asked: dict[str, str] | None = {"StartAfter": prefix + after} if after else {}
    left, empty = most, 0
    while asked is not None and (left is None or left > 0):
        page = ask(page_keys if left is None else min(left, page_keys), asked)
        found = list(entries(page, prefix, under))
        yield from found[:left]
        left = None if left is None else left - len(found)
        empty = 0 if found else empty + 1
        if empty > EMPTY_PAGES_MOST:
            raise BucketAmiss(f"{under}: the listing goes on without end and without an object")
        asked = following(page, asked)


def entries(page: Mapping[str, Any], prefix: str, under: str) -> Iterator[Listed]:
    """The objects of a page. Raises BucketAmiss where the page tells of what was not asked for."""
    for entry in page.get("Contents") or ():
        key, modified = entry.get("Key", ""), entry.get("LastModified")
        if not key.startswith(prefix + under) or not isinstance(modified, datetime):
            raise BucketAmiss(f"{under}: the listing holds an entry without a time, or of another prefix")
        yield Listed(key.removeprefix(prefix), int(entry.get("Size") or 0), modified)


def folder_names(page: Mapping[str, Any], under: str) -> list[str]:
    """The folders right under a prefix, without their slashes, of a page that was asked for with a delimiter."""
    told = (entry.get("Prefix", "") for entry in page.get("CommonPrefixes") or ())
    return [path.removeprefix(under)[:-1] for path in told if path.startswith(under) and path.endswith("/")]


def following(page: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, str] | None:
    """What to ask for the next page with, None after the last one.

    A store that cuts its listing and gives no token is asked for what stands after the last key.

    Raises:
        BucketAmiss: if the next page would be this one again: the listing has no end.
    """
    if not page.get("IsTruncated"):
        return None
    token, contents = page.get("NextContinuationToken"), page.get("Contents") or ()
    after: dict[str, str] = {}
    if token:
        after = {"ContinuationToken": token}
    elif contents:
        after = {"StartAfter": contents[-1].get("Key", "")}
    if not after or after == asked:
        raise BucketAmiss("the listing is cut and does not say how it goes on")
    return after
