"""What waits is seen: which task, why, when it is tried next, when its link dies; and it can be tried now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.work import LOOKED_AT_AGAIN, Work
from archive.store.bucket import Bucket
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, task_of

TROUBLE = "source_gone: the origin answered 404 Not Found"
NOBODY = {"REDIS_URL": "redis://127.0.0.1:1/0"}


def put_off(
    seeds: Seeds, number: int, *, minutes: float = 20, life_h: float = 20, **more: object
) -> tuple[str, Work]:
    """Work of this task that was put off, and its key."""
    now = datetime.now(UTC)
    told = {"leased": False, "trouble": TROUBLE, "expires_at": now + timedelta(hours=life_h), **more}
    work = structs.replace(seeds.work(task_of(number)), **told)
    key = layout.due_key(now + timedelta(minutes=minutes), work.provider, work.task_id, work.origin)
    seeds.bucket.put(key, work.to_json())
    return key, work


def test_what_waits_is_listed_with_why_and_until_when_the_most_urgent_first(
    command: Command, seeds: Seeds
) -> None:
    two = ("https://h.example/1", "https://h.example/2")
    put_off(seeds, 1, life_h=20, sources=two, kept=(seeds.kept(task_of(1)),))
    key, work = put_off(seeds, 2, life_h=0.99)  # S3's clock may be a second behind
    put_off(seeds, 3, life_h=5, leased=True, trouble=None)

    told = command("waiting", "--json").told
    assert [task_of(2), task_of(3), task_of(1)] == [each["task_id"] for each in told]
    assert ("put off", "in a worker's hands") == (told[0]["state"], told[1]["state"])
    assert ("source_gone", 2, key) == (told[0]["reason"], told[0]["tries"], told[0]["key"])
    assert "404" in told[0]["detail"]
    assert work.expires_at == datetime.fromisoformat(told[0]["link_dies_at"])

    for verb in (["waiting"], ["ls", "--status", "waiting"]):
        ran = command(*verb)
        assert 0 == ran.code
        assert ("source_gone" in ran.out, "put off" in ran.out, "59 min" in ran.out) == (True, True, True)
    assert "1 of 2 kept" in command("waiting").out
    assert "1 of 2 kept" in command("show", task_of(1)).out
    assert [task_of(2)] == [each["task_id"] for each in command("waiting", "--limit", "1", "--json").told]
    assert 2 == len(command("waiting", "--reason", "source_gone", "--json").told)


def test_an_order_of_which_nothing_came_waits_for_its_callback(command: Command, seeds: Seeds) -> None:
    put_off(seeds, 1, kind="ask", sources=(), trouble=None, order=Order(label="shop/one"))

    [told] = command("waiting", "--label", "shop/*", "--json").told
    assert ("awaits its callback", "ask", "shop/one") == (told["state"], told["kind"], told["label"])
    assert "waiting for its callback" in command("show", task_of(1)).out


def test_where_nothing_waits_it_is_said(command: Command) -> None:
    ran = command("waiting")
    assert (0, "", True) == (ran.code, ran.out, "nothing waits" in ran.err)


def test_an_entry_that_cannot_be_read_is_told_and_the_others_are_listed(
    command: Command, seeds: Seeds
) -> None:
    put_off(seeds, 1)
    seeds.bucket.put("due/rubbish", b"rubbish")
    ran = command("waiting", "--json")

    assert [task_of(1)] == [each["task_id"] for each in ran.told]
    assert "due/rubbish" in ran.err


def test_failed_and_doctor_say_how_many_wait(command: Command, seeds: Seeds) -> None:
    put_off(seeds, 1)
    failed = command("failed")
    assert (0, True) == (failed.code, "1 task in hand or put off: fixative waiting" in failed.err)
    found = {check["name"]: check["found"] for check in command("doctor", "--json").told["checks"]}
    assert (
        "1 entry, what was given up and is looked at once more among them; fixative waiting"
        in found["work in due/"]
    )
    # What is looked at again was given up already: neither counts it.
    put_off(seeds, 2, trouble=LOOKED_AT_AGAIN)
    assert "1 task in hand or put off" in command("failed").err
    assert "1 task waits" in command("waiting").err


def test_a_named_task_that_waits_is_tried_now(command: Command, seeds: Seeds, bucket: Bucket) -> None:
    old, work = put_off(seeds, 1)
    told = command("replay", task_of(1), "--json", **NOBODY).told

    [key] = seeds.keys(layout.DUE)
    assert (told["tried_now"], old != key) == ([key], True)
    assert layout.read_due_key(key).when <= bucket.now() + timedelta(seconds=1)
    assert work == Work.from_json(bucket.get(key).body)


def test_what_a_worker_has_in_hand_is_left_to_it(command: Command, seeds: Seeds) -> None:
    key, _ = put_off(seeds, 1, leased=True)
    told = command("replay", task_of(1), "--json").told

    assert ([key], []) == (seeds.keys(layout.DUE), told["tried_now"])
    assert "being worked on" in told["left_out"][0]["why"]


def test_a_dry_run_pulls_nothing_forward(command: Command, seeds: Seeds) -> None:
    key, _ = put_off(seeds, 1)
    ran = command("replay", task_of(1), "--dry-run")

    assert [key] == seeds.keys(layout.DUE)
    assert "1 task that waits would be tried now" in ran.out


@pytest.mark.parametrize("lost", [False, True])
def test_the_order_is_shown_of_what_waits_and_of_what_is_lost(
    command: Command, seeds: Seeds, bucket: Bucket, *, lost: bool
) -> None:
    if lost:
        seeds.letter(task_of(1), Reason.LINK_EXPIRED)
    else:
        put_off(seeds, 1)
    order = Order(model="gpt-image-2", size="1:1", prompt="a lighthouse at dusk")
    record = OrderRecord(
        provider="evolink", task_id=task_of(1), order=order, told_at=datetime.now(UTC), delivery_id="01X"
    )
    bucket.put(layout.order_key("evolink", task_of(1)), record.to_json())

    out = command("show", task_of(1)).out
    assert ("a lighthouse at dusk" in out, "1:1" in out) == (True, True)
    assert (lost, not lost) == ("given up" in out, "waiting for its next try" in out)
    assert "a lighthouse at dusk" == command("show", task_of(1), "--json").told["order"]["prompt"]
