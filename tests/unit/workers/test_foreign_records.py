"""What is read from the bucket is checked like what comes in by the door, and goes to dead/ where it fails."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from archive import layout
from archive.errors import NewerRecord, TryLater
from archive.reasons import Reason
from archive.records.belonging import refuse_foreign
from archive.records.dead_letter import DeadLetter
from tests.fakes.foreign import BAD_IDS, DUE, LETTER_OF_TASK, OTHER, RECORDS, changed
from tests.fakes.words import (
    DAY,
    NOW,
    TASK,
    body,
    delivery,
    heard,
    kept,
    lost,
    manifest,
    work,
)
from tests.unit.workers.office import Office, offices, told
from tests.unit.workers.shop import LETTER, MANIFEST, Shop


@pytest.fixture
def office() -> Iterator[Office]:
    yield from offices()


@pytest.mark.parametrize(
    "data",
    [
        *(changed(work(), ["task_id"], bad) for bad in BAD_IDS),
        changed(work(), ["task_id"], OTHER),
        changed(work(), ["expires_at"], "2026-11-21T12:00:00"),
        changed(work(), ["sources"], []),
        changed(work(), ["day"], "0001-01-01"),
        changed(work(kept=(kept(),)), ["kept", 0, "key"], "inbox/x"),
    ],
    ids=range(15),
)
def test_an_entry_that_fails_goes_to_dead_with_its_bytes(shop: Shop, data: bytes) -> None:
    key = shop.put(work())
    shop.bucket.put(key, data)
    shop.due.do(key)

    [letter] = shop.keys("dead/")
    assert [letter] == shop.words()
    told_ = DeadLetter.from_json(shop.bucket.get(letter).body)
    assert told_.delivery is not None
    assert (Reason.MALFORMED_RECORD, data) == (told_.reason, told_.delivery.body)
    refuse_foreign(letter, told_)


@pytest.mark.parametrize(
    "key",
    [
        "due/rubbish",
        "due/20261121T120000.000Z~evolink~../../x~origin-a.json",
        "due/20261121T120000.000Z~../x~" + TASK + "~origin-a.json",
        "due/20261121T120000.000Z~evolink~" + TASK + "~../x.json",
        "due/20261121T120000Z~evolink~" + TASK + "~origin-a.json",
        "due/\u0436.json",
    ],
)
def test_an_entry_whose_key_is_none_goes_to_dead_with_its_bytes(shop: Shop, key: str) -> None:
    shop.bucket.put(key, work().to_json())
    shop.due.do(key)

    [letter] = shop.keys("dead/")
    assert [letter] == shop.words()
    refuse_foreign(letter, DeadLetter.from_json(shop.bucket.get(letter).body))


def test_an_entry_of_a_provider_that_only_a_newer_version_knows_is_left_alone(shop: Shop) -> None:
    key = shop.put(work(provider="newcomer"))
    before = dict(shop.bucket.objects)
    with pytest.raises(NewerRecord, match="newcomer"):
        shop.due.do(key)
    assert before == shop.bucket.objects


@pytest.mark.parametrize("data", [b"rubbish", b"{}", changed(manifest(kept()), ["task_id"], "../.."), b""])
def test_a_manifest_that_cannot_be_read_is_set_aside_whole_and_the_work_goes_on(
    shop: Shop, data: bytes
) -> None:
    shop.bucket.put(MANIFEST, data)
    for _ in range(2):  # a second run finds the same
        shop.do(work(starts=2))

    assert shop.manifest().whole
    assert [] == shop.keys("due/")
    [letter] = shop.keys("dead/")
    aside = DeadLetter.from_json(shop.bucket.get(letter).body)
    assert aside.delivery is not None
    assert (Reason.MALFORMED_RECORD, data) == (aside.reason, aside.delivery.body)
    assert MANIFEST in aside.detail


@pytest.mark.parametrize("data", [b"rubbish", changed(LETTER_OF_TASK, ["work", "task_id"], "../..")])
def test_a_letter_that_cannot_be_read_is_set_aside_whole_and_the_work_goes_on(
    shop: Shop, data: bytes
) -> None:
    shop.bucket.put(LETTER, data)
    shop.fetcher.verdicts[0] = lost()
    shop.do(work())

    assert 1 == len(shop.letter().lost)
    # Its claim stands until the first lease has ended, and finds the letter then.
    shop.now += timedelta(seconds=600)
    for key in shop.keys("due/"):
        shop.due.do(key)
    assert [] == shop.keys("due/")
    [aside] = [key for key in shop.keys("dead/") if "delivery-" in key]
    stray = DeadLetter.from_json(shop.bucket.get(aside).body).delivery
    assert stray is not None
    assert data == stray.body


def test_a_letter_with_the_key_of_another_object_removes_nothing(shop: Shop) -> None:
    """A whole manifest takes its letter over, and removes the bytes that were refused: no other key may stand there."""
    precious = layout.asset_key(DAY, "evolink", OTHER, 0, "png")
    shop.bucket.put(precious, b"an image")
    shop.bucket.put(LETTER, changed(LETTER_OF_TASK, ["lost", 0, "refused_key"], precious))
    shop.do(work(sources=("https://files.evolink.ai/a/0.png?sig=1",)))

    assert shop.manifest().whole
    assert b"an image" == shop.bucket.get(precious).body


@pytest.mark.parametrize("field", ["provider", "id"])
@pytest.mark.parametrize("bad", ["../..", "", "a b"])
def test_a_line_whose_ids_are_none_is_a_letter_with_its_bytes(office: Office, field: str, bad: str) -> None:
    line = changed(delivery(), [field], bad)
    office.bucket.put(layout.inbox_key(layout.batch_id(NOW)), line)
    for key in office.keys("inbox/"):
        office.settle.settle(key)

    [letter] = [key for key in office.keys("") if not key.startswith("catalog/")]
    stray = DeadLetter.from_json(office.bucket.get(letter).body).delivery
    assert stray is not None
    assert line == stray.body


def test_an_index_that_tells_no_day_is_told_and_holds_nothing_up(office: Office) -> None:
    index = layout.index_key("apiinone", "n1xxxx_flux2")
    office.bucket.put(index, b"\xff../..")
    first = structs.replace(
        delivery(1, b'{"task_id":"n1xxxx_flux2","status":"failed","error":"no"}'), provider="apiinone"
    )
    office.take(first, delivery(2, body("failed")))

    [letter] = office.keys("dead/")
    told_ = DeadLetter.from_json(office.bucket.get(letter).body)
    assert (Reason.UNREADABLE, first) == (told_.reason, told_.delivery)
    assert index in told_.detail
    assert [] == office.keys("inbox/")
    assert [MANIFEST] == office.keys("tasks/")


def test_an_order_record_that_is_of_another_task_is_no_order(office: Office) -> None:
    key = layout.order_key("evolink", TASK)
    there = changed(RECORDS[key], ["task_id"], OTHER)
    office.bucket.put(key, there)
    office.take(told())

    assert there == office.bucket.get(key).body
    [letter] = office.keys("dead/")
    assert Reason.BAD_ORDER is DeadLetter.from_json(office.bucket.get(letter).body).reason


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.text(max_size=20),
    st.sampled_from(
        ["../..", "9999-12-31T23:59:59Z", "2026-11-21T12:00:00", "0001-01-01", [], {}, [{}], ["x"] * 40]
    ),
)


def _paths(told_: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step in told_ if isinstance(told_, dict) else range(len(told_)) if isinstance(told_, list) else ():
        yield (*path, step)
        yield from _paths(told_[step], (*path, step))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_stands_in_an_entry_a_run_of_it_ends(data: st.DataObject) -> None:
    """It is done, put off, left alone, or moved to dead/ with its bytes: never an error that comes again and again."""
    shop = Shop()
    try:
        whole = json.loads(RECORDS[DUE].to_json())
        path = data.draw(st.sampled_from(sorted(_paths(whole), key=str)))
        entry = changed(RECORDS[DUE], list(path), data.draw(VALUES))
        key = layout.due_key(NOW, "evolink", TASK, "origin-a")
        shop.bucket.put(key, entry)
        with contextlib.suppress(TryLater):  # then the entry is there: nothing was done, or it was put off
            shop.due.do(key)
        if not shop.keys("due/") and MANIFEST not in shop.bucket.objects:
            [letter] = [each for each in shop.keys("dead/") if each.endswith(".json")][:1]
            told_ = DeadLetter.from_json(shop.bucket.get(letter).body)
            assert told_.delivery is None or entry == told_.delivery.body
    finally:
        shop.catalogue.close(5)
        shop.executor.shutdown()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_manifest_the_work_on_its_task_ends(data: st.DataObject) -> None:
    shop = Shop()
    try:
        whole = json.loads(RECORDS[MANIFEST].to_json())
        path = data.draw(st.sampled_from(sorted(_paths(whole), key=str)))
        stands = changed(RECORDS[MANIFEST], list(path), data.draw(VALUES))
        shop.bucket.put(MANIFEST, stands)
        shop.do(work(origin="origin-b", heard=(heard(2, "origin-b"),), starts=2))
        with contextlib.suppress(NewerRecord):  # it is left alone, and the work is put off for it
            assert shop.manifest().notifications
        assert all(each.trouble for each in shop.dues())
    finally:
        shop.catalogue.close(5)
        shop.executor.shutdown()
