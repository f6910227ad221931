"""A worker process of its own: its log, its end, and whether it does what it is rung for."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from archive import layout, tickets
from archive.bell import Seals
from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.records.delivery import Delivery
from archive.store.bucket import NDJSON, Bucket
from infra.local.parts.process import PROJECT, Process
from infra.local.parts.s3 import S3
from tests.fakes.words import NOW
from tests.pace import until

START_S = 60.0
DONE_S = 60.0
STOP_S = 20.0


class LoneWorker:
    """A worker of a deployment, and who rings for it."""

    def __init__(
        self, process: Process, bucket: Bucket, deployment: Deployment, redis_url: str, keys: str
    ) -> None:
        self.process, self.bucket, self.deployment = process, bucket, deployment
        self.redis_url, self.keys = redis_url, keys
        self.seals = Seals(tickets.read_keys(keys), deployment.name)
        self._read_from = 0

    @property
    def log(self) -> str:
        """All that it has written, or what came since the last `turn_the_page`."""
        written = self.process.log.read_bytes() if self.process.log.exists() else b""
        return written[self._read_from :].decode()

    def turn_the_page(self) -> None:
        """What it wrote so far was for an earlier test."""
        self._read_from = self.process.log.stat().st_size

    def says(self, words: str, within_s: float = START_S) -> None:
        """Wait until its log has these words."""
        assert until(lambda: words in self.log, within_s), f"not said: {words}\n{self.log}"

    def ends(self, within_s: float = START_S) -> str:
        """Wait until it ends; how."""
        assert until(lambda: not self.process.alive(), within_s), f"it does not end\n{self.log}"
        return self.process.ending()

    def told_to_stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Send a signal and wait for its end; how it ended."""
        self.process.send(number)
        return self.ends(STOP_S)

    def doorbell(self, seals: Seals | None = None) -> Doorbell:
        """One that rings for it."""
        return Doorbell(self.redis_url, self.deployment, seals or self.seals)

    def batch(self, name: str) -> tuple[str, str]:
        """A batch in the inbox that tells of one task that failed: its key, and that of the manifest to come."""
        task = f"task-unified-{int(NOW.timestamp())}-{name}"
        body = f'{{"id":"{task}","status":"failed","error":{{"code":"x","message":"m"}}}}'.encode()
        told = Delivery(id=layout.batch_id(NOW), received_at=NOW, provider="evolink", body=body)
        key = layout.inbox_key(layout.batch_id(NOW))
        self.bucket.put_new(key, told.to_json() + b"\n", content_type=NDJSON)
        return key, layout.manifest_key(NOW.date(), "evolink", task)

    def settles(self, name: str, within_s: float = DONE_S) -> None:
        """Ring for a batch and wait for what comes of it."""
        key, manifest = self.batch(name)
        with contextlib.closing(self.doorbell()) as doorbell:
            doorbell.ring_settle(key)
        assert until(lambda: self.stands(manifest), within_s), f"{name} was not settled\n{self.log}"

    def stands(self, key: str) -> bool:
        """Whether an object stands under this key."""
        return any(found.key == key for found in self.bucket.list(key))


Working = Callable[..., contextlib.AbstractContextManager[LoneWorker]]


@contextlib.contextmanager
def working(
    folder: Path,
    s3: S3,
    bucket: Bucket,
    prefix: str,
    redis_url: str,
    environment: Mapping[str, str] | None = None,
    *,
    ready: bool = True,
) -> Iterator[LoneWorker]:
    """Start one, wait until it listens, and stop it."""
    keys = tickets.new_key("k1")
    process = Process(
        "worker",
        [sys.executable, "-m", "workers"],
        folder=PROJECT,
        log=folder / "worker.log",
        environment={
            **os.environ,
            "S3_ENDPOINT": s3.endpoint,
            "S3_BUCKET": s3.bucket,
            "S3_PREFIX": prefix,
            "AWS_ACCESS_KEY_ID": s3.access_key,
            "AWS_SECRET_ACCESS_KEY": s3.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "REDIS_URL": redis_url,
            "TICKET_KEYS": keys,
            "DECODERS": "1",
            "WORKER_THREADS": "1",  # so that jobs are done in the order of their bells
            **(environment or {}),
        },
    )
    worker = LoneWorker(process, bucket, Deployment(s3.bucket, prefix), redis_url, keys)
    process.start()
    try:
        if ready:
            worker.says("worker ready")
        yield worker
    finally:
        process.stop(STOP_S)
