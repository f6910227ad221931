"""`get`: images to a folder, checked, and never outside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.catalogue import line_of
from archive.records.dead_letter import DeadLetter
from archive.store.bucket import Bucket
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import PIXELS, Seeds, day_of, lost, task_of


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def name_of(task_id: str, name: str, about: str = "spring") -> str:
    """The name of an image's file, of a task that changed today: a file of tests may be read on the day before."""
    return f"{datetime.now(UTC):%Y-%m-%d}_{about}_{task_id.rpartition('-')[2]}_{name}"


def test_a_task_is_copied_with_its_manifest(command: Command, seeds: Seeds, tmp_path: Path) -> None:
    task_id = task_of(1)
    seeds.manifest(task_id, seeds.kept(task_id), seeds.kept(task_id, 1, b"other"), lost(2))
    ran = command("get", task_id, "out", "--json")
    got = files(tmp_path / "out")
    assert (ran.code, ran.told["copied"], ran.told["lost"]) == (0, 2, 1)
    names = [name_of(task_id, "00.png"), name_of(task_id, "01.png"), "manifest.json"]
    assert sorted(got) == [f"evolink/{task_id}/{name}" for name in names]
    assert got[f"evolink/{task_id}/{names[0]}"] == PIXELS
    assert json.loads(got[f"evolink/{task_id}/manifest.json"])["task_id"] == task_id


def test_tasks_are_copied_by_the_filters_of_ls(command: Command, seeds: Seeds, tmp_path: Path) -> None:
    seeds.whole(task_of(1), label="spring")
    seeds.whole(task_of(2), label="autumn")
    seeds.manifest(task_of(3), status="failed", label="spring")
    ran = command("get", "--label", "spring", "out")
    assert (ran.code, len(files(tmp_path / "out"))) == (0, 2)


