"""Two deployments on one Redis, in one bucket under two prefixes: each does its own work alone."""

from __future__ import annotations

from pathlib import Path

from archive.store.bucket import Bucket, open_bucket
from infra.local.parts.s3 import S3
from tests.integration.queue.lone_worker import working
from tests.integration.queue.redis_servers import serving
from tests.pace import until

COUNT = 20


def test_no_work_of_one_is_done_by_the_other(
    tmp_path: Path, s3: S3, s3_endpoint: str, prefix: str, bucket: Bucket
) -> None:
    del bucket  # its credentials are those of both
    places = {
        name: open_bucket(name=s3.bucket, prefix=f"{prefix}{name}/", endpoint=s3_endpoint)
        for name in ("production", "staging")
    }
    with (
        serving(tmp_path / "redis") as server,
        working(tmp_path / "p", s3, places["production"], f"{prefix}production/", server.url()) as production,
        working(tmp_path / "s", s3, places["staging"], f"{prefix}staging/", server.url()) as staging,
    ):
        manifests = []
        for number in range(COUNT):
            key, manifest = production.batch(f"prod{number:04d}")
            # With what it rings for, which whoever hears it could settle where it is.
            doorbell = production.doorbell()
            doorbell.ring_settle(key, places["production"].get(key).body)
            doorbell.close()
            manifests.append(manifest)
        assert until(lambda: all(production.stands(key) for key in manifests), 60), production.log
        staging.settles("its-own")

        assert [] == list(places["production"].list("inbox/"))
        assert 1 == len(list(places["staging"].list("tasks/")))
