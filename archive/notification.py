"""What a delivery says, in our words."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from archive.record import Record

_QUERY = re.compile(r"[?#]")
# A scheme and an authority in printable ASCII, up to the path.
_PLAIN_AUTHORITY = re.compile(r"\A[!-.0-~]*//[!-.0->@-~]*(?:/|\Z)")

# `unfinished` covers every word that is known and not terminal (pending, processing, ...).
Status = Literal["completed", "failed", "cancelled", "unfinished"]


class TaskError(Record, frozen=True, kw_only=True):
    """Why the provider says that a task failed; the code is an open set."""

    code: str
    message: str = ""


class Notification(Record, frozen=True, kw_only=True):
    """What one delivery says about one task.

    `sources` are the provider's URLs of the images in order, whole (with their query).
    `billing` is what the provider said it cost, untouched.
    """

    provider: str
    task_id: str
    status: Status
    model: str | None = None
    created_at: datetime | None = None
    sources: tuple[str, ...] = ()
    error: TaskError | None = None
    billing: dict[str, Any] | None = None

    @property
    def origin(self) -> str:
        """A digest of status and links without query, by which a duplicate is known for one."""
        told = "\n".join([self.status, *(without_query(source) for source in self.sources)])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def without_query(url: str) -> str:
    """Host and path of a URL: what may be stored and shown. A URL that is none loses all after `?` and `#`.

    One whose host is not plain ASCII is taken for none: `urlsplit` would normalise the host's characters, which
    takes time with the square of their number, and no such link is fetched.
    """
    bare = _QUERY.split(url, maxsplit=1)[0]
    try:
        if not bare.isascii() and not _PLAIN_AUTHORITY.match(bare):
            return bare.rpartition("@")[2]
        parts = urlsplit(bare)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return bare.rpartition("@")[2]
    return f"{host}{port}{parts.path}"
