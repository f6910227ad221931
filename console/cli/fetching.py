"""Copy what is kept of tasks to a folder, under names that say something by themselves.

DEST/<provider>/<filed id>/2026-11-21_shop-summer_hkmgrfil_00.png    day, label (else model), telling part of the id, image
                          2026-11-21_shop-summer_hkmgrfil_00.refused.bin      bytes that were refused
                          manifest.json

A file is written beside its name as .part and renamed once its SHA-256 is that of the manifest.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from archive import layout
from archive.errors import FixativeError, Missing
from archive.library.naming import telling_part
from archive.records.asset import KeptAsset
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_of
from archive.store.sums import digest
from archive.task_ids import filed_id, is_task_id

# Of a label or a model, and of the last part of an id; file systems take 255 bytes.
ABOUT_MAX_CHARACTERS = 64
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")


class Unsafe(FixativeError):
    """A manifest names something that must not become the name of a file."""


class Stopped(FixativeError):
    """Nobody waits for this copy any more."""


class Fetched(NamedTuple):
    """One file: `outcome` is copied, there already, or why it is not there."""

    file: str
    outcome: str
    good: bool = True
    bytes: int = 0


class Wanted(NamedTuple):
    """An object and where it goes; `sha256` is empty where only S3 knows it, and `older` is a name of earlier copies."""

    key: str
    path: Path
    told: str = ""
    bytes: int = 0
    sha256: str = ""
    older: str = ""


def read_manifest(bucket: Bucket, key: str) -> tuple[Manifest, bytes]:
    """The manifest under a key with its bytes. Raises Missing, MalformedRecord, NewerRecord."""
    body = bucket.get(key).body
    return record_of(key, body, Manifest), body


def folder_of(destination: Path, manifest: Manifest) -> Path:
    """Where a task's files go. Raises Unsafe."""
    return folder_under(destination, manifest.provider, manifest.task_id)


def folder_under(destination: Path, provider: str, task_id: str) -> Path:
    """The same, of a task that something else names. Raises Unsafe."""
    if not layout.PROVIDER.fullmatch(provider) or not is_task_id(task_id):
        raise Unsafe(f"no name for a folder: {provider[:40]!r}/{task_id[:140]!r}")
    folder = destination / provider / filed_id(task_id)
    # A link in the way would lead elsewhere.
    if not folder.resolve().is_relative_to(destination.resolve()):
        raise Unsafe(f"{folder} leads out of {destination}")
    return folder


def wanted_of(folder: Path, manifest: Manifest) -> list[Wanted]:
    """The assets of a manifest with their paths. Raises Unsafe."""
    return [_wanted(folder, manifest, asset) for asset in manifest.kept]


def _wanted(folder: Path, manifest: Manifest, asset: KeptAsset) -> Wanted:
    name = asset.key.rpartition("/")[2]
    if not layout.ASSET_NAME.fullmatch(name):
        raise Unsafe(f"no name for a file: {name[:80]!r}")
    day = (manifest.created_at or manifest.changed_at).date()
    path = folder / f"{stem(day, manifest.label or manifest.model, manifest.task_id)}_{name}"
    told = f"{asset.width}x{asset.height} {asset.format}"
    return Wanted(asset.key, path, told, asset.bytes, asset.sha256, older=name)


def stem(day: date, about: str | None, task_id: str) -> str:
    """What the name of a file says of its task: the day, a label or a model, and the part of the id that tells it."""
    plain = _NOT_PLAIN.sub("-", (about or "")[:ABOUT_MAX_CHARACTERS]).strip("-.")
    told = filed_id(telling_part(task_id))[-ABOUT_MAX_CHARACTERS:]
    return "_".join(part for part in (day.isoformat(), plain, told) if part)


def fetch(
    bucket: Bucket, wanted: Wanted, advance: Callable[[int], None], stopping: threading.Event
) -> Fetched:
    """Copy one object, unless it is there; its bytes are counted as they come."""
    path, name = wanted.path, str(wanted.path)
    if is_there(wanted):
        if not path.exists():
            path.with_name(wanted.older).replace(path)
        advance(wanted.bytes)
        return Fetched(name, "there already", bytes=wanted.bytes)
    part = path.with_name(f"{path.name}.part")
    try:
        right = wanted.sha256 or bucket.sha256(wanted.key)
        sha256, count = _stream(bucket, wanted.key, part, advance, stopping)
        if sha256 != right:
            return Fetched(name, f"SHA-256 differs: {sha256}, it should be {right}", good=False)
        part.replace(path)
    except Missing:
        return Fetched(name, f"not in the bucket: {wanted.key}", good=False)
    finally:
        part.unlink(missing_ok=True)
    return Fetched(name, "copied", bytes=count)


def is_there(wanted: Wanted) -> bool:
    """Whether the very bytes are there, under this name or under the one that earlier versions gave."""
    if not wanted.sha256:
        return False
    older = wanted.older and not wanted.path.exists()
    path = wanted.path.with_name(wanted.older) if older else wanted.path
    return path.is_file() and digest(path) == wanted.sha256


def write_manifest(folder: Path, body: bytes) -> None:
    """Write the manifest beside its assets, whole or not at all."""
    part = folder / "manifest.json.part"
    part.write_bytes(body)
    part.replace(folder / "manifest.json")


def _stream(
    bucket: Bucket, key: str, part: Path, advance: Callable[[int], None], stopping: threading.Event
) -> tuple[str, int]:
    summed, count = hashlib.sha256(), 0
    with part.open("wb") as file:
        for piece in bucket.stream(key):
            if stopping.is_set():
                raise Stopped
            file.write(piece)
            summed.update(piece)
            count += len(piece)
            advance(len(piece))
        file.flush()
        os.fsync(file.fileno())
    return summed.hexdigest(), count
