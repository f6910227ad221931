"""What everything is measured on: one Redis, one S3 and one certificate, on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from archive import tickets
from archive.records.order import Claims
from archive.store.bucket import Bucket, open_bucket
from infra.local.parts import certificate, redis, s3
from infra.local.parts.bucket import client

# What a process needs of the shell; settings of ours that stand there must not be measured along.
_OF_THE_SHELL = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
PROVIDER = "evolink"


@dataclass(frozen=True)
class Ground:
    """The running servers, and how ours and theirs speak to them. `peers` is the Python of the others' venv."""

    folder: Path
    redis: redis.Redis
    s3: s3.S3
    tls: certificate.Certificate
    ticket_keys: str
    peers: Path

    def environment(self, **settings: str) -> dict[str, str]:
        """The variables of a process of ours: the defaults, but for what is said."""
        return {
            **shell(),
            "S3_ENDPOINT": self.s3.endpoint,
            "S3_BUCKET": self.s3.bucket,
            "AWS_ACCESS_KEY_ID": self.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "REDIS_URL": self.redis.url,
            "TICKET_KEYS": self.ticket_keys,
            **settings,
        }

    def callback_path(self, provider: str = PROVIDER) -> str:
        """The path of a callback URL with a good ticket."""
        ticket = tickets.mint(Claims(), provider, tickets.read_keys(self.ticket_keys))
        return f"/callbacks/{provider}/{ticket}"

    def forget_bells(self) -> None:
        """Empty Redis, so that what one left there burdens nobody else."""
        with contextlib.closing(Redis.from_url(self.redis.url)) as connection:
            connection.flushall()

    def count_objects(self) -> int:
        """How many stand in the bucket."""
        bucket = client(self.s3.address)
        with contextlib.closing(bucket):
            pages = bucket.get_paginator("list_objects_v2").paginate(Bucket=self.s3.bucket)
            return sum(page["KeyCount"] for page in pages)

    def forget_objects(self) -> None:
        """Empty the bucket."""
        bucket = client(self.s3.address)
        with contextlib.closing(bucket):
            for page in bucket.get_paginator("list_objects_v2").paginate(Bucket=self.s3.bucket):
                found = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
                if found:
                    bucket.delete_objects(Bucket=self.s3.bucket, Delete={"Objects": found, "Quiet": True})  # type: ignore[typeddict-item]


def shell() -> dict[str, str]:
    """What is passed on of the shell's variables."""
    return {name: os.environ[name] for name in _OF_THE_SHELL if name in os.environ} | {
        "PYTHONUNBUFFERED": "1"
    }


@contextlib.contextmanager
def stood(folder: Path, peers: Path, seed: Path | None = None) -> Iterator[Ground]:
    """The servers, started in this folder; with a seed, the S3 has a copy of that one's data.

    Raises:
        CannotStart: if one of them is not there or not ready in time.
    """
    folder.mkdir(parents=True)
    if seed:
        # Sockets, ports and log are of the S3 that wrote it.
        shutil.copytree(
            seed, folder / "s3", ignore=shutil.ignore_patterns("*.sock", "s3.log", "mini.options")
        )
    with redis.start(folder / "redis") as queue, s3.start(folder / "s3") as store:
        tls = certificate.made_in(folder / "tls")
        yield Ground(folder, queue, store, tls, tickets.new_key("bench"), peers)


@contextlib.contextmanager
def bucket_of(ground: Ground) -> Iterator[Bucket]:
    """The bucket of the ground, by our own client, which finds the keys in the environment."""
    keys = {"AWS_ACCESS_KEY_ID": ground.s3.access_key, "AWS_SECRET_ACCESS_KEY": ground.s3.secret_key}
    before = {name: os.environ.get(name) for name in keys}
    os.environ.update(keys)
    try:
        yield open_bucket(name=ground.s3.bucket, endpoint=ground.s3.endpoint, read_s=60.0)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
