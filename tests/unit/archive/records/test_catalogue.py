"""The lines of the catalogue: what they tell of a manifest and of a dead letter, and which of two holds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.records.asset import Finding
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import (
    LINE_MAX_BYTES,
    LINE_PROMPT_MAX_BYTES,
    CatalogueLine,
    LetterLine,
    line_of,
    line_of_letter,
    read_line,
)
from archive.records.delivery import Replay
from archive.records.dismissal import Dismissal
from archive.records.order import Order
from tests.fakes.foreign import LETTER, LETTER_OF_TASK, MANIFEST, STRAY
from tests.fakes.words import DAY, NOW, TASK, delivery, heard, kept, lost, manifest
from tests.unit.archive.records.most_bytes import most_bytes

STRAY_KEY = layout.dead_delivery_key(DAY, "evolink", delivery().id)
LATER = NOW + timedelta(days=2)


def test_a_line_tells_what_a_gallery_shows_without_the_manifest() -> None:
    found = Finding(kind="format", expected="png", got="webp")
    whole = manifest(
        structs.replace(kept(0), findings=(found,)),
        lost(1),
        order=Order(size="16:9", n=2, quality="high", prompt="a harbour", label="autumn"),
        billing={"credits": 2.5},
        remarks={"seed": 7, "result_data.0.seed": "8", "has_nsfw_concepts": [False, True]},
        notifications=(structs.replace(heard(2), received_at=LATER), heard(1)),
    )
    line = line_of(whole, MANIFEST)

    [image] = line.images
    assert (0, "00.png", "a" * 64, 1024, 1024, 10, "PNG", ("format",)) == (
        image.index, image.name, image.sha256, image.width, image.height, image.bytes, image.format, image.findings,
    )  # fmt: skip
    assert ("16:9", 2, "high") == (line.ordered_size, line.ordered_n, line.quality)
    assert (NOW, "source_gone", {"credits": 2.5}) == (line.called_at, line.reason, line.billing)
    assert (("7", "8"), True) == (line.seeds, line.unsafe)
    assert line == read_line(line.to_json())


def test_a_prompt_stands_in_a_line_only_where_it_may_and_then_its_beginning() -> None:
    told = manifest(kept(), order=Order(prompt="é" * 10_000))

    assert line_of(told, MANIFEST).prompt is None
    prompt = line_of(told, MANIFEST, prompts=True).prompt
    assert prompt is not None
    assert prompt.startswith("ééé")
    assert len(prompt.encode()) <= LINE_PROMPT_MAX_BYTES


def test_a_line_says_that_what_was_lost_is_dismissed_until_the_task_changes() -> None:
    said = Dismissal(at=NOW, who="me", why="enough")
    closed = manifest(lost(), dismissals=(said,))

    assert line_of(closed, MANIFEST).dismissed
    assert not line_of(structs.replace(closed, changed_at=LATER), MANIFEST).dismissed
    assert line_of(closed, MANIFEST).precedence > line_of(manifest(lost()), MANIFEST).precedence


@pytest.mark.parametrize(
    ("remarks", "seeds", "unsafe"),
    [
        (None, (), None),
        ({}, (), None),
        ({"seed": 1}, ("1",), None),
        ({"seeds": [1, 2, 1], "output.0.seed": "three"}, ("1", "2", "three"), None),
        ({"nsfw": False}, (), False),
        ({"a.nsfw": False, "b.nsfw": True}, (), True),
        ({"nsfw": "False", "flagged": "no"}, (), False),
        ({"unsafe": "nudity"}, (), True),
        ({"nsfw": 0.02}, (), False),
        ({"nsfw": 0.97}, (), True),
        ({"\N{HORIZONTAL ELLIPSIS}": "3 of 9 left out for their size"}, (), None),
        ({"seed": {"deep": 1}, "nsfw": [None]}, (), None),
    ],
    ids=str,
)
def test_seeds_and_flags_are_read_from_what_the_provider_remarked(
    remarks: dict[str, Any] | None,
    seeds: tuple[str, ...],
    unsafe: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    line = line_of(manifest(kept(), remarks=remarks), MANIFEST)
    assert (seeds, unsafe) == (line.seeds, line.unsafe)


def test_a_line_of_a_letter_tells_what_was_given_up_and_is_read_as_such() -> None:
    letter = structs.replace(LETTER_OF_TASK, detail="d" * 5_000, label="autumn")
    line = line_of_letter(LETTER, letter, LATER)

    assert ("letter", 2, LATER, NOW, NOW) == (
        line.of,
        line.schema,
        line.changed_at,
        line.letter_at,
        line.given_up_at,
    )
    assert ("evolink", TASK, None, "stands") == (line.provider, line.task_id, line.delivery_id, line.state)
    assert ("source_gone", ("source_gone",), 1, 1) == (line.reason, line.reasons, line.lost, line.told)
    assert line == read_line(line.to_json())
    refuse_foreign_line(line)


def test_a_line_of_a_deliverys_letter_names_the_delivery() -> None:
    line = line_of_letter(STRAY_KEY, STRAY, NOW)

    assert (delivery().id, None) == (line.delivery_id, line.task_id)
    refuse_foreign_line(read_line(line.to_json()))


def test_which_line_of_a_letter_holds_hangs_on_the_letter_and_on_no_writers_clock() -> None:
    said = Dismissal(at=NOW + timedelta(hours=1), who="me", why="enough")
    replay = Replay(id="replay-01arz3ndektsv4rrffq69g5fav", at=NOW + timedelta(hours=2), who="me")
    dismissed = structs.replace(LETTER_OF_TASK, dismissals=(said,))
    anew = structs.replace(dismissed, replays=(replay,))
    lines = [
        line_of_letter(LETTER, LETTER_OF_TASK, LATER),
        line_of_letter(LETTER, dismissed, NOW),
        line_of_letter(LETTER, anew, LATER),
        line_of_letter(LETTER, anew, NOW, gone=True),
    ]

    assert ["stands", "dismissed", "stands", "gone"] == [line.state for line in lines]
    assert lines == sorted(lines, key=lambda line: line.precedence)
    assert 1 == len({line.subject for line in lines})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", MANIFEST),
        ("key", STRAY_KEY),
        ("task_id", "task-other"),
        ("task_id", None),
        ("delivery_id", "01D"),
    ],
)
def test_a_line_of_a_letter_leads_to_its_own_letter_alone(name: str, value: str | None) -> None:
    told = json.loads(line_of_letter(LETTER, LETTER_OF_TASK, NOW).to_json())
    with pytest.raises(MalformedRecord):
        refuse_foreign_line(read_line(json.dumps({**told, name: value}).encode()))


def test_a_version_that_knows_manifests_alone_takes_a_letters_line_for_a_newer_versions() -> None:
    with pytest.raises(NewerRecord):
        CatalogueLine.from_json(line_of_letter(LETTER, LETTER_OF_TASK, NOW).to_json())


def test_a_line_of_a_newer_version_is_told_as_that_and_its_fields_are_kept() -> None:
    told = json.loads(line_of_letter(LETTER, LETTER_OF_TASK, NOW).to_json())
    newer = json.dumps({**told, "since_3": {"a": 1}}).encode()

    assert json.loads(newer) == json.loads(read_line(newer).to_json())
    for more in ({"schema": 3}, {"schema": 3, "of": "ghost"}):
        with pytest.raises(NewerRecord):
            read_line(json.dumps({**told, **more}).encode())


def test_a_manifests_line_that_says_letter_somewhere_is_a_manifests_line() -> None:
    line = line_of(manifest(kept(), billing={"of": "letter"}, label="letter"), MANIFEST)
    assert line == read_line(line.to_json())


@pytest.mark.parametrize(
    "text", [b"", b"{", b'"letter"', b"[]", b'{"of":"letter"}', b"{}" + b" " * LINE_MAX_BYTES]
)
def test_what_is_no_line_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedRecord):
        read_line(text)


def test_the_bounds_of_a_line_add_up_to_less_than_its_size() -> None:
    assert most_bytes(CatalogueLine) <= LINE_MAX_BYTES
    assert most_bytes(LetterLine) <= LINE_MAX_BYTES
