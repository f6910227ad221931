"""The rights of the processes: no more than the folders that there are, and nothing that would lose an image."""

from __future__ import annotations

import pytest

from archive import layout
from archive.rights import RIGHTS, Verb

FOLDERS = {
    layout.INBOX,
    layout.DUE,
    layout.TASKS,
    layout.CATALOG,
    layout.DEAD,
    "orders/",
    "index/",
    "replays/",
    "thumbs/",
    "inline/",
    "probe/",
}


@pytest.mark.parametrize("who", RIGHTS)
def test_every_pattern_is_of_a_folder_of_ours(who: str) -> None:
    told = {pattern for patterns in RIGHTS[who][:5] for pattern in patterns}

    assert {pattern.partition("/")[0] + "/" for pattern in told - {"*"}} <= FOLDERS


@pytest.mark.parametrize("who", RIGHTS)
def test_nobody_removes_an_image_an_order_or_the_day_of_a_task(who: str) -> None:
    assert {"tasks", "orders", "index"}.isdisjoint(
        pattern.partition("/")[0] for pattern in RIGHTS[who].delete
    )


@pytest.mark.parametrize("who", RIGHTS)
def test_nobody_writes_over_an_image(who: str) -> None:
    assert not [pattern for pattern in RIGHTS[who].write if pattern.startswith("tasks/")]
    assert not [
        pattern
        for pattern in RIGHTS[who].change
        if pattern.startswith("tasks/") and not pattern.endswith("/manifest.json")
    ]


def test_a_receiver_sees_what_it_took_in_alone() -> None:
    assert ("inbox/*",) == RIGHTS["receiver"].read
    assert not RIGHTS["receiver"].list
    assert not RIGHTS["receiver"].delete


@pytest.mark.parametrize(
    ("verb", "key", "may"),
    [
        ("read", "tasks/2026/11/26/evolink/task-1/00.png", True),
        ("create", "tasks/2026/11/26/evolink/task-1/00.png", True),
        ("change", "tasks/2026/11/26/evolink/task-1/00.png", False),
        ("write", "tasks/2026/11/26/evolink/task-1/00.png", False),
        ("delete", "tasks/2026/11/26/evolink/task-1/00.png", False),
        ("change", "tasks/2026/11/26/evolink/task-1/manifest.json", True),
        ("write", "dead/2026/11/26/evolink/task-1.00.bin", True),
        ("create", "dead/2026/11/26/evolink/task-1.00.bin", True),
        ("write", "dead/2026/11/26/evolink/task-1.json", False),
        ("write", "probe/receiver", False),
        ("create", "replays/2026/11/26/replay-1.json", False),
        ("list", "inbox/", True),
    ],
)
def test_a_worker_may_do_what_its_patterns_say(verb: Verb, key: str, may: bool) -> None:  # noqa: FBT001 - a table
    assert may == RIGHTS["worker"].allow(verb, key)
