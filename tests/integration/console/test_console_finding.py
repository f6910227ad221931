"""`ls`, `search` and `whence`, with the index and without it: the same answers, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.catalogue import line_of, line_of_letter
from archive.records.dead_letter import DeadLetter
from tests.integration.console.harness.command import Command, Ran
from tests.integration.console.harness.seeds import PIXELS, Seeds, lost, task_of

Both = Callable[..., Ran]


@pytest.fixture(params=["catalogue", "index"])
def asked(command: Command, seeds: Seeds, tmp_path: Path, request: pytest.FixtureRequest) -> Both:
    """The command over a few tasks, where an index is and where none is."""
    now = datetime.now(UTC)
    for number in range(1, 4):
        manifest = seeds.manifest(
            task_of(number), seeds.kept(task_of(number), body=PIXELS + bytes([number])),
            changed_at=now - timedelta(minutes=number), label=f"shop-{number}",
        )  # fmt: skip
        key = layout.manifest_key(layout.day_in(task_of(number)) or now.date(), "evolink", task_of(number))
        later = structs.replace(manifest, changed_at=manifest.changed_at + timedelta(milliseconds=1))
        seeds.line(line_of(later, key, prompts=True).to_json(), later.changed_at)
    seeds.manifest(task_of(4), seeds.kept(task_of(4)), lost(1), changed_at=now - timedelta(minutes=4))
    letter = seeds.letter(task_of(5), at=now - timedelta(minutes=5))
    told = DeadLetter.from_json(seeds.bucket.get(letter).body)
    seeds.line(line_of_letter(letter, told, now - timedelta(minutes=5)).to_json(), now - timedelta(minutes=5))
    with_cache = Command(
        command.environment | {"INDEX_FOLDER": str(tmp_path / "index")}, command.folder, command.forker
    )
    if request.param == "index":
        assert 0 == with_cache("index").code
    return with_cache


def ids(ran: Ran) -> list[str]:
    return [each["task_id"] for each in ran.told]


def test_all_are_listed_the_newest_first_with_what_was_lost(asked: Both) -> None:
    ran = asked("ls", "--json")
    assert [task_of(number) for number in range(1, 6)] == ids(ran)
    assert ["completed"] * 4 + ["lost"] == [each["status"] for each in ran.told]
    assert "lost" in asked("ls").out


def test_pages_follow_one_another(asked: Both) -> None:
    first = asked("ls", "--limit", "2")
    assert "5 tasks, 2 of them shown" in first.err
    place = first.err.split("--after ")[1].split()[0]
    assert [task_of(3), task_of(4)] == ids(asked("ls", "--limit", "2", "--after", place, "--json"))
    assert 2 == asked("ls", "--after", "nowhere").code


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (["--label", "shop-*"], [1, 2, 3]),
        (["--label", "shop-2"], [2]),
        (["--status", "incomplete"], [4]),
        (["--status", "lost"], [5]),
        (["--size", "1024x1536", "--limit", "1"], [1]),
        (["--size", "9x9"], []),
        (["--cost-from", "2.5", "--cost-to", "2.5"], [1, 2, 3, 4]),
        (["--cost-from", "3"], []),
        (["--model", "GPT-*", "--until", "3min"], [4]),
        (["--unsafe"], []),
    ],
)
def test_filters_pass_the_same(asked: Both, filters: list[str], numbers: list[int]) -> None:
    if "--until" in filters:
        filters = [*filters[:-1], "200s", "--since", "1h"]
    assert [task_of(number) for number in numbers] == ids(asked("ls", "--json", *filters))


def test_words_of_prompts_and_whence_an_image_is(asked: Both, tmp_path: Path) -> None:
    assert [task_of(number) for number in (1, 2, 3)] == ids(asked("search", "CAT", "--json"))
    assert "a cat" in asked("search", "a", "cat").out
    assert "no prompt of these words" in asked("search", "dog").err
    assert 2 == asked("search", '"*').code
    image = tmp_path / "image"
    image.write_bytes(PIXELS + bytes([2]))
    [found] = asked("whence", str(image), "--json").told
    assert (f"evolink/{task_of(2)}", "00.png") == (found["task"], found["key"].rsplit("/", 1)[1])
    image.write_bytes(b"another")
    ran = asked("whence", str(image))
    assert (1, True) == (ran.code, "no task keeps a file" in ran.err)


def test_what_was_given_up_is_told_the_same(asked: Both, seeds: Seeds) -> None:
    ran = asked("failed", "--json")
    assert (1, [("dead_letter", task_of(5)), ("incomplete", task_of(4))]) == (
        ran.code, [(each["kind"], each["task_id"]) for each in ran.told]
    )  # fmt: skip
    # Of an older version: no line tells of it.
    seeds.letter(task_of(6), Reason.UNDECODABLE)
    assert {task_of(5), task_of(6), task_of(4)} == {
        each["task_id"] for each in asked("failed", "--json").told
    }
    assert [task_of(6)] == [
        each["task_id"] for each in asked("failed", "--reason", "undecodable", "--json").told
    ]
    told = asked("replay", "--reason", "undecodable", "--dry-run", "--json").told
    assert [task_of(6)] == [each["task_id"] for each in told["items"]]
    assert 0 == asked("dismiss", "--reason", "undecodable", "--why", "enough").code
    assert [task_of(5)] == [
        each["task_id"] for each in asked("failed", "--json").told if each["kind"] == "dead_letter"
    ]


def test_images_are_copied_by_the_same_filters(asked: Both, tmp_path: Path) -> None:
    ran = asked("get", "--label", "shop-*", "--limit", "2", str(tmp_path / "copies"), "--json")
    assert (0, 2) == (ran.code, ran.told["tasks"])


def test_the_index_says_where_it_is_what_it_holds_and_is_made_anew(
    command: Command, seeds: Seeds, tmp_path: Path
) -> None:
    seeds.whole(task_of(1))
    here = Command(
        command.environment | {"INDEX_FOLDER": str(tmp_path / "index")}, command.folder, command.forker
    )
    file = Path(here("index", "--where").out.strip())
    assert (tmp_path / "index", False) == (file.parent, file.exists())
    told = here("index", "--json").told
    assert (1, True, 1) == (told["tasks"], told["whole"], told["read_lines"])
    assert 0 == here("index", "--json").told["read_lines"]
    assert 1 == here("index", "--rebuild", "--json").told["read_lines"]
    file.write_bytes(b"damaged" * 2_000)
    ran = here("index", "--prompts", "--json")
    assert (1, 1, True) == (ran.told["tasks"], ran.told["read_prompts"], "built again" in ran.err)
