"""`replay --resume`: a replay that was broken off goes on under its own id, and writes the keys of its plan."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.replay_plan import ReplayPlan
from tests.integration.console.harness.command import RUN_S, Command
from tests.integration.console.harness.seeds import Seeds, task_of

pytestmark = pytest.mark.usefixtures("redis_url")

# Enough that Ctrl-C comes before the last of them.
MANY = 300


def begun(command: Command, *words: str) -> str:
    """Begin a replay of everything; its id."""
    replay_id: str = command("replay", "--all", "--yes", "--no-wait", "--json", *words).told["replay"]["id"]
    return replay_id


def resume(command: Command, replay_id: str) -> dict[str, str]:
    """Go on with it; why each item was left out."""
    told = command("replay", "--resume", replay_id, "--yes", "--no-wait", "--json").told
    assert told["replay"]["id"] == replay_id
    return {left["name"]: left["why"] for left in told["left_out"]}


def test_the_plan_stands_in_the_bucket_before_anything_is_due(command: Command, seeds: Seeds) -> None:
    letters = [seeds.letter(task_of(number)) for number in range(3)]
    replay_id = begun(command, "--why", "links healed")
    plan = ReplayPlan.from_json(seeds.bucket.get(layout.replay_key(replay_id)).body)
    assert sorted(item.letter for item in plan.items) == sorted(letters)
    assert (plan.replay.id, plan.replay.why) == (replay_id, "links healed")


def test_what_was_not_made_due_is_under_the_very_keys_of_the_plan(command: Command, seeds: Seeds) -> None:
    for number in range(5):
        seeds.letter(task_of(number))
    replay_id = begun(command)
    keys = seeds.keys(layout.DUE)
    bodies = {key: seeds.bucket.get(key).body for key in keys}
    for key in keys[2:]:
        seeds.bucket.delete(key)
    left_out = resume(command, replay_id)
    assert list(left_out.values()) == ["this replay has made it due already"] * 2
    assert {key: seeds.bucket.get(key).body for key in seeds.keys(layout.DUE)} == bodies


def test_a_plan_names_nobody_so_an_order_of_unknown_door_is_left_to_who_names_it(
    command: Command, seeds: Seeds
) -> None:
    letter = seeds.dead_order("replay")
    assert letter.delivery is not None
    told = command("replay", letter.delivery.id, "--no-wait", "--json").told
    for key in seeds.keys(layout.INBOX):
        seeds.bucket.delete(key)
    (why,) = resume(command, told["replay"]["id"]).values()
    assert ("name this delivery" in why, seeds.keys(layout.INBOX)) == (True, [])


def test_a_dead_delivery_comes_in_again_under_the_same_key(command: Command, seeds: Seeds) -> None:
    seeds.dead_delivery(b'{"status": "weird"}')
    replay_id = begun(command)
    (key,) = seeds.keys(layout.INBOX)
    line = seeds.bucket.get(key).body
    resume(command, replay_id)
    assert seeds.keys(layout.INBOX) == [key]
    seeds.bucket.delete(key)
    resume(command, replay_id)
    assert (seeds.keys(layout.INBOX), seeds.bucket.get(key).body) == ([key], line)
    assert Delivery.from_json(line).replay is not None


def test_both_works_of_a_letter_become_due_although_one_was_before(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    letter = DeadLetter.from_json(seeds.bucket.get(key).body)
    other = structs.replace(seeds.work(task_of(1)), sources=("https://files.evolink.ai/c.png",))
    seeds.bucket.put(key, structs.replace(letter, others=(other,)).to_json())
    replay_id = begun(command)
    both = seeds.keys(layout.DUE)
    seeds.bucket.delete(both[1])
    assert resume(command, replay_id) == {}
    assert seeds.keys(layout.DUE) == both


def test_what_has_ended_meanwhile_is_left_out(command: Command, seeds: Seeds) -> None:
    letters = [seeds.letter(task_of(number)) for number in range(2)]
    replay_id = begun(command)
    plan = ReplayPlan.from_json(seeds.bucket.get(layout.replay_key(replay_id)).body)
    seeds.bucket.delete(letters[0])
    seeds.letter(task_of(1), Reason.CUT_OFF, replays=(plan.replay,))
    for key in seeds.keys(layout.DUE):
        seeds.bucket.delete(key)
    ran = command("replay", "--resume", replay_id, "--json")
    whys = {left["name"]: left["why"] for left in ran.told["left_out"]}
    assert (ran.code, whys) == (1, {
        letters[0]: "settled: its dead letter is gone",
        f"evolink/{task_of(1)}": "failed again under this replay",
    })  # fmt: skip
    assert seeds.keys(layout.DUE) == []


def test_a_letter_that_has_heard_more_since_is_no_hindrance(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    seeds.letter(task_of(2))
    other = structs.replace(seeds.work(task_of(1)), sources=("https://files.evolink.ai/c.png",))
    letter = structs.replace(DeadLetter.from_json(seeds.bucket.get(key).body), others=(other,))
    seeds.bucket.put(key, letter.to_json())
    replay_id = begun(command)
    keys = seeds.keys(layout.DUE)
    seeds.bucket.delete(next(due for due in keys if task_of(2) in due))
    more = structs.replace(other, heard=(*other.heard, seeds.heard("delivery-2")))
    seeds.bucket.put(key, structs.replace(letter, others=(more,)).to_json())
    resume(command, replay_id)
    assert seeds.keys(layout.DUE) == keys


def test_of_two_letters_of_a_task_one_that_is_due_does_not_stand_for_the_other(
    command: Command, seeds: Seeds
) -> None:
    seeds.letter(task_of(1))
    work = structs.replace(seeds.work(task_of(1)), sources=("https://files.evolink.ai/other.png",))
    letter = seeds.dead_delivery(b"", Reason.CONFLICTING_DELIVERY, work=work)
    assert letter.delivery is not None
    told = command("replay", task_of(1), letter.delivery.id, "--no-wait", "--json").told
    keys = seeds.keys(layout.DUE)
    seeds.bucket.delete(keys[1])
    resume(command, told["replay"]["id"])
    assert (len(keys), seeds.keys(layout.DUE)) == (2, keys)


def test_resumed_hours_later_it_stands_behind_live_work_and_is_spaced_in_time_again(
    command: Command, seeds: Seeds
) -> None:
    for number in range(5):
        seeds.letter(task_of(number))
    replay_id = begun(command)
    key = layout.replay_key(replay_id)
    plan = ReplayPlan.from_json(seeds.bucket.get(key).body)
    old = tuple(structs.replace(item, when=item.when - timedelta(hours=3)) for item in plan.items)
    seeds.bucket.put(key, structs.replace(plan, items=old).to_json())
    for due in seeds.keys(layout.DUE):
        seeds.bucket.delete(due)
    resumed_at = seeds.bucket.now()
    resume(command, replay_id)
    keys = seeds.keys(layout.DUE)
    times = [layout.read_due_key(due).when for due in keys]
    assert times[0] > resumed_at - timedelta(minutes=1)
    assert [after - before for before, after in pairwise(times)] == [timedelta(seconds=0.2)] * 4
    resume(command, replay_id)
    assert seeds.keys(layout.DUE) == keys


def test_a_letter_that_another_replay_failed_on_is_still_this_ones(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    replay_id = begun(command)
    (key,) = seeds.keys(layout.DUE)
    seeds.bucket.delete(key)
    plan = ReplayPlan.from_json(seeds.bucket.get(layout.replay_key(replay_id)).body)
    older = Replay(id=layout.replay_id(plan.replay.at), at=plan.replay.at, who="ops@host")
    seeds.letter(task_of(1), replays=(older,))
    resume(command, replay_id)
    assert seeds.keys(layout.DUE) == [key]


def due_of(seeds: Seeds, replay_id: str) -> list[str]:
    """The tasks that a replay has made due."""
    due = [layout.read_due_key(key) for key in seeds.keys(layout.DUE)]
    return [entry.task_id for entry in due if entry.origin == replay_id]


def test_a_replay_that_ctrl_c_broke_off_says_how_to_go_on_and_then_all_is_due_once(
    command: Command, seeds: Seeds
) -> None:
    # On a busy machine a signal may come when all is done; then others are replayed.
    for first in range(0, 5 * MANY, MANY):
        numbers = range(first, first + MANY)
        for number in numbers:
            seeds.letter(task_of(number))
        running = command.start("replay", "--all", "--yes", "--no-wait")
        assert running.stderr is not None
        replay_id = running.stderr.readline().split()[0]
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=RUN_S)
        if running.returncode != 0:
            break
    assert (running.returncode, f"fixative replay --resume {replay_id}" in err) == (130, True), err
    assert len(due_of(seeds, replay_id)) < MANY
    resume(command, replay_id)
    assert Counter(due_of(seeds, replay_id)) == Counter(map(task_of, numbers))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resume", "replay-01kakkkkkkkkkkkkkkkkkkkkkk"], "there is no plan"),
        (["--resume", "yesterday"], "is no replay's id"),
        (["--resume", "replay-yesterday"], "is no replay's id"),
        (["--resume", "replay-01kakkkkkkkkkkkkkkkkkkkkkk", "--all"], "one of them"),
        (["--resume", "replay-01kakkkkkkkkkkkkkkkkkkkkkk", "--why", "again"], "--why"),
    ],
)
def test_what_cannot_be_resumed_is_said(command: Command, words: list[str], said: str) -> None:
    ran = command("replay", *words)
    assert (ran.code, said in ran.err) == (2, True), ran.err
