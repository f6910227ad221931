"""One output of a task: kept, or lost with its reason.

Asset
├── KeptAsset    the original bytes are in the bucket, verified
└── LostAsset    given up; a dead letter stands for it
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from archive.reasons import Reason
from archive.records.bounds import Most, Text
from archive.records.ids import Count, Key, Sha256
from archive.records.notification import Source
from archive.records.record import Record

FindingKind = Literal[
    "dimensions",
    "format",
    "count",
    "model",  # where it differs from the order
    "impossible_size",
    "content_type",
    "extension",
    "animated",
    "trailing_data",
    "content_encoding",
    "missing_pictures",
    "missing_end",  # from what is plausible
]


# One of each kind.
FINDINGS_MOST = len(get_args(FindingKind))
# What was told and what came: a size, a type, a model.
FINDING_MAX_BYTES = 256
# Of an error: a sentence of ours, with some words of a stranger.
DETAIL_MAX_BYTES = 1_024

Detail = Annotated[str, Text(DETAIL_MAX_BYTES)]
Short = Annotated[str, Text(64)]


class Finding(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Where an asset differs from the order, or from what is plausible. Not an error: it was paid for."""

    kind: FindingKind
    expected: Annotated[str, Text(FINDING_MAX_BYTES)]
    got: Annotated[str, Text(FINDING_MAX_BYTES)]

    @property
    def identity(self) -> str:
        """One of each kind is told of an image."""
        return self.kind


class Timings(Record, frozen=True, kw_only=True, omit_defaults=False):
    """How long each part of keeping one asset took, in milliseconds."""

    download_ms: Count = 0
    verify_ms: Count = 0
    store_ms: Count = 0


class KeptAsset(Record, frozen=True, kw_only=True, omit_defaults=False, tag_field="asset", tag="kept"):
    """An image in the bucket: the original bytes, verified. `format` is PNG, JPEG, WEBP or MPO."""

    index: Count
    place: Count | None = None
    key: Key
    sha256: Sha256
    bytes: Count
    format: Short
    content_type: Short
    mode: Short
    width: Count
    height: Count
    frames: Count = 1
    c2pa: bool = False  # whether a C2PA manifest is embedded; nothing is said of its truth
    source: Source  # host and path, without query
    findings: Annotated[tuple[Finding, ...], Most(FINDINGS_MOST)] = ()
    tries: Count = 1
    timings: Timings = Timings()

    @property
    def identity(self) -> tuple[int, str]:
        """Which image of which links it is."""
        return image_of(self)


class LostAsset(Record, frozen=True, kw_only=True, omit_defaults=False, tag_field="asset", tag="lost"):
    """An image that was given up. `refused_key` names the bytes that were refused, where there are any."""

    index: Count
    place: Count | None = None
    reason: Reason
    source: Source  # host and path, without query
    detail: Detail = ""
    tries: Count = 1
    refused_key: Key | None = None

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
