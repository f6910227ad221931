"""How facts are put for people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.cli import words


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_484_887, "1.5 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_bytes_are_said_in_their_unit(count: int, said: str) -> None:
    assert words.bytes_in_words(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (125, "2 min 5 s"), (7500, "2 h 5 min"), (-90_000, "1 d 1 h")]
)
def test_a_length_of_time_is_said_in_two_units(seconds: int, said: str) -> None:
    assert words.span_in_words(timedelta(seconds=seconds)) == said


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert words.short("x" * 300, 10) == "xxxxxxxxx…"


def test_a_number_agrees_with_its_noun() -> None:
    assert [words.counted(1, "task"), words.counted(1200, "task")] == ["1 task", "1,200 tasks"]
