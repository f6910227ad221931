"""File objects in an answer: a link, with a content type where it is told, wherever the answer holds them.

{"images": [{"url": "https://...", "content_type": "image/png"}], "video": {"url": "https://..."}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archive.records.notification import bare_link
from providers.reading.told import refuse_doubled

# Deeper than any answer that was seen.
_DEEPEST = 8
# Keys that say what the files below them are, where these do not say it themselves.
_KINDS = frozenset({"video", "videos", "audio"})


class FileObject(NamedTuple):
    """A link, and the kind of its file: the first part of its content type, or the key that it stands under, or empty."""

    link: str
    kind: str


def files_in(value: object, depth: int = _DEEPEST) -> Iterator[FileObject]:
    """Each file object in a value, depth first.

    Raises:
        Unreadable: `ambiguous`, where a key that tells of a file stands twice with different values.
    """
    match value:
        case list() if depth:
            for item in value:
                yield from files_in(item, depth - 1)
        case dict() if depth:
            refuse_doubled([value], ["url", "images", "image", "content_type"])
            link, told = value.get("url"), value.get("content_type")
            if isinstance(link, str) and link:
                kind = told.partition("/")[0].strip().lower() if isinstance(told, str) else ""
                yield FileObject(bare_link(link) or link, kind)
            for key, item in value.items():
                for found in files_in(item, depth - 1):
                    yield found if found.kind or key not in _KINDS else found._replace(kind=key)
