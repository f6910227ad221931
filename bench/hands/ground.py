"""What all contestants stand on: one S3, one Redis and one origin, on loopback."""

from __future__ import annotations

import contextlib
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.hands.cases import ORIGINALS
from bench.hands.links import OriginLinks
from infra.local import ports
from infra.local.parts import bucket, redis, s3
from infra.local.parts.process import PROJECT, Process

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READY_S = 30.0  # it draws the images first, which takes a few seconds
_ASK_S = 5.0


class AskedAtOnce(NamedTuple):
    """How many images the origin was asked for at the same time, and when the first was (`time.monotonic()`)."""

    at_once: int
    first_s: float


@dataclass(frozen=True)
class Places:
    """Where things are. What is counted is none of these."""

    folder: Path
    s3: s3.S3
    redis_url: str
    origin: str  # HOST:PORT
    links: OriginLinks

    def client(self) -> S3Client:
        """A client of the S3."""
        return bucket.client(self.s3.address)

    def asked(self) -> AskedAtOnce:
        """What the origin was asked since this was last called."""
        with urllib.request.urlopen(f"http://{self.origin}/asked", timeout=_ASK_S) as answer:
            most, first_s = answer.read().split()
            return AskedAtOnce(int(most), float(first_s))


@contextlib.contextmanager
def prepared(folder: Path, images: Path) -> Iterator[Places]:
    """The ground, ready; all of it is stopped at the end. The folder `images` keeps what is drawn."""
    shutil.rmtree(folder, ignore_errors=True)  # a run that was killed leaves its bells there
    folder.mkdir(parents=True)
    with redis.start(folder / "redis") as queue, s3.start(folder / "s3") as store:
        port = ports.free_block(1)
        command = [sys.executable, "-m", "bench.hands.origin", str(port), str(images), *ORIGINALS]
        server = Process("origin", command, folder=PROJECT, log=folder / "origin.log")
        server.start()
        try:
            server.ready(_READY_S, lambda: ports.is_open(port))
            origin = f"{ports.LOOPBACK}:{port}"
            yield Places(folder, store, queue.url, origin, OriginLinks(f"http://{origin}", images))
        finally:
            server.stop()
