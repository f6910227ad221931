"""What an older version wrote is read by this one: objects as its processes left them, in files by its commit.

They were taken from the bucket of a stack of that commit, its worker stopped, with the links' host changed; the images
are left out. `make upgrade-test` runs that version beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive import layout
from archive.library.survey.mismatch import Kind
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import read_line
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.order_record import OrderRecord
from archive.records.record import Record
from archive.records.work import Work
from archive.store.record_at import record_of
from tests.unit.archive.library.survey.aged import AgedBucket, surveyed
from tests.unit.workers.office import Office, offices

OLDER = {
    f"{file.stem}: {key}": (key, text)
    for file in sorted((Path(__file__).parent / "older").glob("*.json"))
    for key, text in json.loads(file.read_text(encoding="utf-8")).items()
}
KINDS: dict[str, type[Record]] = {
    layout.DUE: Work,
    layout.TASKS: Manifest,
    layout.DEAD: DeadLetter,
    "orders/": OrderRecord,
}


@pytest.mark.parametrize("name", OLDER)
def test_each_object_is_read_and_written_as_it_was(name: str) -> None:
    key, text = OLDER[name]
    folder = f"{key.partition('/')[0]}/"
    if kind := KINDS.get(folder):
        record = record_of(key, text.encode(), kind)
        assert record == kind.from_json(record.to_json())
        assert set(json.loads(text)) <= set(json.loads(record.to_pretty_json())) | {"schema"}
    for line in text.splitlines() if folder in {layout.CATALOG, layout.INBOX} else ():
        if folder == layout.CATALOG:
            refuse_foreign_line(read_line(line.encode()))
        else:
            assert Delivery.from_json(line).to_json() == line.encode()


def test_there_is_something_of_each_kind() -> None:
    folders = {key.partition("/")[0] for key, _ in OLDER.values()}

    assert {"catalog", "dead", "due", "inbox", "index", "orders", "tasks"} <= folders


def test_a_survey_finds_nothing_wrong_but_that_images_were_left_out(tmp_path: Path) -> None:
    bucket = AgedBucket()
    for key, text in OLDER.values():
        bucket.put(key, text.encode())

    counted, found = surveyed(bucket, tmp_path)

    assert {Kind.IMAGE_GONE, Kind.REFUSED_GONE, Kind.REFUSED_EXPIRED} >= {mismatch.kind for mismatch in found}
    assert 4 == counted["tasks"]


@pytest.fixture
def office() -> Iterator[Office]:
    yield from offices()


def test_what_waited_in_the_inbox_is_placed(office: Office) -> None:
    batches = [key for key, _ in OLDER.values() if key.startswith(layout.INBOX)]
    for key, text in OLDER.values():
        if key in batches:
            office.bucket.put(key, text.encode())
            office.now = layout.inbox_time(key) + timedelta(seconds=5)
            office.settle.settle(key)

    assert [] == [listed.key for listed in office.bucket.list(layout.INBOX)]
    assert [] == [listed.key for listed in office.bucket.list(layout.DEAD)]
    tasks = {layout.read_due_key(listed.key).task_id for listed in office.bucket.list(layout.DUE)}
    assert {"task-unified-1795000003-standing", "task-unified-1795000004-ordered1"} == tasks
