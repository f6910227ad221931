"""The quick road of small requests: boto3 makes a request, and here it is signed, sent, and its plain answer read.

boto3 finds credentials, region, endpoint and headers. When it says `before-call` the request is made, and what a
listener answers there is taken for S3's answer; what it would do itself from there on takes half of its time again
(docs/decisions/0024).

a plain answer    success, where nothing stands in it that should not; NoSuchKey; PreconditionFailed
any other         boto3 asks as ever, with its retries, redirects and errors; after two in a row for the next minute

Sent by botocore's own session, so proxies, certificates, timeouts and connections are boto3's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from botocore.endpoint import convert_to_response_dict
from botocore.exceptions import BotoCoreError
from botocore.httpchecksum import handle_checksum_body
from urllib3.exceptions import HTTPError

from archive.store.clock import Clock
from archive.store.requests import TRIED_BEFORE
from archive.store.telling_time import read_time

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OPERATIONS: Final = ("PutObject", "GetObject", "DeleteObject")
# One may be refused for what it asks; so many in a row are no matter of one request.
FAILED_MOST: Final = 2
RESTS_S: Final = 60.0
_CHECKSUM: Final = "x-amz-checksum-sha256"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_UNSIGNED: Final = frozenset(
    {"user-agent", "expect", "transfer-encoding"}
)  # what is on the way may change them
_PLAIN_ERRORS: Final = {
    HTTPStatus.NOT_FOUND: "NoSuchKey",
    HTTPStatus.PRECONDITION_FAILED: "PreconditionFailed",
}
_SUCCESS: Final = {HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT}
_CODE: Final = re.compile(rb"<Code>(\w+)</Code>")
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}

Answer = tuple[Any, dict[str, Any]]


def take_quick_road(client: S3Client, credentials: Any, clock: Clock, checksum_header: bool) -> None:  # noqa: FBT001 - as it stands in the options
    """Make the small requests of a client so from now on. Without credentials boto3 says what is missing."""
    if credentials is None:
        return
    hidden: Any = client  # its session of HTTP is inside
    road = QuickRoad(hidden._endpoint.http_session.send, credentials, clock, checksum_header=checksum_header)  # noqa: SLF001
    # Behind all others who listen for the same: they may still change what is asked.
    client.meta.events.register_last("before-call.s3", road.ask)  # type: ignore[arg-type]  # its answer counts


class Prepared(NamedTuple):
    """A signed request, as botocore's session sends it."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any
    stream_output: bool


class QuickRoad:
    """Answers `before-call` of one client. Safe to use from many threads.

    `send` is the client's session's, `credentials` its session's: they may be exchanged at any time.
    """

    def __init__(
        self,
        send: Callable[[Any], Any],
        credentials: Any,
        clock: Clock,
        *,
        checksum_header: bool = True,
    ) -> None:
        self._send, self._credentials, self._clock = send, credentials, clock
        self._checksum_header = checksum_header
        self._failed, self._rests_until = 0, 0.0

    def ask(
        self, model: Any, params: Mapping[str, Any], context: dict[str, Any], **_: object
    ) -> Answer | None:
        """S3's answer and what it says, where that is plain; None: boto3 is to ask."""
        if model.name not in OPERATIONS:
            return None
        signing = context.get("signing") or {}
        plain = context.get("auth_type") == "s3v4" and signing.get("signing_name") == "s3"
        if not plain or "?" in params["url"] or time.monotonic() < self._rests_until:
            return None
        body = params["body"] or b""
        request = self._signed(params, body, signing["region"], streams=model.has_streaming_output)
        response = parsed = None
        try:
            response = self._send(request)
            parsed = self._read(response, model, context)
        except (BotoCoreError, HTTPError):  # the second where an answer breaks off
            pass
        self._failed = 0 if parsed is not None else self._failed + 1
        if parsed is None:
            if self._failed >= FAILED_MOST:
                self._rests_until = time.monotonic() + RESTS_S
            context[TRIED_BEFORE] = 1
            # Of a request that is refused for its time, so that boto3's is signed by S3's.
            self._clock.hear(response.headers.get("date", "") if response is not None else "")
            if hasattr(body, "seek"):
                body.seek(0)
            return None
        return response, parsed

    def _signed(self, params: Mapping[str, Any], body: Any, region: str, *, streams: bool) -> Prepared:
        """The request with its signature: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
        keys = self._credentials.get_frozen_credentials()
        url, moment = urlsplit(params["url"]), f"{self._clock.now():%Y%m%dT%H%M%SZ}"
        sent = {name.lower(): str(value) for name, value in params["headers"].items()}
        told = sent.get(_CHECKSUM)
        sum_ = base64.b64decode(told).hex() if told else _NOTHING
        if not self._checksum_header:
            sent.pop(_CHECKSUM, None)
        sent |= {"x-amz-date": moment, "x-amz-content-sha256": sum_}
        if keys.token:
            sent["x-amz-security-token"] = keys.token
        host = url.netloc.lower().removesuffix(_DEFAULT_PORT[url.scheme])
        signed = {"host": host, **{name: value for name, value in sent.items() if name not in _UNSIGNED}}
        names = ";".join(sorted(signed))
        fields = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
        asked = f"{params['method']}\n{url.path}\n\n{fields}\n{names}\n{sum_}"
        scope = f"{moment[:8]}/{region}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        key = _signing_key(keys.secret_key, moment[:8], region)
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        sent["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        if params["method"] == "PUT":
            sent["content-length"] = str(_size(body))
        return Prepared(params["method"], params["url"], sent, body, streams)

    def _read(self, response: Any, model: Any, context: dict[str, Any]) -> dict[str, Any] | None:
        """What a plain answer says, as boto3 would put it; None for any other."""
        status, headers = response.status_code, response.headers
        parsed: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0}}
        if status in _PLAIN_ERRORS:
            code = _CODE.search(response.content)
            if code is None or code[1].decode() != _PLAIN_ERRORS[status]:
                return None
            return {**parsed, "Error": {"Code": _PLAIN_ERRORS[status], "Message": ""}}
        if status not in _SUCCESS:
            response.content  # noqa: B018 - read to its end, so that its connection can be used again
            return None
        if model.has_streaming_output:
            told = convert_to_response_dict(response, model)
            handle_checksum_body(response, told, context, model)
            parsed["Body"] = told["body"]
        elif response.content:
            # S3 tells by a body what went wrong after it had answered 200, and a page is no answer of S3's.
            return None
        if modified := headers.get("last-modified"):
            parsed["LastModified"] = read_time(modified)
        return {**parsed, "ETag": headers.get("etag", "")}


@lru_cache(maxsize=4)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key


def _size(body: Any) -> int:
    """The bytes of a body, or of a file from where it stands."""
    if isinstance(body, bytes):
        return len(body)
    at = body.tell()
    end = body.seek(0, os.SEEK_END)
    body.seek(at)
    return int(end - at)
