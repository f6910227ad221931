"""One task's folder: its manifest, and each object that this names. Reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.errors import BucketRefuses, MalformedRecord, Missing, NewerRecord
from archive.library.survey.folders import Folder
from archive.library.survey.mismatch import Kind, Mismatch
from archive.records.asset import KeptAsset
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_at
from archive.store.sums import summed

MANIFEST = "manifest.json"


@dataclass
class Examined:
    """What a folder came to. Of its images the store `told` a SHA-256, they were read and `summed`, or neither.

    `unnamed` are keys that nothing here names, though they are no new ones; `unjudged` says that this may be since
    the manifest cannot be read.
    """

    folder: Folder
    manifest: Manifest | None = None
    mismatches: list[Mismatch] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    unjudged: bool = False
    bytes: int = 0
    told: int = 0
    summed: int = 0
    untold: int = 0

    @property
    def manifest_key(self) -> str:
        """Where its manifest stands."""
        return self.folder.path + MANIFEST


def examine(bucket: Bucket, folder: Folder, *, read: bool) -> Examined:
    """Hold a folder's manifest against its objects; with `read`, each image by its very bytes.

    Raises:
        BucketUnavailable: if S3 is away.
    """
    seen = Examined(folder)
    if MANIFEST in folder.objects:
        try:
            seen.manifest = record_at(bucket, seen.manifest_key, Manifest)
        except NewerRecord as error:
            seen.mismatches.append(Mismatch(Kind.NEWER, seen.manifest_key, error.detail))
            seen.unjudged = True
        except MalformedRecord as error:
            seen.mismatches.append(Mismatch(Kind.MANIFEST_MALFORMED, seen.manifest_key, str(error)))
            seen.unjudged = True
        except BucketRefuses as error:
            seen.mismatches.append(Mismatch(Kind.NOT_GIVEN, seen.manifest_key, error.detail))
            seen.unjudged = True
    kept = seen.manifest.kept if seen.manifest else ()
    for asset in kept:
        _examine_image(bucket, asset, seen, read=read)
    named = {asset.key.removeprefix(folder.path) for asset in kept} | {MANIFEST}
    if not seen.unjudged:
        seen.unnamed = [folder.path + name for name in folder.objects if name in folder.old - named]
    return seen


def _examine_image(bucket: Bucket, asset: KeptAsset, seen: Examined, *, read: bool) -> None:
    name = asset.key.removeprefix(seen.folder.path)
    listed = seen.folder.objects.get(name)
    if listed is not None and listed != asset.bytes:
        seen.mismatches.append(_of_size(asset, listed))
        return
    try:
        size, sha256 = _sum_read(bucket, asset.key) if read else bucket.told(asset.key)
    except Missing:
        seen.mismatches.append(Mismatch(Kind.IMAGE_GONE, asset.key, f"named by {seen.manifest_key}"))
        return
    except BucketRefuses as error:
        seen.mismatches.append(Mismatch(Kind.NOT_GIVEN, asset.key, error.detail))
        return
    seen.bytes += size
    seen.summed += read
    seen.told += bool(sha256) and not read
    seen.untold += not sha256
    if size != asset.bytes:
        seen.mismatches.append(_of_size(asset, size))
    elif sha256 and sha256 != asset.sha256:
        detail = f"{sha256} is there, the manifest says {asset.sha256}"
        seen.mismatches.append(Mismatch(Kind.IMAGE_SHA256, asset.key, detail))


def _of_size(asset: KeptAsset, there: int) -> Mismatch:
    detail = f"{there:,} bytes are there, the manifest says {asset.bytes:,}"
    return Mismatch(Kind.IMAGE_SIZE, asset.key, detail)


def _sum_read(bucket: Bucket, key: str) -> tuple[int, str]:
    pieces = _Counted(bucket.stream(key))
    sha256 = summed(pieces)
    return pieces.bytes, sha256


class _Counted:
    """Passes pieces on, and counts their bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self.bytes = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.bytes += len(piece)
            yield piece
