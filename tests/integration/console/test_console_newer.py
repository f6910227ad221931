"""The commands among records of a newer version: each says so and passes over it, and what it writes keeps its fields."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive import layout
from archive.records.catalogue import line_of
from archive.records.replay_plan import ReplayPlan
from archive.records.work import Work
from console.replays.resuming import LATE
from tests.fakes.newer import NewerVersion, of_schema_2
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, day_of, task_of

NEWER = "a newer version wrote"


def _made_newer(seeds: Seeds, key: str) -> bytes:
    newer = of_schema_2(seeds.bucket.get(key).body)
    seeds.bucket.put(key, newer)
    return newer


def _newer_task(seeds: Seeds, number: int) -> str:
    """A task of which the catalogue tells, with a manifest of a newer version; its key."""
    seeds.whole(task_of(number))
    key = layout.manifest_key(day_of(task_of(number)), "evolink", task_of(number))
    _made_newer(seeds, key)
    return key


def test_ls_passes_over_the_lines_of_a_newer_version(command: Command, seeds: Seeds) -> None:
    manifest = seeds.whole(task_of(1))
    for number in (2, 3):
        seeds.line(of_schema_2(line_of(manifest, str(number)).to_json()))
    ran = command("ls", "--json")
    assert (ran.code, [line["task_id"] for line in ran.told]) == (0, [task_of(1)])
    assert "2 lines of the catalogue that a newer version wrote" in ran.err
    assert "cannot be read" not in ran.err


def test_ls_shows_the_fields_of_a_newer_version(command: Command, seeds: Seeds) -> None:
    newer = NewerVersion()
    manifest = seeds.whole(task_of(1))
    key = layout.manifest_key(day_of(task_of(1)), "evolink", task_of(1))
    seeds.line(newer.rewritten(line_of(manifest, key).to_json()).replace(b"\n", b""))
    assert newer.wrote == newer.finds(command("ls", "--json").out.encode())


def test_show_tells_which_record_a_newer_version_wrote(command: Command, seeds: Seeds) -> None:
    key = _newer_task(seeds, 1)
    ran = command("show", task_of(1))
    assert (ran.code, NEWER in ran.out, key in ran.out) == (0, True, True)
    told = command("show", task_of(1), "--json").told
    assert (told["status"], told["newer"]) == (None, [key])


def test_show_tells_of_the_rest_beside_it(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    letter = seeds.letter(task_of(1))
    due = layout.due_key(seeds.bucket.now(), "evolink", task_of(1), "abc")
    seeds.bucket.put(due, seeds.work(task_of(1)).to_json())
    for key in (letter, due):
        _made_newer(seeds, key)
    told = command("show", task_of(1), "--json").told
    assert (told["status"], told["newer"]) == ("completed", [letter, due])
    assert [entry["work"] for entry in told["due"]] == [None]


def test_failed_names_the_letters_of_a_newer_version(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    key = seeds.letter(task_of(2))
    _made_newer(seeds, key)
    ran = command("failed", "--json")
    assert (ran.code, [each["task_id"] for each in ran.told]) == (1, [task_of(1)])
    assert f"{NEWER}: {key}" in ran.err
    assert "cannot be read" not in ran.err


def test_get_copies_the_others_and_says_what_it_left(command: Command, seeds: Seeds, tmp_path: Path) -> None:
    key = _newer_task(seeds, 1)
    seeds.whole(task_of(2))
    ran = command("get", "--day", "today", str(tmp_path / "all"))
    assert (ran.code, NEWER in ran.out, key in ran.out) == (1, True, True)
    assert [path.name for path in (tmp_path / "all" / "evolink").iterdir()] == [task_of(2)]
    named = command("get", task_of(1), str(tmp_path / "one"))
    assert (named.code, f"{NEWER} {key}" in named.err) == (1, True)


@pytest.mark.usefixtures("redis_url")
def test_replay_leaves_the_letters_of_a_newer_version_alone(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    stands = _made_newer(seeds, key)
    seeds.letter(task_of(2))
    told = command("replay", "--all", "--yes", "--no-wait", "--json").told
    assert [item["task_id"] for item in told["items"]] == [task_of(2)]
    assert [(left["name"], NEWER in left["why"]) for left in told["left_out"]] == [(key, True)]
    for name in (key, task_of(1)):
        ran = command("replay", name, "--json")
        assert (ran.code, [NEWER in left["why"] for left in ran.told["left_out"]]) == (1, [True])
    assert seeds.bucket.get(key).body == stands


@pytest.mark.usefixtures("redis_url")
def test_a_plan_of_a_newer_version_is_not_resumed_by_an_older_one(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    replay_id = command("replay", task_of(1), "--no-wait", "--json").told["replay"]["id"]
    key = layout.replay_key(replay_id)
    stands = _made_newer(seeds, key)
    ran = command("replay", "--resume", replay_id)
    assert (ran.code, "newer version" in ran.err, key in ran.err) == (1, True, True)
    assert seeds.bucket.get(key).body == stands


@pytest.mark.usefixtures("redis_url")
def test_a_plan_that_is_written_anew_and_what_it_makes_due_keep_what_a_newer_version_said(
    command: Command, seeds: Seeds
) -> None:
    newer = NewerVersion()
    letter = seeds.letter(task_of(1))
    replay_id = command("replay", task_of(1), "--no-wait", "--json").told["replay"]["id"]
    key = layout.replay_key(replay_id)
    seeds.bucket.put(letter, newer.rewritten(seeds.bucket.get(letter).body))
    plan = ReplayPlan.from_json(seeds.bucket.get(key).body)
    earlier = plan.items[0].when - timedelta(hours=1)
    late = plan.to_json().replace(
        f"{plan.items[0].when:%Y-%m-%dT%H}".encode(), f"{earlier:%Y-%m-%dT%H}".encode()
    )
    planned = NewerVersion("since_3")
    seeds.bucket.put(key, planned.rewritten(late))
    for due in seeds.keys(layout.DUE):
        seeds.bucket.delete(due)
    assert command("replay", "--resume", replay_id, "--no-wait").code == 0
    anew = seeds.bucket.get(key).body
    # Two processes read the store's clock, which tells whole seconds: "later than before" is true but for a second.
    assert ReplayPlan.from_json(anew).items[0].when > plan.items[0].when - LATE
    assert planned.wrote == planned.finds(anew)
    [due] = seeds.keys(layout.DUE)
    body = seeds.bucket.get(due).body
    assert newer.finds(Work.from_json(body).heard[0].to_json())
    assert Work.from_json(body).unknown
