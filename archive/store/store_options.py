"""What a store of somebody's making needs told: every S3 is a little different (docs/stores.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.store.sums import md5_header, sha256_header


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """How a bucket is spoken to; without a word, as AWS S3 and SeaweedFS are.

    `addressing` is auto, path or virtual. Without `checksum_header` a body is told by its Content-MD5, which
    every S3 knows, and by the SHA-256 in the signature. `encryption` and `kms_key` ask for encryption at rest, `image_class` is the storage class
    of the images; empty: the bucket's own.
    """

    addressing: Literal["auto", "path", "virtual"] = "auto"
    checksum_header: bool = True
    encryption: str = ""
    kms_key: str = ""
    image_class: str = ""
    region: str = ""

    def addressing_style(self, endpoint: str) -> Literal["auto", "path", "virtual"]:
        """Where the bucket's name stands in a URL: a server of one's own seldom has a name for each bucket."""
        if self.addressing == "auto":
            return "path" if endpoint else "auto"
        return self.addressing

    def of_put(self, *, image: bool) -> dict[str, str]:
        """What is asked for with each object, as boto3 calls it."""
        told = {
            "ServerSideEncryption": self.encryption,
            "SSEKMSKeyId": self.kms_key,
            "StorageClass": self.image_class if image else "",
        }
        return {name: value for name, value in told.items() if value}

    def sums(self, body: bytes | Path, sha256: str) -> dict[str, str]:
        """What is told of a body, so that the store refuses bytes that were damaged on their way."""
        told = {"ChecksumSHA256": sha256_header(sha256)}
        return told if self.checksum_header else {**told, "ContentMD5": md5_header(body)}


# What needs nothing told.
AS_AWS = StoreOptions()
