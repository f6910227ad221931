"""Objects into S3 by the ten thousand: plain requests over a few connections, each signed by hand.

botocore would take four times as long to sign and send a small PUT as SeaweedFS takes to do it.
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import uvloop

from bench.errors import BenchError
from infra.local.parts.bucket import BucketAddress

# As many as keep two cores busy.
_CONNECTIONS = 32
_ALL_S = 240.0
_UNSIGNED, _SIGNED = "UNSIGNED-PAYLOAD", "host;x-amz-content-sha256;x-amz-date"
_SHOWN_BYTES = 300


class Object(NamedTuple):
    """A key, of characters that a URL takes as they are, and what is to stand there."""

    key: str
    body: bytes


def write(address: BucketAddress, objects: Iterable[Object]) -> None:
    """Write them, in no order. Raises BenchError at the first that is refused, or if they take too long."""
    requests = _requests(address, objects)
    try:
        uvloop.run(_all(int(address.endpoint.rpartition(":")[2]), requests))
    except TimeoutError:
        raise BenchError(f"The objects were not written within {_ALL_S:g} s.") from None


async def _all(port: int, requests: Iterator[bytes]) -> None:
    async with asyncio.timeout(_ALL_S), asyncio.TaskGroup() as connections:
        for _ in range(_CONNECTIONS):
            connections.create_task(_one_by_one(port, requests))


async def _one_by_one(port: int, requests: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        # A PUT is answered by a head alone.
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise BenchError(f"An object was not written: {answer[:_SHOWN_BYTES].decode(errors='replace')}")
    writer.close()


def _requests(address: BucketAddress, objects: Iterable[Object]) -> Iterator[bytes]:
    assert address.access_key
    assert address.secret_key
    host = address.endpoint.partition("://")[2]
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    scope = f"{moment[:8]}/{address.region}/s3/aws4_request"
    key = f"AWS4{address.secret_key}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    for name, body in objects:
        path = f"/{address.bucket}/{address.prefix}{name}"
        asked = (
            f"PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{_UNSIGNED}\nx-amz-date:{moment}\n\n"
            f"{_SIGNED}\n{_UNSIGNED}"
        )
        told = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        signature = hmac.digest(key, told.encode(), "sha256").hex()
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nx-amz-date: {moment}\r\nx-amz-content-sha256: {_UNSIGNED}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={address.access_key}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
