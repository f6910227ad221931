"""S3's errors become ours: what happened, and the store's own sentence.

Missing             no object under the key                      404
Taken               a condition did not hold                     412, 409
BucketForbids       S3 says that we may not
BucketRefuses       S3 answers that it will not, or is not asked for want of credentials
BucketUnavailable   all else: away, slow                         the work becomes due again, after both
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from archive.errors import BucketForbids, BucketRefuses, BucketUnavailable, Missing, Taken
from archive.redaction import redacted

_MISSING = {"NoSuchKey", "404", "NotFound"}
# HEAD has no body that names an error.
_FORBIDDEN = {"AccessDenied", "403", "Forbidden"}
_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
# What S3 says of itself with a status that is else the client's: it passes.
_PASSES = {
    "RequestTimeout",
    "SlowDown",
    "TooManyRequests",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
}
_STATUS_PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_UNASKED = (NoCredentialsError, NoRegionError, ParamValidationError, PartialCredentialsError)
REDIRECTS = "redirected again and again, and no region is named"
# The longest sentence of a store that stands in a log line: AWS's own have less than 200 characters.
SENTENCE_MAX_CHARACTERS = 300


@contextlib.contextmanager
def our_errors(key: str) -> Iterator[None]:
    """Whatever boto3 raises within, as an error of ours about this key. Raises Missing, Taken, BucketUnavailable."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise Missing(key) from error
        if code in _TAKEN:
            raise Taken(key) from error
        if code in _FORBIDDEN:
            kind: type[BucketUnavailable] = BucketForbids
        else:
            kind = BucketUnavailable if _passes(code, error.response) else BucketRefuses
        raise kind(f"{key}: {_told(code, error.response)}") from error
    except _UNASKED as error:
        raise BucketRefuses(f"{key}: {_short(str(error))}") from error
    except RecursionError as error:
        # Of whoever redirects botocore asks for the bucket's region, and of whoever redirects that again, without end.
        raise BucketRefuses(f"{key}: {REDIRECTS}") from error
    except BotoCoreError as error:
        raise BucketUnavailable(f"{key}: {_short(str(error))}") from error


def _passes(code: str, response: Any) -> bool:
    """Whether an answer says that S3 cannot now, rather than that it will not."""
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status == HTTPStatus.NOT_IMPLEMENTED:  # nor will it later
        return False
    return code in _PASSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _STATUS_PASSES


def _told(code: str, response: Any) -> str:
    """Code and sentence of an answer; one without either is known by its status."""
    if not code:
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "?")
        code = f"status {status} without a code"
    sentence = _short(str(response.get("Error", {}).get("Message") or "")).rstrip(".")
    return f"{code}: {sentence}" if sentence else code


def _short(sentence: str) -> str:
    return redacted(" ".join(sentence[: 2 * SENTENCE_MAX_CHARACTERS].split()))[:SENTENCE_MAX_CHARACTERS]
