"""When a link says of itself that it ends: the signed addresses of object stores carry their own end. Pure.

X-Amz-Date, X-Amz-Expires          https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
X-Goog-Date, X-Goog-Expires        https://cloud.google.com/storage/docs/authentication/canonical-requests
x-oss-date, x-oss-expires          https://help.aliyun.com/en/oss/developer-reference/recommend-to-use-signature-version-4
X-Tos-Date, X-Tos-Expires          https://www.volcengine.com/docs/6349/74839
Expires (unix seconds)             the same stores' older forms, and CloudFront's
se                                 https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas
q-sign-time (begin;end)            https://www.tencentcloud.com/document/product/436/7778
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from archive.layout import EARLIEST, LATEST

_STORES: Final = ("x-amz", "x-goog", "x-oss", "x-tos")
_DAY_S: Final = 86_400
# AWS and Google take seven days at the most; of more somebody else's number stands there.
_LIFE_MOST_S: Final = 366 * _DAY_S
_PARAMETERS_MOST: Final = 64
_SECONDS_DIGITS: Final = 10


def end_of_link(link: str) -> datetime | None:
    """When a link ends by its own words, the first of them; None where it says nothing that can be. Raises nothing."""
    try:
        said = parse_qsl(urlsplit(link).query, max_num_fields=_PARAMETERS_MOST)
    except ValueError:
        return None
    told = {name.lower(): value for name, value in reversed(said)}
    return min((end for end in _ends(told) if EARLIEST <= end < LATEST), default=None)


def _ends(told: Mapping[str, str]) -> Iterator[datetime]:
    for store in _STORES:
        signed, life_s = _moment(told.get(f"{store}-date", "")), _whole(told.get(f"{store}-expires", ""))
        if signed is not None and life_s is not None and life_s <= _LIFE_MOST_S:
            yield signed + timedelta(seconds=life_s)
    for text in (told.get("expires", ""), told.get("q-sign-time", "").partition(";")[2]):
        if len(text) == _SECONDS_DIGITS and (seconds := _whole(text)) is not None:
            yield datetime.fromtimestamp(seconds, UTC)
    # Of a SAS alone: `se` is a short name, and a signature stands beside it.
    if "sig" in told and (end := _moment(told.get("se", ""))) is not None:
        yield end


def _moment(text: str) -> datetime | None:
    """A moment in ISO 8601, extended or basic, of UTC where no zone is told, as these addresses have it."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _SECONDS_DIGITS else None
