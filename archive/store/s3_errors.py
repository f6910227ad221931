"""S3's errors become ours: what happened, and the store's own sentence.

Missing             no object under the key, where one is read   404
Taken               the condition of a write did not hold        412, 409
BucketForbids       S3 says that we may not
BucketRefuses       S3 answers that it will not, or is not asked for want of credentials
BucketAmiss         S3 answers what cannot be read, or bytes that are not those of their checksum
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
    FlexibleChecksumError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from archive.errors import (
    BucketAmiss,
    BucketForbids,
    BucketRefuses,
    BucketUnavailable,
    Missing,
    Taken,
)
from archive.redaction import redacted

_MISSING = {"NoSuchKey", "404", "NotFound"}
# HEAD has no body that names an error.
_FORBIDDEN = {"AccessDenied", "403", "Forbidden"}
# The last is what S3 calls an operation that another one is in the way of: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "409", "OperationAborted"}
# What S3 says of itself with a status that is else the client's: it passes.
_PASSES = {
    "RequestTimeout",
    "SlowDown",
    "TooManyRequests",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    # What was in the way of an operation without a condition is soon gone.
    "OperationAborted",
    "ConditionalRequestConflict",
    # With this answer came the time by which the next request is signed (archive/store/clock.py).
    "RequestTimeTooSkewed",
}
_STATUS_PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_UNASKED = (NoCredentialsError, NoRegionError, ParamValidationError, PartialCredentialsError)
# The longest sentence of a store that stands in a log line: AWS's own have less than 200 characters.
SENTENCE_MAX_CHARACTERS = 300


@contextlib.contextmanager
def our_errors(key: str, *, reads: bool = False, conditional: bool = False) -> Iterator[None]:
    """Whatever boto3 raises within, as an error of ours about this key.

    Raises:
        Missing: where it `reads`, or is `conditional`.
        Taken: where it is `conditional`; nobody else has a condition that could not hold.
        BucketUnavailable: all else.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING and (reads or conditional):
            raise Missing(key) from error
        if conditional and (code in _TAKEN or _status(error.response) == HTTPStatus.PRECONDITION_FAILED):
            raise Taken(key) from error
        if code in _FORBIDDEN:
            kind: type[BucketUnavailable] = BucketForbids
        else:
            kind = BucketUnavailable if _passes(code, error.response) else BucketRefuses
        raise kind(f"{key}: {_told(code, error.response)}") from error
    except _UNASKED as error:
        raise BucketRefuses(f"{key}: {_short(str(error))}") from error
    except FlexibleChecksumError as error:
        raise BucketAmiss(f"{key}: {_short(str(error))}") from error
    except BotoCoreError as error:
        raise BucketUnavailable(f"{key}: {_short(str(error))}") from error
    except (ResponseParserError, ValueError) as error:  # a time that is none, a size that is no number
        raise BucketAmiss(f"{key}: the store's answer cannot be read: {_short(str(error))}") from error


def _passes(code: str, response: Any) -> bool:
    """Whether an answer says that S3 cannot now, rather than that it will not."""
    status = _status(response)
    if status == HTTPStatus.NOT_IMPLEMENTED:  # nor will it later
        return False
    return code in _PASSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _STATUS_PASSES


def _status(response: Any) -> int:
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _told(code: str, response: Any) -> str:
    """Code and sentence of an answer, and where it points; one without a code is known by its status."""
    if not code or code.isdigit():
        code = f"status {_status(response)} without a code"
        if (
            _status(response) == HTTPStatus.INTERNAL_SERVER_ERROR
        ):  # botocore calls so, too, what it cannot read
            code += ", or an answer that is not S3's XML"
    told = response.get("Error", {})
    sentence = _short(str(told.get("Message") or "")).rstrip(".")
    leads = told.get("Endpoint") or response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(
        "location"
    )
    points = f" (it points to {_short(str(leads).partition('?')[0])})" if leads else ""
    return (f"{code}: {sentence}" if sentence else code) + points


def _short(sentence: str) -> str:
    return redacted(" ".join(sentence[: 2 * SENTENCE_MAX_CHARACTERS].split()))[:SENTENCE_MAX_CHARACTERS]
