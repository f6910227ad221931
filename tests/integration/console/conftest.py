"""What the console's tests share: a bucket, seeded as workers would, and the real command as a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import tickets
from archive.store.bucket import Bucket, open_bucket
from infra.local.parts.s3 import S3
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.forked import Forker, of_this_process
from tests.integration.console.harness.seeds import Seeds


@pytest.fixture
def variables(s3: S3, redis_url: str, prefix: str) -> dict[str, str]:
    """The variables under which the command finds this test's bucket and Redis."""
    return {
        "S3_ENDPOINT": s3.endpoint,
        "S3_BUCKET": s3.bucket,
        "S3_PREFIX": prefix,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "REDIS_URL": redis_url,
        "TICKET_KEYS": tickets.new_key("k1"),
        "PUBLIC_URL": "https://hooks.example.com",
    }


@pytest.fixture
def bucket(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """This test's place in the bucket."""
    for name, value in variables.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return open_bucket(
        name=variables["S3_BUCKET"], prefix=variables["S3_PREFIX"], endpoint=variables["S3_ENDPOINT"]
    )


@pytest.fixture
def seeds(bucket: Bucket) -> Seeds:
    """What workers would have written."""
    return Seeds(bucket)


@pytest.fixture
def forker() -> Forker:
    """What runs the command without loading it anew each time."""
    return of_this_process()


@pytest.fixture
def command(variables: dict[str, str], tmp_path: Path, forker: Forker) -> Iterator[Command]:
    """The command, run in an empty folder."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_"))}
    command = Command({**shell, **variables}, tmp_path, forker)
    yield command
    command.close()
