"""What nobody will replay is closed: it leaves `failed`, stays where it is, and comes back when something comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.manifest import Manifest, with_story_of
from archive.store.swap import swap
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, lost, task_of

WHY = ("--why", "the customer has it already")
NOBODY = {"REDIS_URL": "redis://127.0.0.1:1/0"}


def read(seeds: Seeds, key: str) -> DeadLetter:
    """The letter under a key."""
    return DeadLetter.from_json(seeds.bucket.get(key).body)


def test_what_is_dismissed_leaves_failed_and_comes_back_with_who_and_why(
    command: Command, seeds: Seeds
) -> None:
    keys = [seeds.letter(task_of(1)), seeds.letter(task_of(2))]
    assert 1 == command("failed").code
    ran = command("dismiss", task_of(1), *WHY)
    assert (0, True) == (ran.code, task_of(1) in ran.out)
    assert [task_of(2)] == [each["task_id"] for each in command("failed", "--json").told]

    assert 0 == command("dismiss", "--all", *WHY).code
    ran = command("failed")
    assert (0, "", True) == (ran.code, ran.out, "2 dismissed: fixative failed --dismissed" in ran.err)
    ran = command("failed", "--dismissed")
    assert (0, True, True) == (ran.code, task_of(1) in ran.out, WHY[1] in ran.out)
    told = command("failed", "--dismissed", task_of(2), "--json").told
    assert [(keys[1], WHY[1])] == [(each["key"], each["dismissed"]["why"]) for each in told]
    assert all("@" in said.who for key in keys for said in read(seeds, key).dismissals)
    assert WHY[1] in command("show", task_of(1)).out


def test_it_is_dismissed_once_and_a_filter_leaves_others_alone(command: Command, seeds: Seeds) -> None:
    assert "nothing to dismiss" in command("dismiss", "--all", *WHY).err
    seeds.letter(task_of(1), Reason.LINK_EXPIRED)
    key = seeds.letter(task_of(2))
    for _ in range(2):
        assert 0 == command("dismiss", "--reason", "link_expired", *WHY).code

    assert [task_of(2)] == [each["task_id"] for each in command("failed", "--json").told]
    assert () == read(seeds, key).dismissals
    [left] = command("dismiss", task_of(1), *WHY, "--json").told["left_out"]
    assert WHY[1] in left["why"]


def test_an_incomplete_task_without_a_letter_is_dismissed_in_its_manifest(
    command: Command, seeds: Seeds
) -> None:
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), lost(1))
    assert 1 == command("failed", "--no-findings").code
    command("dismiss", task_of(1), *WHY)

    assert 0 == command("failed", "--no-findings").code
    assert [WHY[1]] == [each["dismissed"]["why"] for each in command("failed", "--dismissed", "--json").told]
    assert WHY[1] in command("show", task_of(1)).out


def test_a_delivery_is_dismissed_by_its_task(command: Command, seeds: Seeds) -> None:
    told = seeds.dead_delivery(b"", Reason.CONFLICTING_DELIVERY, work=seeds.work(task_of(1)))
    assert told.delivery is not None
    ran = command("dismiss", task_of(1), *WHY, "--json").told
    assert [told.delivery.id] == [each["name"] for each in ran["items"]]
    assert 0 == command("failed").code


def test_what_is_given_up_anew_is_listed_again_and_its_dismissal_is_not_forgotten(
    command: Command, seeds: Seeds
) -> None:
    key = seeds.letter(task_of(1))
    before = read(seeds, key)
    command("dismiss", task_of(1), *WHY)

    swap(seeds.bucket, key, before, before.merged_into)  # the same once more, by a doubled bell
    assert 0 == command("failed").code
    later = structs.replace(before, at=datetime.now(UTC) + timedelta(seconds=5))
    swap(seeds.bucket, key, later, later.merged_into)
    assert [1, 1] == [command("failed").code, len(read(seeds, key).dismissals)]


def test_a_replay_in_vain_lists_a_delivery_again(command: Command, seeds: Seeds) -> None:
    told = seeds.dead_delivery(b"{}")
    assert told.delivery is not None
    key = layout.dead_delivery_key(told.at.date(), "evolink", told.delivery.id)
    command("dismiss", told.delivery.id, *WHY)
    assert 0 == command("failed").code
    replay = Replay(id="replay-1", at=datetime.now(UTC) + timedelta(seconds=5), who="ops@host")
    seeds.bucket.put(key, structs.replace(read(seeds, key), replays=(replay,)).to_json())

    assert 1 == command("failed").code


def test_what_is_dismissed_is_replayed_by_its_name_and_left_out_of_a_replay_of_all(
    command: Command, seeds: Seeds
) -> None:
    seeds.letter(task_of(1))
    command("dismiss", task_of(1), *WHY)

    told = command("replay", "--all", "--dry-run", "--json").told
    assert (0, True) == (told["matched"], WHY[1] in told["left_out"][0]["why"])
    assert 1 == command("replay", task_of(1), "--no-wait", "--json", **NOBODY).told["matched"]
    assert 1 == len(seeds.keys(layout.DUE))


def test_a_manifest_takes_the_dismissal_over_with_the_letters_story(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    command("dismiss", task_of(1), *WHY)
    manifest: Manifest = with_story_of(seeds.whole(task_of(1)), read(seeds, key))

    assert [WHY[1]] == [said.why for said in manifest.dismissals]


def test_without_a_why_or_of_nothing_it_is_refused_and_a_dry_run_writes_nothing(
    command: Command, seeds: Seeds
) -> None:
    key = seeds.letter(task_of(1))
    assert [2, 2, 2] == [
        command("dismiss", task_of(1)).code,
        command("dismiss", task_of(1), "--why", " ").code,
        command("dismiss", *WHY).code,
    ]
    ran = command("dismiss", task_of(9), *WHY)
    assert (1, True) == (ran.code, "not here" in ran.out)
    assert task_of(1) in command("dismiss", "--all", *WHY, "--dry-run").out
    assert () == read(seeds, key).dismissals


def test_whoever_was_cut_off_before_the_line_dismisses_again_and_it_is_written(
    command: Command, seeds: Seeds
) -> None:
    seeds.letter(task_of(1))
    assert 0 == command("dismiss", task_of(1), *WHY).code
    for key in seeds.keys(layout.CATALOG):
        seeds.bucket.delete(key)

    assert 0 == command("dismiss", task_of(1), *WHY, "--dry-run").code
    assert [] == seeds.keys(layout.CATALOG)
    assert 0 == command("dismiss", task_of(1), *WHY).code
    [key] = seeds.keys(layout.CATALOG)
    assert b'"state":"dismissed"' in seeds.bucket.get(key).body
