"""What is read from the bucket is checked: the form of its ids, and whether it belongs to its key."""

from __future__ import annotations

from typing import Any

import pytest

from archive import layout
from archive.errors import MalformedRecord
from archive.records.belonging import refuse_foreign, refuse_foreign_line
from archive.records.catalogue import line_of
from archive.records.record import Record
from tests.fakes.foreign import BAD_IDS, DUE, OTHER, RECORDS, changed
from tests.fakes.words import (
    DAY,
    TASK,
    delivery,
    kept,
    manifest,
)
from tests.unit.workers.shop import LETTER, MANIFEST

# Short ones, and long ones, that are fine there.
FINE: dict[object, set[str]] = {"origin": {"a"}, 0: {"a"}, "delivery_id": {"a", "x" * 129}, "id": {"a"}}


def _read(key: str, data: bytes) -> Record:
    record = type(RECORDS[key]).from_json(data)
    refuse_foreign(key, record)
    return record


@pytest.mark.parametrize("key", RECORDS)
def test_what_we_write_ourselves_passes(key: str) -> None:
    assert RECORDS[key] == _read(key, RECORDS[key].to_json())


IDS = [
    *((DUE, [name]) for name in ("provider", "task_id", "origin")),
    (DUE, ["heard", 0, "delivery_id"]),
    (DUE, ["heard", 0, "origin"]),
    *((MANIFEST, [name]) for name in ("provider", "task_id")),
    (MANIFEST, ["closed", 0]),
    (MANIFEST, ["notifications", 0, "delivery_id"]),
    *((LETTER, [name]) for name in ("provider", "task_id")),
    *((LETTER, ["work", name]) for name in ("provider", "task_id", "origin")),
    (layout.dead_delivery_key(DAY, "evolink", delivery().id), ["delivery", "id"]),
    (layout.dead_delivery_key(DAY, "evolink", delivery().id), ["delivery", "provider"]),
    *((layout.order_key("evolink", TASK), [name]) for name in ("provider", "task_id", "delivery_id")),
    (layout.replay_key("replay-01arz3ndektsv4rrffq69g5fav"), ["replay", "id"]),
    (layout.replay_key("replay-01arz3ndektsv4rrffq69g5fav"), ["items", 0, "letter"]),
]


@pytest.mark.parametrize(("key", "path"), IDS, ids=str)
def test_an_id_that_is_none_makes_a_record_malformed(key: str, path: list[Any]) -> None:
    for bad in BAD_IDS:
        if bad in FINE.get(path[-1], ()):
            continue
        with pytest.raises(MalformedRecord):
            _read(key, changed(RECORDS[key], path, bad))


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [
        (DUE, ["task_id"], OTHER),
        (DUE, ["provider"], "apiinone"),
        (DUE, ["origin"], "origin-b"),
        (DUE, ["day"], "2026-11-20"),
        (DUE, ["sources"], []),
        (DUE, ["sources"], ["https://files.evolink.ai/a"] * 33),
        (DUE, ["expires_at"], "2026-11-21T12:00:00"),
        (DUE, ["expires_at"], "9999-12-31T23:59:59Z"),
        (DUE, ["starts"], 10**30),
        (DUE, ["starts"], -1),
        (DUE, ["kept", 0, "key"], "inbox/2026/11/21/12/01.ndjson"),
        (DUE, ["kept", 0, "key"], MANIFEST),
        (DUE, ["kept", 0, "key"], layout.asset_key(DAY, "evolink", OTHER, 0, "png")),
        (DUE, ["kept", 0, "key"], layout.task_folder(DAY, "evolink", TASK) + "../x/00.png"),
        (DUE, ["kept", 0, "sha256"], "A" * 64),
        (DUE, ["lost", 0, "refused_key"], layout.asset_key(DAY, "evolink", TASK, 0, "png")),
        (DUE, ["lost", 0, "refused_key"], layout.refused_key(DAY, "evolink", OTHER, 0)),
        (MANIFEST, ["task_id"], OTHER),
        (MANIFEST, ["assets", 0, "key"], LETTER),
        (MANIFEST, ["assets", 1, "refused_key"], MANIFEST),
        (MANIFEST, ["changed_at"], "9999-12-31T23:59:59.999999Z"),
        (MANIFEST, ["changed_at"], "2026-11-21T12:00:00"),
        (LETTER, ["task_id"], OTHER),
        (LETTER, ["work", "task_id"], OTHER),
        (LETTER, ["work", "day"], "2026-11-20"),
        (LETTER, ["lost", 0, "refused_key"], layout.asset_key(DAY, "evolink", TASK, 0, "png")),
        (layout.dead_delivery_key(DAY, "evolink", delivery().id), ["delivery", "id"], delivery(2).id),
        (layout.order_key("evolink", TASK), ["task_id"], OTHER),
        (layout.replay_key("replay-01arz3ndektsv4rrffq69g5fav"), ["replay", "id"], "replay-01"),
        (layout.replay_key("replay-01arz3ndektsv4rrffq69g5fav"), ["items", 0, "letter"], MANIFEST),
    ],
    ids=str,
)
def test_a_record_that_does_not_belong_to_its_key_is_malformed(
    key: str, path: list[Any], value: object
) -> None:
    with pytest.raises(MalformedRecord):
        _read(key, changed(RECORDS[key], path, value))


def test_a_catalogue_line_leads_to_its_own_manifest_alone() -> None:
    refuse_foreign_line(line_of(manifest(kept()), MANIFEST))
    for key in (LETTER, "inbox/x", layout.manifest_key(DAY, "evolink", OTHER)):
        with pytest.raises(MalformedRecord):
            refuse_foreign_line(line_of(manifest(kept()), key))
