"""What the doctor says of the index."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile
from console.checks.index_checks import index_checks
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import line, put_lines


def test_it_is_well_behind_or_of_no_use(tmp_path: Path) -> None:
    bucket, file = MemoryBucket(), IndexFile(tmp_path / "index.sqlite")
    assert [] == list(index_checks(file, bucket.now()))

    put_lines(bucket, [line(at=bucket.now())])
    Feeder(bucket, file).feed(within_s=-1.0)
    [check] = index_checks(file, bucket.now())
    assert "broken off" in check.problem

    Feeder(bucket, file).feed()
    [check] = index_checks(file, bucket.now())
    assert check.found.startswith("1 tasks in ")
    [check] = index_checks(file, bucket.now() + timedelta(days=3))
    assert "behind" in check.problem

    file.path.write_bytes(b"none" * 1_000)
    [check] = index_checks(file, bucket.now())
    assert "--rebuild" in check.mend
