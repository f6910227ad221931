"""The bucket: the only file with boto3 (`archive/signing.py` is its signer). S3's errors become ours here.

    Missing             no object under the key                      404
    Taken               a condition did not hold                     412, 409
    BucketUnavailable   all else: away, slow, refusing, forbidden    the work becomes due again

Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import add_expect_header

from archive.clock import Clock
from archive.errors import BucketUnavailable, Missing, Taken
from archive.signing import sign_with

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

JSON = "application/json"
NDJSON = "application/x-ndjson"

# By which our requests are known in the bucket's access log.
USER_AGENT = "fixative"

_MISSING = {"NoSuchKey", "404", "NotFound"}
_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
# A race that S3 answers with 409, or whose winner is gone again, is settled within a few tries.
_CONDITION_TRIES = 4


class Stored(NamedTuple):
    """An object with the mark by which a later write can say that it means this very one."""

    body: bytes
    etag: str
    modified: datetime


class Listed(NamedTuple):
    """An object as a listing tells it; the key is without the bucket's prefix."""

    key: str
    bytes: int
    modified: datetime


class Bucket:
    """Everything that is kept, under one prefix of one bucket. Safe to use from many threads."""

    def __init__(self, client: S3Client, name: str, prefix: str) -> None:
        self._client = client
        self._name = name
        self._prefix = prefix
        self.clock = Clock()
        client.meta.events.register("after-call.s3", self._hear_the_time)
        sign_with(client, self.clock)
        # botocore waits a whole second for "100 Continue" before it sends a body, which a frozen server never
        # says; a second is half of what the receiver has in all, and our bodies are small or on a local disk.
        client.meta.events.unregister("before-call.s3", add_expect_header)

    @property
    def location(self) -> str:
        """Where people find it: s3://bucket/prefix."""
        return f"s3://{self._name}/{self._prefix}"

    def now(self) -> datetime:
        """S3's time."""
        return self.clock.now()

    def get(self, key: str) -> Stored:
        """An object whole. Raises Missing, BucketUnavailable."""
        with _our_errors(key):
            answer = self._client.get_object(Bucket=self._name, Key=self._prefix + key)
            return Stored(answer["Body"].read(), answer["ETag"], answer["LastModified"])

    def stream(self, key: str, piece_bytes: int = 262_144) -> Iterator[bytes]:
        """An object piece by piece, so that a large one need not fit into memory."""
        with _our_errors(key):
            answer = self._client.get_object(Bucket=self._name, Key=self._prefix + key)
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(piece_bytes)

    def put(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str = JSON,
        sha256: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object, whatever stands there."""
        self._put(key, body, content_type, sha256 or digest(body), metadata, {})

    def put_new(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str = JSON,
        sha256: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object where none stands; the very same bytes standing there are as good.

        Raises:
            Taken: if other bytes stand there.
        """
        self._put_if({"IfNoneMatch": "*"}, key, body, content_type, sha256, metadata)

    def put_over(self, key: str, body: bytes, *, etag: str, content_type: str = JSON) -> None:
        """Write an object over the very one that was read.

        Raises:
            Taken: if it has changed since, or is gone.
        """
        self._put_if({"IfMatch": etag}, key, body, content_type, "", None)

    def sha256(self, key: str) -> str:
        """The SHA-256 (hex) of an object, as S3 knows it, else read and summed. Raises Missing."""
        with _our_errors(key):
            head = self._client.head_object(Bucket=self._name, Key=self._prefix + key, ChecksumMode="ENABLED")
        if head.get("ChecksumSHA256"):
            return base64.b64decode(head["ChecksumSHA256"]).hex()
        summed = hashlib.sha256()
        for piece in self.stream(key):
            summed.update(piece)
        return summed.hexdigest()

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is as good."""
        with _our_errors(key):
            self._client.delete_object(Bucket=self._name, Key=self._prefix + key)

    def list(self, under: str, *, after: str = "", most: int | None = None) -> Iterator[Listed]:
        """The objects under a prefix in key order, a page at a time, those past `after`, at most so many."""
        token: dict[str, Any] = {"StartAfter": self._prefix + after} if after else {}
        left = most
        while left is None or left > 0:
            with _our_errors(under):
                page = self._client.list_objects_v2(
                    Bucket=self._name, Prefix=self._prefix + under, MaxKeys=min(left or 1000, 1000), **token
                )
            for entry in page.get("Contents", ()):
                yield Listed(entry["Key"].removeprefix(self._prefix), entry["Size"], entry["LastModified"])
            if left is not None:
                left -= page["KeyCount"]
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _put_if(
        self,
        condition: Mapping[str, str],
        key: str,
        body: bytes | Path,
        content_type: str,
        sha256: str,
        metadata: Mapping[str, str] | None,
    ) -> None:
        """Write under a condition. A retry inside the client can meet its own success: compare first."""
        sha256 = sha256 or digest(body)
        for _ in range(_CONDITION_TRIES):
            try:
                self._put(key, body, content_type, sha256, metadata, condition)
            except (Taken, Missing):
                try:
                    if self.sha256(key) == sha256:
                        return
                except Missing:
                    if "IfMatch" in condition:
                        raise Taken(key) from None
                    continue
                raise Taken(key) from None
            return
        raise BucketUnavailable(f"{key}: no end of conflicting writes")

    def _put(
        self,
        key: str,
        body: bytes | Path,
        content_type: str,
        sha256: str,
        metadata: Mapping[str, str] | None,
        condition: Mapping[str, Any],
    ) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_our_errors(key))
            content = stack.enter_context(body.open("rb")) if isinstance(body, Path) else body
            self._client.put_object(
                Bucket=self._name,
                Key=self._prefix + key,
                Body=content,
                ContentType=content_type,
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                Metadata=_ascii(metadata or {}),
                **condition,
            )

    def _hear_the_time(self, http_response: Any, **_: object) -> None:
        date = http_response.headers.get("date")
        if date:
            self.clock.hear(date)


def open_bucket(
    *,
    name: str,
    prefix: str = "",
    endpoint: str = "",
    connect_s: float = 2.0,
    read_s: float = 10.0,
    attempts: int = 3,
    connections: int = 32,
) -> Bucket:
    """A bucket to work with. Credentials and region are the usual AWS variables, files or roles.

    `attempts` counts the first one; `connections` should be no fewer than the threads that use it.
    """
    config = Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "path" if endpoint else "auto"},
        signature_version="s3v4",
        # Made anew for each request, botocore's own takes a tenth of its time.
        user_agent=USER_AGENT,
    )
    session = boto3.session.Session()
    client = session.client(
        "s3",
        endpoint_url=endpoint or None,
        config=config,
        # A server of one's own has no regions, but the signature wants one.
        region_name=session.region_name or ("us-east-1" if endpoint else None),
    )
    return Bucket(client, name, prefix)


def digest(body: bytes | Path) -> str:
    """The SHA-256 (hex) of bytes or of a file."""
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    with body.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _our_errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise Missing(key) from error
        if code in _TAKEN:
            raise Taken(key) from error
        raise BucketUnavailable(f"{key}: {code or 'no code'}") from error
    except BotoCoreError as error:
        raise BucketUnavailable(f"{key}: {type(error).__name__}") from error


def _ascii(metadata: Mapping[str, str]) -> dict[str, str]:
    """User metadata is ASCII in S3; what is not is percent-encoded by its UTF-8."""
    return {
        name: value if value.isascii() and value.isprintable() else _percent(value)
        for name, value in metadata.items()
    }


def _percent(value: str) -> str:
    return "".join(
        f"%{byte:02X}" if not 32 <= byte < 127 else chr(byte)  # noqa: PLR2004 - printable ASCII
        for byte in value.encode("utf-8", "replace")
    )
