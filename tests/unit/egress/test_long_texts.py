"""The images of an answer are written to files while it comes, in pieces of any size; what else it says stays as it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.records.inline import inline_name
from egress import long_texts
from egress.long_texts import LONG_BYTES, LongTexts

LONG = "iVBORw0K/+gg" * 1_000
KEYS = ("result", "b64_json")
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
)


def taken(folder: Path, answer: bytes, step: int) -> tuple[Any, dict[str, str]]:
    """What is left of an answer, and the texts that were written, by name."""
    texts = LongTexts(folder, KEYS)
    left = b"".join(texts.take(answer[at : at + step]) for at in range(0, len(answer), step))
    written = {name: path.read_text() for name, path in texts.files.items()}
    texts.close()
    assert [] == list(folder.iterdir())
    return json.loads(left), written


@pytest.mark.parametrize("step", [1, 1_000, 1_000_000])
def test_base64_under_its_key_and_data_uris_anywhere_are_written_and_named(tmp_path: Path, step: int) -> None:
    uri = f"DATA:image/webp;base64,{LONG}"
    answer = {
        "id": "resp_1",
        "output": [{"type": "x", "result": LONG + "A", "prompt": LONG}, {"b64_json": [LONG, LONG + "B"], "a": [1, "b"]}],
        "images": [uri, "https://h/a.png"],
        "result": "short", "text": 'a: "[{', "n": None, "é": "漢",
    }  # fmt: skip
    left, written = taken(tmp_path, json.dumps(answer).encode(), step)

    texts = {f"data:;base64,{LONG}{end}" for end in ("A", "", "B")} | {uri}
    assert {inline_name(text): text for text in texts} == written
    names = {text.removeprefix("data:;base64,"): name for name, text in written.items()}
    assert left == answer | {
        "output": [
            {"type": "x", "result": names[LONG + "A"], "prompt": LONG},
            {"b64_json": [names[LONG], names[LONG + "B"]], "a": [1, "b"]},
        ],
        "images": [names[uri], "https://h/a.png"],
    }


@pytest.mark.parametrize("step", [1, 3, 5_000])
def test_escapes_are_undone_where_they_fall(tmp_path: Path, step: int) -> None:
    text = "\\/+A\\u002F\\u002b" * 600
    _, written = taken(tmp_path, f'{{"result" : "{text}"}}'.encode(), step)
    assert ["data:;base64," + "/+A/+" * 600] == list(written.values())


def test_what_is_longer_than_an_image_may_be_is_cut_behind_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_texts, "TEXT_MAX_BYTES", 10_000)
    _, [text] = taken(tmp_path, json.dumps({"result": LONG, "id": 1}).encode(), 777)[0], [*taken(
        tmp_path, json.dumps({"result": LONG, "id": 1}).encode(), 777
    )[1].values()]  # fmt: skip
    assert f"data:;base64,{LONG}"[:10_000] == text


def test_the_name_is_the_sum_of_the_text(tmp_path: Path) -> None:
    left, written = taken(tmp_path, json.dumps({"result": LONG}).encode(), 4_096)
    [text] = written.values()
    assert left["result"] == f"inline:;sha256={hashlib.sha256(text.encode()).hexdigest()}"


def test_what_was_not_read_to_its_end_leaves_nothing(tmp_path: Path) -> None:
    texts = LongTexts(tmp_path, KEYS)
    texts.take(f'{{"result": "{LONG}", "b64_json": "{LONG}'.encode())
    assert 2 == len(list(tmp_path.iterdir()))
    texts.close()
    assert [] == list(tmp_path.iterdir())


def test_a_key_of_another_object_says_nothing(tmp_path: Path) -> None:
    answer = {"result": {"x": LONG}, "y": ["result", LONG], "z": [{"b64_json": 1}, LONG]}
    assert (answer, {}) == taken(tmp_path, json.dumps(answer).encode(), 999)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_JSON, st.integers(1, 50))
def test_any_json_without_an_image_is_left_as_it_is(tmp_path: Path, value: object, step: int) -> None:
    answer = json.dumps(value).encode()
    texts = LongTexts(tmp_path, KEYS)
    assert answer == b"".join(texts.take(answer[at : at + step]) for at in range(0, len(answer), step))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_are_taken(tmp_path: Path, told: bytes, step: int) -> None:
    texts = LongTexts(tmp_path, KEYS)
    for at in range(0, len(told), step):
        texts.take(told[at : at + step])
    texts.close()
    assert LONG_BYTES > len(told)
