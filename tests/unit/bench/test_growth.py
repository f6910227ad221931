"""What a used bucket holds: real records, under the keys that ours look for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive import layout
from archive.records.catalogue import CatalogueLine
from archive.records.manifest import Manifest
from archive.records.work import Work
from bench.growth import seed
from bench.growth.contents import DAYS, archived, place_of, waiting

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def test_each_task_has_its_image_its_manifest_and_its_line() -> None:
    objects = dict(archived(450, TODAY))
    manifests = {key: body for key, body in objects.items() if key.endswith("/manifest.json")}
    lines = [
        CatalogueLine.from_json(line)
        for key, body in sorted(objects.items())
        if key.startswith(layout.CATALOG)
        for line in body.splitlines()
    ]

    assert 450 + 450 + 3 == len(objects)
    assert sorted(manifests) == sorted(line.key for line in lines)
    for key, body in manifests.items():
        manifest = Manifest.from_json(body)
        day = layout.day_in(manifest.task_id)
        assert day is not None
        assert manifest.whole
        assert key == layout.manifest_key(day, manifest.provider, manifest.task_id)
        assert manifest.kept[0].bytes == len(objects[manifest.kept[0].key])


def test_the_tasks_lie_around_today() -> None:
    days = {"-".join(key.split("/")[1:4]) for key, _ in archived(200, TODAY) if key.startswith(layout.TASKS)}

    assert DAYS == len(days)
    assert "2026-11-21" in days


def test_what_waits_is_work_in_the_order_of_its_places() -> None:
    objects = list(waiting(20, NOW, timedelta(milliseconds=60), "http://127.0.0.1:1"))
    told = [(layout.read_due_key(key), Work.from_json(body)) for key, body in objects]

    assert sorted(objects) == objects
    assert list(range(20)) == [place_of(key.task_id) for key, _ in told]
    assert all(work.task_id == key.task_id and not work.leased for key, work in told)
    assert NOW == told[0][0].when


@pytest.mark.parametrize(("days", "is_there"), [(0, True), (DAYS // 2 - 1, True), (DAYS // 2, False)])
def test_a_seed_is_used_while_today_is_amid_it(tmp_path: Path, days: int, *, is_there: bool) -> None:
    folder = tmp_path / "seed-7"
    folder.mkdir()
    (folder / "seeded").write_text((datetime.now(UTC).date() - timedelta(days=days)).isoformat())

    assert is_there == (seed.cached(tmp_path, 7) == folder)


def test_a_seed_that_was_broken_off_is_none(tmp_path: Path) -> None:
    (tmp_path / "seed-7").mkdir()

    assert seed.cached(tmp_path, 7) is None
