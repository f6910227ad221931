"""The bucket: the only file that calls boto3. `archive/store/signing.py` signs, `archive/store/s3_errors.py` knows its errors.

Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import boto3
from botocore.config import Config
from botocore.handlers import add_expect_header

from archive.errors import BucketAmiss, Missing, SettingsRefused, Taken
from archive.store.clock import Clock
from archive.store.listing import Listed, folder_names, listed
from archive.store.metadata import ascii_only
from archive.store.quick_road import take_quick_road
from archive.store.redirects import ask_for_the_region_once
from archive.store.removal import Removal, told_gone
from archive.store.requests import Requests
from archive.store.s3_errors import our_errors
from archive.store.signing import sign_with
from archive.store.store_options import AS_AWS, StoreOptions
from archive.store.sums import Told, digest, summed, told_by
from archive.store.telling_time import read_time, session_that_reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

JSON = "application/json"
NDJSON = "application/x-ndjson"

USER_AGENT = "fixative"  # by which our requests are known in the bucket's access log
PAGE_KEYS = 1000  # the most that S3 lists in one answer
# A race that S3 answers with 409, or whose winner is gone again, is settled within a few tries.
_CONDITION_TRIES = 4
_Words = Mapping[str, str]


class Stored(NamedTuple):
    """An object with the mark by which a later write can say that it means this very one."""

    body: bytes
    etag: str
    modified: datetime


class Bucket:
    """Everything that is kept, under one prefix of one bucket. Safe to use from many threads."""

    def __init__(self, client: S3Client, name: str, prefix: str, options: StoreOptions = AS_AWS) -> None:
        self._client, self._options = client, options
        self._name, self._prefix, self._bare_etags = name, prefix, False
        self.clock, self._removal = Clock(), Removal(self._delete_many, self.delete)
        self.requests = Requests(client, self.clock)
        sign_with(client, self.clock, checksum_header=options.checksum_header)
        # botocore waits a second, half of what the receiver has, for a "100 Continue" that a frozen server never says.
        client.meta.events.unregister("before-call.s3", add_expect_header)
        ask_for_the_region_once(client)

    @property
    def location(self) -> str:
        """Where people find it: s3://bucket/prefix."""
        return f"s3://{self._name}/{self._prefix}"

    def now(self) -> datetime:
        """S3's time."""
        return self.clock.now()

    def get(self, key: str) -> Stored:
        """An object whole. Raises Missing, BucketUnavailable."""
        with our_errors(key, reads=True):
            answer = self._client.get_object(Bucket=self._name, Key=self._prefix + key)
            body = answer["Body"].read()
        if not answer.get("ETag") or not answer.get("LastModified"):
            raise BucketAmiss(f"{key}: the store's answer has no ETag or no Last-Modified")
        return Stored(body, answer["ETag"], answer["LastModified"])

    def stream(self, key: str, piece_bytes: int = 262_144, part: str = "") -> Iterator[bytes]:
        """An object piece by piece, or a part of it (bytes=0-99), so that a large one need not fit into memory."""
        asked: Any = {"Range": part} if part else {}
        with our_errors(key, reads=True):
            answer = self._client.get_object(Bucket=self._name, Key=self._prefix + key, **asked)
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
        told = {**self._options.of_put(image=False), **self._options.sums(body, sha256 or digest(body))}
        self._send(key, body, content_type, metadata, told)

    def put_new(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str = JSON,
        sha256: str = "",
        metadata: Mapping[str, str] | None = None,
        image: bool = False,
    ) -> None:
        """Write an object where none stands; the very same bytes standing there are as good.

        An `image` is written in the storage class for images.

        Raises:
            Taken: if other bytes stand there.
        """
        condition = {"IfNoneMatch": "*", **self._options.of_put(image=image)}
        self._put_if(condition, key, body, content_type, sha256, metadata)

    def put_over(self, key: str, body: bytes, *, etag: str, content_type: str = JSON) -> None:
        """Write an object over the very one that was read.

        Raises:
            Taken: if it has changed since, or is gone.
        """
        told, bare = self._options.of_put(image=False), etag.strip('"')
        match = bare if self._bare_etags else etag
        try:
            self._put_if({"IfMatch": match, **told}, key, body, content_type, "", None)
        except Taken:
            if match == bare or not self._is(key, etag):
                raise
            # Ceph refuses the very ETag that it tells, but for its quotes (docs/stores.md).
            self._put_if({"IfMatch": bare, **told}, key, body, content_type, "", None)
            self._bare_etags = True

    def put_told_as(self, key: str, body: bytes, other: bytes, **condition: str) -> None:
        """Write bytes that are told to be others, which a store that looks refuses. For trials of a store."""
        told = {**condition, **self._options.of_put(image=False), **self._options.sums(other, digest(other))}
        self._send(key, body, JSON, None, told)

    def told(self, key: str) -> Told:
        """What S3 tells of an object without its bytes. Raises Missing."""
        asked: Any = {"ChecksumMode": "ENABLED"} if self._options.checksum_header else {}
        with our_errors(key, reads=True):
            return told_by(self._client.head_object(Bucket=self._name, Key=self._prefix + key, **asked))

    def sha256(self, key: str) -> str:
        """The SHA-256 (hex) of an object, as S3 knows it, else read and summed. Raises Missing."""
        known = self.told(key).sha256 if self._options.checksum_header else ""
        return known or summed(self.stream(key))

    def link(self, key: str, life_s: int) -> str:
        """A URL with which anybody may GET the object for so long, up to a week; nothing is asked of S3 for it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
        """
        with our_errors(key):
            return self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self._name, "Key": self._prefix + key}, ExpiresIn=life_s
            )

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is as good, also to a store that says so."""
        with contextlib.suppress(Missing), our_errors(key, reads=True):
            self._client.delete_object(Bucket=self._name, Key=self._prefix + key)

    def delete_all(self, keys: Sequence[str]) -> None:
        """Remove objects, many in a request where the store can. Raises what one comes to, after the others."""
        self._removal.remove(keys)

    def list(
        self, under: str, *, after: str = "", most: int | None = None, page_keys: int = PAGE_KEYS
    ) -> Iterator[Listed]:
        """The objects under a prefix in key order, a page at a time, those past `after`, at most so many."""

        def ask(keys: int, asked: Mapping[str, str]) -> Mapping[str, Any]:
            return self._page(under, MaxKeys=keys, **asked)

        return listed(ask, self._prefix, under, after=after, most=most, page_keys=page_keys)

    def folders(self, under: str) -> Sequence[str]:
        """The names of the folders right under a prefix, by one request: of more than a thousand the first."""
        return folder_names(self._page(under, Delimiter="/"), self._prefix + under)

    def _page(self, under: str, **asked: Any) -> Mapping[str, Any]:
        with our_errors(under):
            return self._client.list_objects_v2(Bucket=self._name, Prefix=self._prefix + under, **asked)

    def _is(self, key: str, etag: str) -> bool:
        with contextlib.suppress(Missing):
            return self.get(key).etag == etag
        return False

    def _put_if(
        self, condition: _Words, key: str, body: bytes | Path, kind: str, sha256: str, metadata: _Words | None
    ) -> None:
        """Write under a condition. A retry inside the client can meet its own success: compare first."""
        sha256 = sha256 or digest(body)
        told = {**condition, **self._options.sums(body, sha256)}
        for _ in range(_CONDITION_TRIES):
            try:
                self._send(key, body, kind, metadata, told)
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
        raise BucketAmiss(
            f"{key}: no end of conflicting writes, though nothing stands there that could be seen"
        )

    def _send(
        self, key: str, body: bytes | Path, kind: str, metadata: _Words | None, told: Mapping[str, Any]
    ) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(our_errors(key, conditional="IfMatch" in told or "IfNoneMatch" in told))
            content = stack.enter_context(body.open("rb")) if isinstance(body, Path) else body
            answer = self._client.put_object(
                Bucket=self._name,
                Key=self._prefix + key,
                Body=content,
                ContentType=kind,
                Metadata=ascii_only(metadata or {}),
                **told,
            )
        # Who answers 200 to everything, a console or a front page, keeps nothing.
        if not answer.get("ETag", "").strip('"'):
            raise BucketAmiss(f"{key}: the store's answer to the write has no ETag")

    def _delete_many(self, keys: Sequence[str]) -> set[str]:
        """Which of them the store says are gone."""
        objects: list[ObjectIdentifierTypeDef] = [{"Key": self._prefix + key} for key in keys]
        with our_errors(f"{keys[0]} and {len(keys) - 1} more"):
            answer = self._client.delete_objects(Bucket=self._name, Delete={"Objects": objects})
        return told_gone(answer, self._prefix)


def open_bucket(
    *,
    name: str,
    prefix: str = "",
    endpoint: str = "",
    options: StoreOptions = AS_AWS,
    connect_s: float = 2.0,
    read_s: float = 10.0,
    attempts: int = 3,
    connections: int = 32,
) -> Bucket:
    """A bucket to work with. Credentials are the usual AWS variables, files or roles; nothing connects yet.

    `attempts` counts the first one; `connections` should be no fewer than the threads that use it.

    Raises:
        SettingsRefused: if the endpoint, a profile or a file of credentials is none.
    """
    checksums: Literal["when_supported", "when_required"] = (
        "when_supported" if options.checksum_header else "when_required"
    )
    config = Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": options.addressing_style(endpoint)},
        signature_version="s3v4",
        # Made anew for each request, botocore's own takes a tenth of its time.
        user_agent=USER_AGENT,
        # Where the checksum header is refused, botocore's own would be as well.
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
    )
    try:
        session = boto3.session.Session(botocore_session=session_that_reads(read_time))
        client = session.client(
            "s3",
            endpoint_url=endpoint or None,
            config=config,
            # A server of one's own has no regions, but the signature wants one.
            region_name=options.region or session.region_name or ("us-east-1" if endpoint else None),
        )
    # A profile or credentials file that is none, an endpoint that is no URL: each has an error of its own.
    except Exception as error:
        raise SettingsRefused([f"S3_ENDPOINT or the AWS variables: {error}"]) from error
    bucket = Bucket(client, name, prefix, options)
    if attempts > 1:  # else nothing is to be asked twice
        take_quick_road(client, session.get_credentials(), bucket.clock, options.checksum_header)
    return bucket
