"""What a delivery says, in our words."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.bounds import Free, Most, Text, Whole, bounded, in_json
from archive.records.inline import is_inline
from archive.records.record import Record

# A scheme and an authority in printable ASCII, up to the path.
_PLAIN_AUTHORITY = re.compile(r"\A[!-.0-~]*//[!-.0->@-~]*(?:/|\Z)")

# What texts put around a link, and what cannot be seen: controls, marks of byte order and of writing direction.
_AROUND = frozenset({"<>", '""', "''", "``", "\u201c\u201d"})
_UNSEEN = frozenset({"Cc", "Cf"})

# `unfinished` covers every word that is known and not terminal (pending, processing, ...).
Status = Literal["completed", "failed", "cancelled", "unfinished"]


# A task's links: no model makes more than ten images; beyond, a body is taken for forged.
SOURCES_MOST = 32
# What servers take of a URL at most. A link is never cut: it would be another one.
SOURCE_MAX_BYTES = 8_192
# A model, an error's code; of a message, a few sentences. In bytes, since a character may take six of them.
WORD_MAX_BYTES = 256
MESSAGE_MAX_BYTES = 2_048
# What it cost: some numbers with their names.
BILLING_MAX_BYTES = 1_024

Source = Annotated[str, Whole(SOURCE_MAX_BYTES)]
Model = Annotated[str, Text(WORD_MAX_BYTES)]
# Seeds and flags of a task's images, a few words each.
REMARKS_MAX_BYTES = 512
Remarks = Annotated[dict[str, Any], Free(REMARKS_MAX_BYTES)]
Billing = Annotated[dict[str, Any], Free(BILLING_MAX_BYTES)]

# What a reader passed over in a body that says enough all the same, in slugs: docs/door.md has them all.
# A closed set by its readers and an open one where it is kept, since a newer worker may know more.
FORGIVEN_MOST = 16
Forgiven = Annotated[str, Meta(max_length=32, pattern=r"^[a-z0-9_]+\Z")]
Forgave = Annotated[tuple[Forgiven, ...], Meta(max_length=FORGIVEN_MOST), Most(FORGIVEN_MOST)]


class TaskError(Record, frozen=True, kw_only=True):
    """Why the provider says that a task failed; the code is an open set."""

    code: Annotated[str, Text(WORD_MAX_BYTES)]
    message: Annotated[str, Text(MESSAGE_MAX_BYTES)] = ""


class Notification(Record, frozen=True, kw_only=True):
    """What one delivery says about one task.

    `sources` are the provider's URLs of the images in order, whole (with their query).
    `billing` is what the provider said it cost, untouched; `remarks` are its seeds and its own flags of unsafe
    images, by where they stood. `ended_at` is when the provider says that the task ended. `forgave` says where the body was not as it should be.
    """

    provider: str
    task_id: str
    status: Status
    model: Model | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None
    sources: Annotated[tuple[Source, ...], Most(SOURCES_MOST)] = ()
    error: TaskError | None = None
    billing: Billing | None = None
    remarks: Remarks | None = None
    forgave: Forgave = ()

    @property
    def origin(self) -> str:
        """A digest of status and links without query, by which a duplicate is known for one."""
        return origin_of(self.status, self.sources)


def origin_of(status: str, sources: Iterable[str]) -> str:
    """The origin of what says this."""
    told = "\n".join([status, *(without_query(source) for source in sources)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def within_bounds(told: Notification) -> Notification:
    """What a delivery says with each text within its bound; what is cut ends in an ellipsis.

    Raises:
        Unreadable: `too_many_sources`, `source_too_long`; links are never cut.
    """
    if len(told.sources) > SOURCES_MOST:
        raise Unreadable(Reason.TOO_MANY_SOURCES, f"{len(told.sources)} links, at most {SOURCES_MOST}")
    for place, source in enumerate(told.sources, start=1):
        long = in_json(source)
        if long > SOURCE_MAX_BYTES:
            raise Unreadable(
                Reason.SOURCE_TOO_LONG, f"link {place} has {long:,} bytes, at most {SOURCE_MAX_BYTES:,}"
            )
    return bounded(told)


def bare_link(text: str) -> str:
    """A link without white space, unseen characters, quotes and angle brackets around it: none is part of a URL.

    https://www.rfc-editor.org/rfc/rfc3986#appendix-C
    """
    begin, end = 0, len(text)
    while begin < end:
        if _is_unseen(text[begin]):
            begin += 1
        elif _is_unseen(text[end - 1]):
            end -= 1
        elif end - begin > 1 and text[begin] + text[end - 1] in _AROUND:
            begin, end = begin + 1, end - 1
        else:
            break
    return text[begin:end]


def _is_unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in _UNSEEN


def without_query(url: str) -> str:
    """Host and path of a URL: what may be stored and shown. A URL that is none loses all after `?` and `#`.

    The name of an image that came within a body stays as it is.

    One whose host is not plain ASCII is taken for none: `urlsplit` would normalise the host's characters, which
    takes time with the square of their number, and no such link is fetched.
    """
    if is_inline(url):
        return url
    bare = url.partition("?")[0].partition("#")[0]
    try:
        if not bare.isascii() and not _PLAIN_AUTHORITY.match(bare):
            return bare.rpartition("@")[2]
        parts = urlsplit(bare)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return bare.rpartition("@")[2]
    return f"{host}{port}{parts.path}"
