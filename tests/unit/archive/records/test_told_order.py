"""What a delivery is follows from the door that it came by."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import structs

from archive.records.delivery import Replay
from archive.records.order import Claims
from archive.records.told_order import ToldOrder, delivery_of, door_of, is_of_unknown_door, is_order
from tests.fakes.words import NOW, TASK

TOLD = ToldOrder(task_id=TASK, request={"n": msgspec.Raw(b"1")}, label="spring", who="POST /orders")
ORDER = delivery_of(TOLD, "evolink", delivery_id="01A", now=NOW)
# As an older version left an order that it had replayed.
OLD = structs.replace(ORDER, via="replay", replay=Replay(id="replay-1", at=NOW, who="ops@host"))


def test_the_door_makes_an_order_and_no_header_does() -> None:
    assert is_order(ORDER)
    assert is_order(structs.replace(ORDER, content_type=None, replay=OLD.replay))
    assert not is_order(structs.replace(ORDER, via="callback"))
    assert not is_order(structs.replace(ORDER, via="ask"))
    assert not is_order(OLD)


def test_an_older_versions_replay_of_an_order_is_of_unknown_door() -> None:
    assert is_of_unknown_door(OLD)
    assert "order" == door_of(OLD)


@pytest.mark.parametrize(
    "differs",
    [
        {"content_type": "application/json"},
        {"content_encoding": "identity"},
        {"headers": {"user-agent": "curl"}},
        {"claims": Claims(label="another")},
        {"claims": Claims(label="spring", model="gpt-image-2")},
        {"body": b" " + ORDER.body},
        {"body": b"rubbish"},
        {"body": structs.replace(TOLD, request={"callback_url": msgspec.Raw(b'"u"')}).to_json()},
    ],
    ids=lambda differs: f"{next(iter(differs))}: {next(iter(differs.values()))}"[:40],
)
def test_what_no_order_of_ours_ever_was_came_by_a_callback_url(differs: dict[str, Any]) -> None:
    other = structs.replace(OLD, **differs)

    assert not is_of_unknown_door(other)
    assert "callback" == door_of(other)
