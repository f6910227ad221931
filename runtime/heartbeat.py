"""What a process says of itself while it lives: one key in Redis that expires. Pure.

It is there to be shown, and nothing else: whoever reaches Redis can write one, so nothing is done or left undone
because of what it says.
"""

from __future__ import annotations

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

Role = Literal["receiver", "worker"]
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
        version=our_version(),
        fingerprint=fingerprint,
        started_at=now,
        at=now,
    )


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
