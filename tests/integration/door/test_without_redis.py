"""While Redis is away the door takes every callback, and its log stays short."""

from __future__ import annotations

from pathlib import Path

from infra.local.parts.s3 import S3
from tests.integration.door.lone_receiver import receiving

CALLBACKS = 300
# Its own start takes some ten.
LINES_MOST = 30


def test_three_hundred_callbacks_without_redis_are_taken_in_a_few_lines_of_log(
    tmp_path: Path, s3: S3, prefix: str
) -> None:
    there = {
        "S3_ENDPOINT": s3.endpoint,
        "S3_BUCKET": s3.bucket,
        "S3_PREFIX": prefix,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
    }
    with receiving(tmp_path, there) as receiver:
        answers = {receiver.callback() for _ in range(CALLBACKS)}
        log = receiver.log.read_text(encoding="utf-8")

        assert {202} == answers
        assert "ringer: queue_unavailable: Redis cannot be reached" in log
        # What came is told by a line for each, as always; of Redis a few lines tell, however many were rung for.
        told = [line for line in log.splitlines() if "[provider=" in line]
        assert len(told) <= CALLBACKS
        assert len(log.splitlines()) - len(told) < LINES_MOST
