"""`replay --cancel`: what nobody has begun is taken back, its letters stand, and what a worker has in hand goes on."""

from __future__ import annotations

import pytest
from msgspec import structs

from archive import layout
from archive.records.dismissal import Dismissal
from archive.records.work import Work
from console.replays.beginning import begun
from console.replays.cancelling import cancel, is_cancelled, take_back
from console.replays.choosing import by_name
from console.replays.replaying import new_replay
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, task_of

pytestmark = pytest.mark.usefixtures("redis_url")


def replayed(command: Command, seeds: Seeds, count: int) -> str:
    for number in range(count):
        seeds.letter(task_of(number))
    replay_id: str = command("replay", "--all", "--yes", "--no-wait", "--json").told["replay"]["id"]
    return replay_id


def test_what_nobody_has_begun_is_taken_back_and_its_letters_stand(command: Command, seeds: Seeds) -> None:
    replay_id = replayed(command, seeds, 3)
    letters = seeds.keys(layout.DEAD)
    held = seeds.keys(layout.DUE)[0]
    work = Work.from_json(seeds.bucket.get(held).body)
    seeds.bucket.put(held, structs.replace(work, leased=True).to_json())

    told = command("replay", "--cancel", replay_id, "--json").told

    assert {"replay": replay_id, "cancelled": True, "taken_back": 2} == told
    assert ([held], letters) == (seeds.keys(layout.DUE), seeds.keys(layout.DEAD))
    assert 0 == command("replay", "--cancel", replay_id, "--json").told["taken_back"]


def test_one_that_was_cancelled_is_not_gone_on_with(command: Command, seeds: Seeds) -> None:
    replay_id = replayed(command, seeds, 1)
    command("replay", "--cancel", replay_id)

    ran = command("replay", "--resume", replay_id)

    assert (2, True) == (ran.code, "was cancelled by" in ran.err)
    assert [] == seeds.keys(layout.DUE)


def test_a_delivery_that_is_due_again_is_taken_back_too(command: Command, seeds: Seeds) -> None:
    seeds.dead_delivery(b'{"status": "weird"}')
    replay_id: str = command("replay", "--all", "--yes", "--no-wait", "--json").told["replay"]["id"]

    assert 1 == command("replay", "--cancel", replay_id, "--json").told["taken_back"]
    assert [] == seeds.keys(layout.INBOX)


@pytest.mark.parametrize("replay_id", ["nonsense", "replay-01kdvdna0048qt8efyemvh39pt"])
def test_what_is_no_replay_is_said(command: Command, replay_id: str) -> None:
    assert 2 == command("replay", "--cancel", replay_id).code


def test_who_is_still_making_it_due_takes_back_what_came_after(seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    bucket, now = seeds.bucket, seeds.bucket.now()
    beginning = begun(bucket, by_name(bucket, [task_of(1)]).items, new_replay(now, ""))
    replay_id = beginning.plan.replay.id

    assert 0 == cancel(bucket, replay_id, Dismissal(at=now, who="anna", why="a mistake"))
    list(beginning.made_due(bucket))
    assert is_cancelled(bucket, replay_id)
    assert 1 == take_back(bucket, beginning.plan)