def test_what_is_there_already_is_left_alone_and_what_differs_is_copied_anew(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    task_id = task_of(1)
    seeds.manifest(task_id, seeds.kept(task_id), seeds.kept(task_id, 1))
    command("get", task_id, "out")
    folder = tmp_path / "out" / "evolink" / task_id
    first, second = (folder / name_of(task_id, name) for name in ("00.png", "01.png"))
    second.write_bytes(b"cut of")
    untouched = first.stat().st_mtime_ns
    told = command("get", task_id, "out", "--json").told
    assert (told["copied"], told["there_already"]) == (1, 1)
    assert first.stat().st_mtime_ns == untouched
    assert second.read_bytes() == PIXELS


def test_a_copy_of_an_earlier_version_gets_its_new_name(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    task_id = task_of(1)
    seeds.whole(task_id)
    folder = tmp_path / "out" / "evolink" / task_id
    folder.mkdir(parents=True)
    (folder / "00.png").write_bytes(PIXELS)
    told = command("get", task_id, "out", "--json").told
    assert (told["copied"], told["there_already"]) == (0, 1)
    assert {path.name for path in folder.iterdir()} == {name_of(task_id, "00.png"), "manifest.json"}


def test_a_dry_run_names_the_files_and_writes_nothing(command: Command, seeds: Seeds, tmp_path: Path) -> None:
    for number in range(3):
        seeds.manifest(
            task_of(number), seeds.kept(task_of(number)), changed_at=datetime.now(UTC) - timedelta(seconds=9 - number),
            label=None if number else "shop/summer",
        )  # fmt: skip
    ran = command("get", "--limit", "2", "--dry-run", "out")
    assert (ran.code, files(tmp_path)) == (0, {})
    for number in (2, 1):
        assert f"out/evolink/{task_of(number)}/{name_of(task_of(number), '00.png', 'gpt-image-2')}" in ran.out
    assert "1024x1536 PNG" in ran.out
    assert "2 files (70 B) of 2 tasks would be copied to out" in ran.out.replace(
        f"{2 * len(PIXELS)} B", "70 B"
    )
    told = command("get", "--limit", "3", "--dry-run", "--json", "out").told
    assert [entry["outcome"] for entry in told["files"]] == ["would be copied"] * 3
    assert told["files"][2]["file"].endswith(name_of(task_of(0), "00.png", "shop-summer"))


def test_the_bytes_that_were_refused_are_copied_on_demand(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    task_id = task_of(1)
    seeds.letter(task_id, Reason.UNDECODABLE)
    key = layout.refused_key(day_of(task_id), "evolink", task_id, 0)
    seeds.bucket.put(key, b"half an image", content_type="application/octet-stream")
    letter_key = layout.dead_key(day_of(task_id), "evolink", task_id)
    letter = DeadLetter.from_json(seeds.bucket.get(letter_key).body)
    lost_there = tuple(structs.replace(asset, refused_key=key) for asset in letter.lost)
    seeds.bucket.put(letter_key, structs.replace(letter, lost=lost_there).to_pretty_json())
    place = f"evolink/{task_id}/{name_of(task_id, '00.refused.bin')}"
    assert (command("get", "--refused", "last", "out").code, files(tmp_path / "out")) == (
        0,
        {place: b"half an image"},
    )
    told = command("get", "--refused", "--label", "spring", "other", "--json").told
    assert (told["copied"], files(tmp_path / "other")) == (1, {place: b"half an image"})
    assert command("get", "--refused", "--label", "autumn", "none", "--json").told["copied"] == 0
    assert command("get", "--refused", "--model", "x", "none").code == 2


def test_bytes_of_another_sha256_are_a_problem_and_not_kept(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    task_id = task_of(1)
    asset = seeds.kept(task_id)
    seeds.manifest(task_id, asset)
    seeds.bucket.put(asset.key, b"something else")
    ran = command("get", task_id, "out")
    assert (ran.code, "SHA-256 differs" in ran.out) == (1, True)
    assert list(files(tmp_path / "out")) == [f"evolink/{task_id}/manifest.json"]


def test_an_image_that_is_gone_is_a_problem(command: Command, seeds: Seeds) -> None:
    task_id = task_of(1)
    asset = seeds.kept(task_id)
    seeds.manifest(task_id, asset)
    seeds.bucket.delete(asset.key)
    assert command("get", task_id, "out").code == 1


@pytest.mark.parametrize("change", [{"task_id": "../../evil"}, {"provider": ".."}, {"task_id": "/etc"}])
def test_nothing_is_written_outside_the_folder(
    command: Command, seeds: Seeds, bucket: Bucket, tmp_path: Path, change: dict[str, str]
) -> None:
    task_id = task_of(1)
    bad = structs.replace(seeds.whole(task_id), **change)
    key = layout.manifest_key(day_of(task_id), "evolink", task_id)
    bucket.put(key, bad.to_pretty_json())
    seeds.line(line_of(bad, key).to_json(), datetime.now(UTC))
    before = files(tmp_path)
    ran = command("get", "--since", "1h", "deep/down/out")
    assert (ran.code, files(tmp_path)) == (1, before)


def test_an_image_whose_name_leads_elsewhere_is_refused(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    task_id = task_of(1)
    asset = structs.replace(seeds.kept(task_id), key="tasks/..")
    seeds.manifest(task_id, asset)
    assert (command("get", task_id, "out").code, files(tmp_path)) == (1, {})


def test_a_link_in_the_way_is_not_followed_out_of_the_folder(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    seeds.whole(task_of(1))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "evolink").symlink_to(tmp_path / "elsewhere")
    assert command("get", "--since", "1h", "out").code == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_task_that_is_not_there_is_a_problem(command: Command) -> None:
    assert command("get", task_of(9), "out").code == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(command: Command, seeds: Seeds, tmp_path: Path) -> None:
    seeds.whole(task_of(1))
    (tmp_path / "file").write_text("")
    ran = command("get", "--since", "1h", "file/out")
    assert (ran.code, ran.err.startswith("Error: ")) == (1, True)
