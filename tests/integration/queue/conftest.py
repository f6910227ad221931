"""What the tests of the queue share: a worker of a test's or of a file's own, on a Redis of their choice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from archive.store.bucket import Bucket, open_bucket
from infra.local.parts.s3 import S3
from tests.integration.queue.lone_worker import Working, working


@pytest.fixture
def worker_on(tmp_path: Path, s3: S3, bucket: Bucket, prefix: str) -> Working:
    """What starts a worker on a Redis, for as long as its context lasts."""
    return partial(working, tmp_path, s3, bucket, prefix)


@pytest.fixture(scope="module")
def shared_worker_on(tmp_path_factory: pytest.TempPathFactory, s3: S3) -> Working:
    """The same for a whole file, in whose place of the bucket no other works."""
    folder = tmp_path_factory.mktemp("shared")
    prefix = f"{folder.parent.name}-{folder.name}/"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        bucket = open_bucket(name=s3.bucket, prefix=prefix, endpoint=s3.endpoint)
    return partial(working, folder, s3, bucket, prefix)
