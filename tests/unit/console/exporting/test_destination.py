"""A file is whole under its name, or what stood there before stands there still."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.exporting.destination import DestinationTaken, written_whole


def test_it_stands_there_when_it_is_whole_and_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    with written_whole(path, force=False) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        part.write_bytes(b"half whole")
    assert (b"half whole", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


def test_whatever_ends_it_before_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_bytes(b"of yesterday")
    with pytest.raises(KeyboardInterrupt), written_whole(path, force=True) as part:
        _interrupted_in(part)
    assert (b"of yesterday", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


def test_what_came_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    with pytest.raises(DestinationTaken, match="--force"), written_whole(path, force=False) as part:
        assert part.write_bytes(b"ours") == path.write_bytes(b"else")
    assert (b"else", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


def test_what_is_no_file_is_refused_also_with_force(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(DestinationTaken, match="no file"), written_whole(path, force=True):
            pass


def test_a_disk_that_takes_no_more_is_told_with_the_name(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    with _files_of_at_most(10_000), pytest.raises(OSError, match=r"tasks\.csv") as raised:  # noqa: SIM117 - one bound
        with written_whole(path, force=False) as part:
            part.write_bytes(b"x" * 50_000)
    assert (errno.EFBIG, [], str(path)) == (
        raised.value.errno,
        list(tmp_path.iterdir()),
        raised.value.filename,
    )


def _interrupted_in(part: Path) -> None:
    part.write_bytes(b"half")
    raise KeyboardInterrupt


@contextmanager
def _files_of_at_most(count: int) -> Iterator[None]:
    """Python ignores SIGXFSZ, so a longer write is an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
