"""What the tests of the queue share: a worker of a test's own, on a Redis of the test's choice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from archive.store.bucket import Bucket
from infra.local.parts.s3 import S3
from tests.integration.queue.lone_worker import Working, working


@pytest.fixture
def worker_on(tmp_path: Path, s3: S3, bucket: Bucket, prefix: str) -> Working:
    """What starts a worker on a Redis, for as long as its context lasts."""
    return partial(working, tmp_path, s3, bucket, prefix)
