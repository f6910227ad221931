"""One output of a task: kept, or lost with its reason.

Asset
├── KeptAsset    the original bytes are in the bucket, verified
└── LostAsset    given up; a dead letter stands for it
"""

from __future__ import annotations

from typing import Literal

from archive.reasons import Reason
from archive.record import Record

FindingKind = Literal[
    "dimensions",
    "format",
    "count",
    "model",  # where it differs from the order
    "impossible_size",
    "content_type",
    "extension",
    "animated",
    "trailing_data",  # from what is plausible
]


class Finding(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Where an asset differs from the order, or from what is plausible. Not an error: it was paid for."""

    kind: FindingKind
    expected: str
    got: str

    @property
    def identity(self) -> str:
        """One of each kind is told of an image."""
        return self.kind


class Timings(Record, frozen=True, kw_only=True, omit_defaults=False):
    """How long each part of keeping one asset took, in milliseconds."""

    download_ms: int = 0
    verify_ms: int = 0
    store_ms: int = 0


class KeptAsset(Record, frozen=True, kw_only=True, omit_defaults=False, tag_field="asset", tag="kept"):
    """An image in the bucket: the original bytes, verified. `format` is PNG, JPEG, WEBP or MPO."""

    index: int
    place: int | None = None
    key: str
    sha256: str
    bytes: int
    format: str
    content_type: str
    mode: str
    width: int
    height: int
    frames: int = 1
    c2pa: bool = False  # whether a C2PA manifest is embedded; nothing is said of its truth
    source: str  # host and path, without query
    findings: tuple[Finding, ...] = ()
    tries: int = 1
    timings: Timings = Timings()

    @property
    def identity(self) -> tuple[int, str]:
        """Which image of which links it is."""
        return image_of(self)


class LostAsset(Record, frozen=True, kw_only=True, omit_defaults=False, tag_field="asset", tag="lost"):
    """An image that was given up. `refused_key` names the bytes that were refused, where there are any."""

    index: int
    place: int | None = None
    reason: Reason
    source: str  # host and path, without query
    detail: str = ""
    tries: int = 1
    refused_key: str | None = None

    @property
    def identity(self) -> tuple[int, str]:
        """Which image of which links it is."""
        return image_of(self)


Asset = KeptAsset | LostAsset


def image_of(asset: Asset) -> tuple[int, str]:
    """Which image of which links an asset is: its place among the links that were told, and its link.

    `index` is where it stands in the manifest. The two differ (`place` is then set) where a task was told of
    with other links and the index was taken. Links may be alike but for their query, so the place counts.
    """
    return (asset.index if asset.place is None else asset.place, asset.source)
