"""Percentiles of a round, medians of the rounds."""

from __future__ import annotations

import pytest

from bench.rounds import medians, percentile, rounded


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1.0), (50, 50.0), (99, 99.0), (99.9, 100.0), (100, 100.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert expected == percentile([float(value) for value in range(100, 0, -1)], percent)


def test_of_one_value_each_percentile_is_that_value() -> None:
    assert 7.0 == percentile([7.0], 99)


def test_medians_go_into_objects_and_leave_words_alone() -> None:
    rounds = [{"a": value, "in": {"b": value * 2}, "who": "ours"} for value in (3, 1, 2)]

    assert {"a": 2, "in": {"b": 4}, "who": "ours"} == medians(rounds)


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (0.012345, 0.0123), (1.2345, 1.23), (98.765, 98.8), (15790.6, 15791)]
)
def test_a_number_has_three_digits_or_is_whole(value: float, expected: float) -> None:
    assert expected == rounded(value)
