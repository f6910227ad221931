"""Whatever names a task is found by the task: the dead letters of its deliveries too."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.work import INSTEAD_ORIGIN
from archive.store.bucket import Bucket
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, task_of

NOBODY = {"REDIS_URL": "redis://127.0.0.1:1/0"}
BODY = json.dumps({"id": task_of(1), "status": "completed", "results": [""]}).encode()


@pytest.fixture
def letter(seeds: Seeds, bucket: Bucket) -> DeadLetter:
    """What settle writes of a completed task that names no image."""
    told = structs.replace(seeds.dead_delivery(BODY, Reason.NO_SOURCES), task_id=task_of(1))
    bucket.put(_key(told), told.to_pretty_json())
    return told


def _key(letter: DeadLetter) -> str:
    return layout.dead_delivery_key(letter.at.date(), "evolink", _delivery(letter).id)


def _delivery(letter: DeadLetter) -> Delivery:
    assert letter.delivery is not None
    return letter.delivery


@pytest.mark.parametrize("name", [task_of(1), f"evolink/{task_of(1)}"], ids=["id", "provider and id"])
def test_a_letter_of_a_delivery_is_shown_by_its_task(command: Command, letter: DeadLetter, name: str) -> None:
    out = command("show", name).out
    assert ("given up" in out, "no_sources" in out, _delivery(letter).id in out) == (True, True, True)
    told = command("show", name, "--json").told
    assert [_key(letter)] == [each["dead_key"] for each in told["deliveries"]]


def test_failed_names_the_task_and_the_delivery_and_lists_what_is_asked_for(
    command: Command, seeds: Seeds, letter: DeadLetter
) -> None:
    seeds.letter(task_of(2))
    ran = command("failed")
    assert (f"evolink/{task_of(1)}" in ran.out, _delivery(letter).id in ran.out) == (True, True)

    told = command("failed", task_of(1), "--json").told
    assert [_key(letter)] == [each["key"] for each in told]
    assert [task_of(2)] == [each["task_id"] for each in command("failed", task_of(2), "--json").told]
    assert "is not here" in command("failed", task_of(3)).err


def test_the_delivery_is_replayed_by_its_task(command: Command, seeds: Seeds, letter: DeadLetter) -> None:
    told = command("replay", task_of(1), "--no-wait", "--json", **NOBODY).told

    assert [_delivery(letter).id] == [each["name"] for each in told["items"]]
    [key] = seeds.keys(layout.INBOX)
    assert BODY == Delivery.from_json(seeds.bucket.get(key).body.strip()).body


def test_a_conflict_is_left_out_where_its_task_is_named_and_says_by_which_name_it_is_replayed(
    command: Command, seeds: Seeds
) -> None:
    seeds.whole(task_of(1))
    told = seeds.dead_delivery(b"", Reason.CONFLICTING_DELIVERY, work=seeds.work(task_of(1)))
    ran = command("replay", task_of(1), "--json", **NOBODY).told

    assert [(_delivery(told).id, True)] == [
        (left["name"], "name this letter's delivery" in left["why"]) for left in ran["left_out"]
    ]
    assert [] == seeds.keys(layout.DUE)


def test_the_letters_of_another_task_are_not_shown(
    command: Command, seeds: Seeds, letter: DeadLetter
) -> None:
    del letter
    seeds.whole(task_of(2))
    assert "deliveries" not in command("show", task_of(2), "--json").told


def test_what_the_provider_is_still_asked_for_waits_and_is_not_failed(
    command: Command, seeds: Seeds, letter: DeadLetter
) -> None:
    work = structs.replace(
        seeds.work(task_of(1)), kind="ask", sources=(), origin=INSTEAD_ORIGIN, trouble="no_sources: no link"
    )
    due = layout.due_key(letter.at + timedelta(minutes=9), "evolink", task_of(1), INSTEAD_ORIGIN)
    seeds.bucket.put(due, work.to_json())

    assert (0, []) == (command("failed").code, command("failed", "--json").told)
    [told] = command("waiting", "--json").told
    assert ("asked for", "no_sources") == (told["state"], told["reason"])
    assert "asked for at the provider" in command("show", task_of(1)).out
    seeds.bucket.delete(due)
    assert 1 == command("failed").code
