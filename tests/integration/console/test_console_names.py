"""How people may name a task: a unique beginning, the beginning of its last part, `last`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive import layout
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import PIXELS, Seeds, day_of, task_of
from tests.integration.egress.api_server import serving

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=9)
FIRST, SECOND = "task-unified-1-aaaa1111", "task-unified-1-aabb2222"


def shown(command: Command, name: str) -> str:
    ran = command("show", name, "--json")
    assert (0, "") == (ran.code, ran.err)
    return str(ran.told["task_id"])


def fixed(seeds: Seeds, task_id: str) -> str:
    """A task whose id tells no day, filed as workers do."""
    seeds.bucket.put(layout.index_key("evolink", task_id), day_of(task_id).isoformat().encode())
    return task_id


@pytest.mark.parametrize("name", ["task-unified-1-aaa", "evolink/task-unified-1-aaa", "aaaa", "aaaa1111"])
def test_a_unique_beginning_is_enough(command: Command, seeds: Seeds, name: str) -> None:
    for task_id in (FIRST, SECOND):
        seeds.whole(fixed(seeds, task_id))
    assert shown(command, name) == FIRST


def test_a_model_behind_the_id_is_not_what_tells_it(command: Command, seeds: Seeds) -> None:
    seeds.whole(fixed(seeds, "n42gcdopwbo_gpt-image-1.5"))
    seeds.whole(fixed(seeds, "xn42rtdey0u_gpt-image-1.5"))
    assert shown(command, "n42") == "n42gcdopwbo_gpt-image-1.5"
    assert command("show", "1.5").code == 1


def test_a_beginning_of_several_is_refused_and_the_first_few_are_named(
    command: Command, seeds: Seeds
) -> None:
    for task_id in (FIRST, SECOND, *(f"task-unified-1-aaxx{number:04d}" for number in range(5))):
        seeds.whole(fixed(seeds, task_id))
    verbs = [[verb, "task"] for verb in ("replay", "open", "link")]
    for verb in (
        ["get", "task", "out"],
        *verbs,
        *(["show", name] for name in ("task", "evolink/task-u", "aa")),
    ):
        ran = command(*verb)
        assert (2, "") == (ran.code, ran.out), verb
        assert "is the beginning of several tasks" in ran.err
        assert ran.err.count("evolink/task-unified-1-aa") == 5
        assert "and 2 more" in ran.err


def test_a_whole_id_counts_before_what_it_is_the_beginning_of(command: Command, seeds: Seeds) -> None:
    for task_id in (FIRST, FIRST + "2"):
        seeds.whole(fixed(seeds, task_id))
    assert shown(command, FIRST) == FIRST


def test_what_stands_in_no_list_of_today_is_found_by_its_beginning(command: Command, seeds: Seeds) -> None:
    task_id = task_of(1, OLD)
    seeds.manifest(task_id, seeds.kept(task_id), changed_at=OLD)
    assert shown(command, task_id[:20]) == task_id
    assert command("show", "test0001").code == 1


def test_what_was_given_up_or_waits_is_found_by_its_beginning(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    seeds.bucket.put(
        layout.due_key(NOW + timedelta(hours=1), "evolink", task_of(2), "abc"),
        seeds.work(task_of(2)).to_json(),
    )
    assert shown(command, "test0001") == task_of(1)
    assert shown(command, "test0002") == task_of(2)


def test_the_last_task_is_the_one_of_which_something_was_heard_last(command: Command, seeds: Seeds) -> None:
    assert command("show", "last").code == 1
    seeds.manifest(task_of(1), changed_at=NOW - timedelta(days=3), status="failed")
    assert shown(command, "last") == task_of(1)
    seeds.manifest(task_of(2), seeds.kept(task_of(2)), changed_at=NOW - timedelta(seconds=20))
    assert shown(command, "last") == task_of(2)
    seeds.letter(task_of(3))
    assert shown(command, "last") == task_of(3)
    assert task_of(3) in command("replay", "last", "--dry-run").out


def test_every_verb_that_takes_a_task_takes_a_short_name(
    command: Command, seeds: Seeds, variables: dict[str, str]
) -> None:
    seeds.whole(task_of(7))
    ran = command("get", "last", "out", "--json")
    assert (0, 1) == (ran.code, ran.told["copied"])
    for name in ("last", "test0007"):
        ran = command("open", name, XDG_CACHE_HOME=str(command.folder), DISPLAY="", WAYLAND_DISPLAY="")
        assert (0, PIXELS) == (ran.code, (command.folder / ran.out.strip()).read_bytes())
        [link] = command("link", name).out.splitlines()
        assert link.startswith(f"{variables['S3_ENDPOINT']}/")
    assert "it is whole" in command("replay", "test0007").out


@pytest.mark.parametrize("name", ["models/flux/-7b42c1", "models/fl", "evolink/models/flux/", "7b42c1"])
def test_an_id_with_slashes_is_found_like_others(command: Command, seeds: Seeds, name: str) -> None:
    """What stands before its first slash is no provider's name."""
    seeds.whole(fixed(seeds, "models/flux/-7b42c1"))
    assert shown(command, name) == "models/flux/-7b42c1"


def test_an_id_with_a_dash_first_stands_behind_two_or_its_provider(command: Command, seeds: Seeds) -> None:
    seeds.whole(fixed(seeds, "-9bX"))
    assert all("-9bX" in command("show", *words).out for words in (["--", "-9bX"], ["evolink/-9"]))
    ran = command("show", "-9bX")
    assert (2, True) == (ran.code, "say provider/id, or -- before it" in ran.err)


def test_what_is_filed_otherwise_is_in_order_for_fsck(command: Command, seeds: Seeds) -> None:
    for task_id in ("été/%2F", "=2D", "_x"):
        seeds.whole(fixed(seeds, task_id))
        seeds.letter(fixed(seeds, f"{task_id}/lost"))
    ran = command("fsck", "--json")
    assert (0, 3) == (ran.code, ran.told["tasks"]), ran.out


@pytest.mark.parametrize("name", ["last", "test0008", "evolink/test0008"])
def test_a_provider_is_asked_for_the_whole_id(command: Command, seeds: Seeds, name: str) -> None:
    seeds.letter(task_of(8))
    with serving() as server:
        command("fetch", name, EVOLINK_API=server.base, EVOLINK_API_KEY="key")
        assert task_of(8) in f"{server.asked[0].path} {server.asked[0].body!r}"
