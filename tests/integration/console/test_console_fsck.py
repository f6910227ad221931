"""`fsck`: every manifest against its objects, in a real S3; nothing is written there."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from archive import layout
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import PIXELS, Seeds, day_of, task_of


@pytest.fixture
def fsck(command: Command, tmp_path: Path) -> Command:
    """The command, whose notes stand in this test's folder."""
    environment = command.environment | {"INDEX_FOLDER": str(tmp_path / "cache")}
    return Command(environment, command.folder, command.forker)


def image_key(task_id: str) -> str:
    return layout.asset_key(day_of(task_id), "evolink", task_id, 0, "png")


def test_an_archive_in_order_is_well_and_a_damaged_one_is_told_image_by_image(
    fsck: Command, seeds: Seeds, tmp_path: Path
) -> None:
    for number in range(4):
        seeds.whole(task_of(number))
    before = {each.key: each.modified for each in seeds.bucket.list("")}

    well = fsck("fsck")
    told = fsck("fsck", "--read", "--json")

    assert (0, 0) == (well.code, told.code)
    assert "all is well" in well.out
    assert (4, 4, {"told": 0, "summed": 4, "untold": 0}) == tuple(
        told.told[name] for name in ("tasks", "images", "sha256")
    )
    assert before == {each.key: each.modified for each in seeds.bucket.list("")}

    gone, cut, other = (image_key(task_of(number)) for number in range(3))
    seeds.bucket.delete(gone)
    seeds.bucket.put(cut, PIXELS[:-1])
    seeds.bucket.put(other, PIXELS[::-1])
    ran = fsck("fsck", "--read", "--json")

    assert 1 == ran.code
    assert {"image_gone": 1, "image_size": 1, "image_sha256": 1} == ran.told["counts"]
    assert [gone, cut, other] == [found["key"] for found in ran.told["found"]]
    assert not list((tmp_path / "cache").glob("*.sqlite"))
    assert "3 problems" in fsck("fsck", "--read").out


def test_one_that_was_broken_off_is_gone_on_with_by_the_same_options(fsck: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    away = fsck("fsck", S3_ENDPOINT="http://127.0.0.1:1", S3_CONNECT_S="0.1")
    assert 1 == away.code
    assert "goes on from there" in away.err


def test_one_that_is_interrupted_says_how_it_goes_on(fsck: Command) -> None:
    """S3 takes the connection and says nothing: so it is at work when Ctrl-C comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = Command(fsck.environment | {"S3_ENDPOINT": endpoint}, fsck.folder).start("fsck")
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)

    assert 130 == process.returncode
    assert "goes on from there" in told
