"""Copy what is kept of tasks to a folder: DEST/<provider>/<task_id>/00.png and manifest.json.

A file is written beside its name as .part and renamed once its SHA-256 is that of the manifest.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from archive import layout
from archive.asset import KeptAsset
from archive.bucket import Bucket
from archive.errors import FixativeError, Missing
from archive.manifest import Manifest
from archive.record_at import record_of
from archive.sums import digest

_ASSET_NAME = re.compile(r"\d{2}(-[0-9a-f]{8})?\.[a-z0-9]{2,5}")


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
    """An asset and where it goes."""

    asset: KeptAsset
    path: Path


def read_manifest(bucket: Bucket, key: str) -> tuple[Manifest, bytes]:
    """The manifest under a key with its bytes. Raises Missing, MalformedRecord, NewerRecord."""
    body = bucket.get(key).body
    return record_of(key, body, Manifest), body


def folder_of(destination: Path, manifest: Manifest) -> Path:
    """Where a task's files go. Raises Unsafe."""
    if not layout.PROVIDER.fullmatch(manifest.provider) or not layout.is_task_id(manifest.task_id):
        raise Unsafe(f"no name for a folder: {manifest.provider[:40]!r}/{manifest.task_id[:140]!r}")
    folder = destination / manifest.provider / manifest.task_id
    # A link in the way would lead elsewhere.
    if not folder.resolve().is_relative_to(destination.resolve()):
        raise Unsafe(f"{folder} leads out of {destination}")
    return folder


def wanted_of(folder: Path, manifest: Manifest) -> list[Wanted]:
    """The assets of a manifest with their paths. Raises Unsafe."""
    wanted = []
    for asset in manifest.kept:
        name = asset.key.rpartition("/")[2]
        if not _ASSET_NAME.fullmatch(name):
            raise Unsafe(f"no name for a file: {name[:80]!r}")
        wanted.append(Wanted(asset, folder / name))
    return wanted


def fetch(
    bucket: Bucket, wanted: Wanted, advance: Callable[[int], None], stopping: threading.Event
) -> Fetched:
    """Copy one asset, unless it is there; its bytes are counted as they come."""
    asset, path = wanted
    name = str(path)
    if path.is_file() and digest(path) == asset.sha256:
        advance(asset.bytes)
        return Fetched(name, "there already", bytes=asset.bytes)
    part = path.with_name(f"{path.name}.part")
    try:
        sha256, count = _stream(bucket, asset.key, part, advance, stopping)
        if sha256 != asset.sha256:
            return Fetched(name, f"SHA-256 differs: {sha256}, the manifest says {asset.sha256}", good=False)
        part.replace(path)
    except Missing:
        return Fetched(name, f"not in the bucket: {asset.key}", good=False)
    finally:
        part.unlink(missing_ok=True)
    return Fetched(name, "copied", bytes=count)


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
