"""An item of a queue is a bell of ours, or is refused; what Celery is given holds nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.bell import ARCHIVE, CARRY_MAX_BYTES, SETTLE, Bell
from archive.errors import ForeignBell
from archive.queue.bell_message import written
from tests.integration.queue.messages import envelope, foreign_items
from workers.listening import bell_message

RUNG = Bell(SETTLE, "inbox/a.ndjson", b"line", 5, "k1.mac")


@pytest.mark.parametrize(
    "rung",
    [RUNG, Bell(ARCHIVE, "due/a"), RUNG._replace(carried=b"\x01" * CARRY_MAX_BYTES)],
    ids=["a", "b", "c"],
)
def test_what_is_written_is_read_again(rung: Bell) -> None:
    item = json.dumps(written(rung, "queue")).encode()

    assert rung == bell_message.read(item)
    assert len(item) < bell_message.ITEM_MAX_BYTES


@pytest.mark.parametrize("name", foreign_items())
def test_what_is_no_bell_is_refused(name: str) -> None:
    with pytest.raises(ForeignBell):
        bell_message.read(foreign_items()[name])


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_any_bytes_are_a_bell_or_are_refused(item: bytes) -> None:
    with pytest.raises(ForeignBell):
        bell_message.read(item)


def test_what_else_a_message_asks_for_is_not_handed_on() -> None:
    wishes = {
        "eta": "2100-01-01T00:00:00",
        "expires": 1,
        "retries": 5,
        "timelimit": [1, 1],
        "compression": "x",
        "group": "g",
    }
    body = json.dumps(
        [RUNG.arguments, {}, {"callbacks": [{"task": "x"}], "chain": [1], "chord": {"task": "x"}}]
    )
    item = envelope(body.encode(), headers={"task": SETTLE, "id": "theirs", **wishes}, more="more")

    message = written(bell_message.read(json.dumps(item).encode()), "queue")

    assert not wishes.keys() & message["headers"].keys()
    assert "theirs" != message["headers"]["id"]
    assert [RUNG.arguments, {}, {}] == json.loads(base64.b64decode(message["body"]))
