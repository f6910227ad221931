"""The shelf for when S3 is away."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from archive.errors import TryLater
from receiver.spool import Spool, SpoolDamage, records


def test_what_is_appended_is_read_back_after_the_writer_has_gone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    spool.append("inbox/a.ndjson", b"one\ntwo\n")
    spool.append("inbox/b.ndjson", b"three\n")
    spool.leave()

    [path] = Spool(tmp_path, max_bytes=1_000_000).finished_files()
    assert [("inbox/a.ndjson", b"one\ntwo\n"), ("inbox/b.ndjson", b"three\n")] == list(records(path))


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    writing = Spool(tmp_path, max_bytes=1_000_000)
    writing.append("inbox/a.ndjson", b"one\n")

    assert [] == list(Spool(tmp_path, max_bytes=1_000_000).finished_files())
    writing.leave()


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_torn_tail_is_cut_off_and_what_is_whole_stays(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    spool.append("inbox/a.ndjson", b"one\n")
    spool.append("inbox/b.ndjson", b"two two two\n")
    spool.leave()
    [path] = tmp_path.glob("*.spool")
    path.write_bytes(path.read_bytes()[:-cut])

    assert [("inbox/a.ndjson", b"one\n")] == list(records(path))


def test_a_damaged_record_is_told_after_all_that_is_whole_was_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    for name in "abc":
        spool.append(f"inbox/{name}.ndjson", name.encode())
    spool.leave()
    [path] = tmp_path.glob("*.spool")
    path.write_bytes(path.read_bytes().replace(b"b.ndjson\nb", b"b.ndjson\nX"))
    reading = records(path)
    read = [next(reading), next(reading)]

    with pytest.raises(SpoolDamage):
        next(reading)
    assert [("inbox/a.ndjson", b"a"), ("inbox/c.ndjson", b"c")] == read


@pytest.mark.parametrize("bit", range(8 * 12))
def test_no_flipped_bit_of_a_head_passes_for_a_torn_tail(tmp_path: Path, bit: int) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    for name in "abc":
        spool.append(f"inbox/{name}.ndjson", name.encode())
    spool.leave()
    [path] = tmp_path.glob("*.spool")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 + bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    with pytest.raises(SpoolDamage):
        list(records(path))


def test_a_file_has_the_name_that_a_relay_looks_for_only_when_it_is_locked(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    spool.append("inbox/a.ndjson", b"one")

    assert ["a.spool"] == [path.name for path in tmp_path.iterdir()]
    spool.leave()


def test_a_full_shelf_refuses_and_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=100)
    with pytest.raises(TryLater, match="full"):
        spool.append("inbox/a.ndjson", b"x" * 200)
    assert 0 == spool.bytes()


def test_a_folder_that_cannot_be_written_refuses_and_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "shelf", max_bytes=1_000_000)
    (tmp_path / "shelf").rmdir()
    with pytest.raises(TryLater, match="disk"):
        spool.append("inbox/a.ndjson", b"x")
    (tmp_path / "shelf").mkdir()
    spool.append("inbox/a.ndjson", b"x")
    spool.leave()

    assert [("inbox/a.ndjson", b"x")] == [
        record for path in spool.finished_files() for record in records(path)
    ]


@pytest.mark.parametrize("folder_too", [False, True])
def test_what_was_tidied_away_takes_nothing_more_and_the_next_file_does(
    tmp_path: Path, *, folder_too: bool
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, max_bytes=1_000_000)
    spool.append("inbox/a.ndjson", b"a")
    if folder_too:
        folder.rename(tmp_path / "elsewhere")
    else:
        [path] = folder.glob("*.spool")
        path.unlink()
    with pytest.raises(TryLater, match="No such file"):
        spool.append("inbox/b.ndjson", b"b")

    folder.mkdir(exist_ok=True)
    spool.append("inbox/c.ndjson", b"c")
    [path] = folder.glob("*.spool")
    assert [("inbox/c.ndjson", b"c")] == list(records(path))
    spool.leave()


def test_a_disk_that_takes_nothing_leaves_no_file_for_each_try_and_what_was_taken_stays(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    spool.append("inbox/a.ndjson", b"a")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, limits[1]))
    try:
        for _ in range(3):
            with pytest.raises(TryLater, match="disk fails"):
                spool.append("inbox/b.ndjson", b"b" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    [path] = tmp_path.iterdir()
    assert [("inbox/a.ndjson", b"a")] == list(records(path))
