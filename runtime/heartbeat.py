"""What a process says of itself while it lives: one key in Redis that expires. Pure.

It is there to be shown, and nothing else: whoever reaches Redis can write one, so nothing is done or left undone
because of what it says.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import socket
import tomllib
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

from archive.records.record import Record
from runtime.fingerprint import Fingerprint

# A beat that is missed five times in a row is a process that does not live, or hears nothing of Redis.
BEAT_EVERY_S = 10.0
EXPIRES_S = 60
# One has about 700 bytes; sixteen ticket keys and long names make 2 KB.
HEARTBEAT_MAX_BYTES = 4096
DETAIL_MAX_CHARACTERS = 200

Role = Literal["receiver", "worker", "console"]
# The packages whose code a process runs; what starts them (infra) is none of it.
PACKAGES = ("archive", "console", "egress", "providers", "receiver", "runtime", "workers")
BUILD_CHARACTERS = 8
HeartbeatId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
_Word = Annotated[str, Meta(max_length=255)]
_Small = Annotated[int, Meta(ge=0, le=1_000_000)]


class Proof(Record, frozen=True):
    """A trial of what a process must be able to do: write to the bucket, and, for a worker, decode an image.

    `trouble` says what failed; empty: all went well.
    """

    at: datetime
    took_ms: Annotated[int, Meta(ge=0)]
    trouble: Annotated[str, Meta(max_length=DETAIL_MAX_CHARACTERS)] = ""


class Heartbeat(Record, frozen=True):
    """One process. All times are its own, by S3's clock; their distances to `at` are what counts.

    `success_at`: a callback made durable, or a job done. `threads` and `busy` are a worker's.
    """

    id: HeartbeatId
    role: Role
    host: _Word
    pid: _Small
    version: _Word
    fingerprint: Fingerprint
    started_at: datetime
    at: datetime
    success_at: datetime | None = None
    sweep_at: datetime | None = None
    # How far apart its sweeps may be, so that a late one is known.
    sweep_idle_s: Annotated[float, Meta(ge=0)] = 0.0
    proof: Proof | None = None
    threads: _Small = 0
    busy: _Small = 0

    @property
    def name(self) -> str:
        """How people find the process."""
        return f"{self.host} (process {self.pid})"


class SeenHeartbeat(NamedTuple):
    """A heartbeat as it was found; `silent_s` is how long ago it was written, by Redis's clock."""

    heartbeat: Heartbeat
    silent_s: float


def first_beat(role: Role, fingerprint: Fingerprint, now: datetime) -> Heartbeat:
    """The heartbeat of this very process, which starts now."""
    return Heartbeat(
        id=secrets.token_hex(8),
        role=role,
        host=socket.gethostname()[:255],
        pid=os.getpid(),
        version=our_build(),
        fingerprint=fingerprint,
        started_at=now,
        at=now,
    )


@functools.cache
def our_build() -> str:
    """The version with a digest of the code that runs: 0.1.0+3f2a9c1b. Two that differ run other code.

    A version is raised at a release; who deploys from the repository has many builds of one. It is written as a
    local version is: https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    """
    return f"{our_version()}+{_code_digest(Path(__file__).parents[1])[:BUILD_CHARACTERS]}"


def _code_digest(root: Path) -> str:
    """The SHA-256 (hex) over the names and the bytes of all modules below a folder."""
    summed = hashlib.sha256()
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
        body = path.read_bytes()
        summed.update(f"{path.relative_to(root).as_posix()} {len(body)}\n".encode() + body)
    return summed.hexdigest()


def our_version() -> str:
    """Fixative's version; where it runs from a folder that was never installed, the one that the folder says."""
    try:
        return version("fixative")
    except PackageNotFoundError:
        return _version_beside(Path(__file__).parents[1])


def _version_beside(folder: Path) -> str:
    """The version in a folder's pyproject.toml; `unknown` where there is none."""
    try:
        told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        return str(told["project"]["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"
