"""How requests to S3 are signed: with S3's time, and with the checksum that is known already.

Both hook into botocore, whose own signer takes the host's time, and sums every body once more before it sends it,
also one that comes with its SHA-256 (https://github.com/boto/botocore/blob/develop/botocore/auth.py).
The header that tells a checksum is one that some stores refuse; it is left out then, and the sum is signed all the same.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

from archive.store.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OURS, _OURS_WITHOUT_HEADER = "fixative-s3v4", "fixative-s3v4-without-checksum-header"
_CHECKSUM = "x-amz-checksum-sha256"


def sign_with(client: S3Client, clock: Clock, *, checksum_header: bool = True) -> None:
    """Make a client sign so from now on. A presigned URL is signed as ever."""
    AUTH_TYPE_MAPS[_OURS] = _KnownSum
    AUTH_TYPE_MAPS[_OURS_WITHOUT_HEADER] = _KnownSumAlone
    ours = _OURS if checksum_header else _OURS_WITHOUT_HEADER

    def by_our_clock(request: Any, **_: object) -> None:
        # A host that is 15 minutes off would be refused (RequestTimeTooSkewed).
        request.context = _Stamped(request.context, clock)

    client.meta.events.register("before-sign.s3", by_our_clock)

    def choose(signature_version: str, **_: object) -> str | None:
        return ours if signature_version == "s3v4" else None

    client.meta.events.register("choose-signer.s3", choose)  # type: ignore[arg-type]  # of this event the answer counts


class _KnownSum(S3SigV4Auth):
    """Signs the SHA-256 that the request tells of its body. S3 holds the body against both."""

    def payload(self, request: Any) -> str:
        told = request.headers.get(_CHECKSUM)
        return base64.b64decode(told).hex() if told else str(super().payload(request))


class _KnownSumAlone(_KnownSum):
    """The same for a store that refuses the header: the sum is signed, and the header is not sent."""

    def payload(self, request: Any) -> str:
        known = super().payload(request)
        del request.headers[_CHECKSUM]
        return known


class _Stamped(dict[str, Any]):
    """The context of a request, into which botocore puts the host's time before it signs with it."""

    def __init__(self, context: Mapping[str, Any], clock: Clock) -> None:
        super().__init__(context)
        self._clock = clock

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, f"{self._clock.now():%Y%m%dT%H%M%SZ}" if name == "timestamp" else value)
