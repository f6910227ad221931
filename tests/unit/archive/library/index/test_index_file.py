"""The file of the index: whose it is, shared by processes, damaged, of another schema, broken off."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from archive.errors import IndexUnusable
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.choosing import library_of
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile, default_folder, index_path
from archive.library.index.index_library import IndexLibrary
from archive.library.query import Query
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import line, put_lines


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


@pytest.fixture
def file(tmp_path: Path) -> IndexFile:
    return IndexFile(tmp_path / "cache" / "index.sqlite")


def put_tasks(bucket: MemoryBucket, *numbers: int) -> None:
    for number in numbers:
        put_lines(bucket, [line(f"task-{number:04d}", at=bucket.now())])


def names(bucket: MemoryBucket, file: IndexFile) -> set[str]:
    return {row.task_id for row in IndexLibrary(bucket, file).page(Query(), None, 1_000).rows}


def test_the_file_is_its_owners_alone(bucket: MemoryBucket, file: IndexFile) -> None:
    put_tasks(bucket, 1)
    Feeder(bucket, file).feed()
    with file.reading():
        modes = {path.name: path.stat().st_mode & 0o777 for path in file.path.parent.iterdir()}
    assert {0o600} == set(modes.values()), modes


def test_a_bucket_and_a_prefix_have_a_file_of_their_own(tmp_path: Path) -> None:
    folder = default_folder("", tmp_path)
    paths = {index_path(folder, *told) for told in (
        ("", "bucket", ""), ("", "bucket", "a/"), ("", "other", ""), ("https://s3.here", "bucket", ""))}  # fmt: skip
    assert 4 == len(paths)
    assert {tmp_path / ".cache" / "fixative"} == {path.parent for path in paths}
    assert index_path(folder, "https://s3.here/", "b", "") == index_path(folder, "https://s3.here", "b", "")


def test_what_is_new_is_read_and_nothing_twice(bucket: MemoryBucket, file: IndexFile) -> None:
    put_tasks(bucket, 1, 2)
    first = Feeder(bucket, file).feed()
    put_tasks(bucket, 3)
    second, third = Feeder(bucket, file).feed(), Feeder(bucket, file).feed()
    assert [(2, 2), (1, 1), (0, 0)] == [(fed.objects, fed.lines) for fed in (first, second, third)]
    assert {"task-0001", "task-0002", "task-0003"} == names(bucket, file)


def test_a_write_that_lands_late_under_an_old_key_is_found(bucket: MemoryBucket, file: IndexFile) -> None:
    made = bucket.now() - timedelta(minutes=50)
    put_tasks(bucket, 1)
    Feeder(bucket, file).feed()
    put_lines(bucket, [line("task-late", at=made)], at=made)
    assert 1 == Feeder(bucket, file).feed().objects
    assert {"task-0001", "task-late"} == names(bucket, file)


def test_broken_off_it_is_asked_for_nothing_and_goes_on(bucket: MemoryBucket, file: IndexFile) -> None:
    put_tasks(bucket, *range(250))
    fed = Feeder(bucket, file).feed(within_s=0.0)
    assert not fed.up_to_date
    assert 0 < fed.objects < 250
    with pytest.raises(IndexUnusable, match="not read the whole catalogue"):
        names(bucket, file)
    assert Feeder(bucket, file).feed().up_to_date
    assert 250 == len(names(bucket, file))


def test_one_feeds_and_others_read_meanwhile(bucket: MemoryBucket, file: IndexFile) -> None:
    put_tasks(bucket, 1)
    Feeder(bucket, file).feed()
    with file.feeding(wait=False) as feeding:
        assert feeding is not None
        feeding.execute("BEGIN IMMEDIATE")
        feeding.execute("DELETE FROM tasks")
        assert Feeder(bucket, file).feed().other
        assert {"task-0001"} == names(bucket, file)
        feeding.execute("ROLLBACK")
        with pytest.raises(IndexUnusable, match="another process uses"):
            file.remove()


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be looked at" * 100, b"SQLite format 3\0"]
)
def test_one_that_is_damaged_is_not_used_and_the_catalogue_answers(
    bucket: MemoryBucket, file: IndexFile, content: bytes
) -> None:
    put_tasks(bucket, 1)
    Feeder(bucket, file).feed()
    file.path.write_bytes(content)
    said: list[str] = []
    library = library_of(bucket, file, said.append)
    assert ["task-0001"] == [row.task_id for row in library.page(Query()).rows]
    assert any("catalogue itself is read" in each for each in said)
    file.remove()
    assert Feeder(bucket, file).feed().up_to_date
    assert {"task-0001"} == names(bucket, file)


def test_one_that_is_damaged_inside_is_left_when_that_shows(bucket: MemoryBucket, file: IndexFile) -> None:
    put_tasks(bucket, *range(300))
    Feeder(bucket, file).feed()
    with file.feeding(wait=False) as connection:
        assert connection is not None
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.path.read_bytes())
    content[8_192:] = b"\xff" * (len(content) - 8_192)
    file.path.write_bytes(content)
    said: list[str] = []
    assert 300 == len(library_of(bucket, file, said.append).page(Query(), None, 1_000).rows)
    assert said


def test_another_schema_is_refused(bucket: MemoryBucket, file: IndexFile) -> None:
    Feeder(bucket, file).feed()
    connection = sqlite3.connect(file.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexUnusable, match="of schema 99"):
        names(bucket, file)


def test_without_an_index_the_catalogue_answers_and_none_is_made(
    bucket: MemoryBucket, file: IndexFile
) -> None:
    assert isinstance(library_of(bucket, file, print), CatalogueLibrary)
    assert not file.path.parent.exists()
