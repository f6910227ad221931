"""What an origin's answer to a GET means, from its status and its head alone; pure."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from archive.errors import SourceTrouble
from archive.reasons import Reason

MAX_RETRY_AFTER_S: Final = 86_400.0  # links live for a day: whoever asks for more says nothing

# Answers whose body is the image: 203 is of a proxy that changed something, 206 of one that was asked for a part.
READ: Final = frozenset({200, 201, 203, 206})
# Whatever else means that all went well: its body may be the image, or say that there is none yet.
_WENT_WELL: Final = range(200, 300)
_RANGE: Final = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({403, 404, 410})
_BUSY: Final = frozenset({429, 503})
_TROUBLE: Final = frozenset({202, 408})  # not made yet; took us for slow
_SERVER_ERRORS: Final = range(500, 600)
_ASCII: Final = "".join(map(chr, range(33, 127)))


def redirect(status: int, headers: Mapping[str, str]) -> str | None:
    """Where a redirect leads, absolute or relative, in plain ASCII; None if the answer is none."""
    location = headers.get("location")
    if status not in _REDIRECTS or not location:
        return None
    # http.client reads heads as latin-1; the bytes themselves are what the origin meant.
    return quote(location.strip().encode("latin-1"), safe=_ASCII)


def refusal(status: int, headers: Mapping[str, str]) -> SourceTrouble | None:
    """The trouble that an answer means, or None if its body is to be read.

    No status says that a link which lives will never answer: hosts show a file some seconds late, and a page that
    challenges whoever asks goes away again.
    """
    if status in READ:
        return _of_part(status, headers)
    detail = _named(status)
    if status in _GONE:
        return SourceTrouble(Reason.SOURCE_GONE, detail, retry_after_s=retry_after_s(headers))
    if status in _BUSY:
        return SourceTrouble(Reason.SOURCE_BUSY, detail, retry_after_s=retry_after_s(headers))
    if status in _TROUBLE or status in _SERVER_ERRORS:
        return SourceTrouble(Reason.SOURCE_TROUBLE, detail, retry_after_s=retry_after_s(headers))
    return SourceTrouble(Reason.SOURCE_REFUSED, detail, retry_after_s=retry_after_s(headers))


def may_bring(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer that is refused by its status is to be read all the same if its body begins like an image."""
    return status in _WENT_WELL and status not in READ and _is_all(headers.get("content-range", ""))


def codings(headers: Mapping[str, str]) -> str:
    """What the origin says that it did to the body, as a list: what it did last stands last."""
    return f"{headers.get('content-encoding', '')},{headers.get('transfer-encoding', '')}"


def _of_part(status: int, headers: Mapping[str, str]) -> SourceTrouble | None:
    if status != HTTPStatus.PARTIAL_CONTENT:
        return None
    if headers.get("content-type", "").strip().lower().startswith("multipart/"):
        told = "the origin sent the image in parts, which nobody asked for"
    elif not _is_all(headers.get("content-range", "")):
        told = "the origin sent a part of the image, which nobody asked for"
    else:
        return None
    return SourceTrouble(Reason.SOURCE_TROUBLE, told)


def _is_all(content_range: str) -> bool:
    """Whether the part that was sent is all there is, as far as it is told; some count its end one too far."""
    found = _RANGE.fullmatch(content_range.strip())
    return found is None or (int(found[1]) == 0 and (found[3] == "*" or int(found[3]) <= int(found[2]) + 1))


def retry_after_s(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """The seconds that the origin asks to wait, as a number or as a date; absurd values say nothing.

    `now` is Unix time; without it, the answer's own `Date`, else this host's clock.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        wait_s = float(told[:9])
    else:
        when = _unix(told)
        if when is None:
            return None
        wait_s = when - (now or _unix(headers.get("date", "")) or time.time())
    return wait_s if 0 <= wait_s <= MAX_RETRY_AFTER_S else None


def _unix(date: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(date)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _named(status: int) -> str:
    try:
        return f"the origin answered {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"the origin answered {status}"
