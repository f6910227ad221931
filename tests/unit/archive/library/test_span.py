"""`--since`, `--until` and `--day` as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.library.span import Span, duration, span_of, today_and_yesterday

NOW = datetime(2026, 11, 21, 7, 41, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20", at("2026-11-20")),
        ("2026-11-20T07:41", at("2026-11-20T07:41")),
        ("2026-11-20 07:41:05", at("2026-11-20T07:41:05")),
        ("2026-11-20T07:41Z", at("2026-11-20T07:41")),
        ("2026-11-20T08:41+01:00", at("2026-11-20T07:41")),
        ("2h", NOW - timedelta(hours=2)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("3d ago", NOW - timedelta(days=3)),
        ("90m", NOW - timedelta(minutes=90)),
        ("today", at("2026-11-21")),
        ("Yesterday", at("2026-11-20")),
    ],
)
def test_a_moment_is_read_as_people_write_it(said: str, meant: datetime) -> None:
    assert span_of(said, None, None, NOW).since == meant


def test_a_date_as_the_end_is_meant_with_its_whole_day() -> None:
    assert span_of(None, "2026-11-20", None, NOW).until == at("2026-11-21")


def test_a_time_as_the_end_is_that_time() -> None:
    assert span_of(None, "2026-11-20T07:00", None, NOW).until == at("2026-11-20T07:00")


def test_a_day_is_its_24_hours() -> None:
    assert span_of(None, None, "2026-11-20", NOW) == Span(at("2026-11-20"), at("2026-11-21"))


def test_the_start_belongs_to_a_span_and_the_end_does_not() -> None:
    span = Span(at("2026-11-20"), at("2026-11-21"))
    assert (at("2026-11-20") in span, at("2026-11-21") in span) == (True, False)


def test_without_a_word_it_is_today_and_yesterday() -> None:
    assert today_and_yesterday(NOW) == Span(at("2026-11-20"), None)


@pytest.mark.parametrize("said", ["", "soon", "2026-13-01", "2026-02-30", "-2h", "2 hours", "1e9d", "12"])
def test_what_is_no_moment_is_refused_with_what_was_expected(said: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        span_of(said or "?", None, None, NOW)


def test_a_start_after_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not before"):
        span_of("today", "yesterday", None, NOW)


def test_a_day_and_a_start_exclude_one_another() -> None:
    with pytest.raises(ValueError, match="exclude"):
        span_of("2h", None, "today", NOW)


@pytest.mark.parametrize(("said", "hours"), [("72h", 72), ("7d", 168), ("2w", 336)])
def test_a_length_of_time_is_read(said: str, hours: int) -> None:
    assert duration(said) == timedelta(hours=hours)


@pytest.mark.parametrize("said", ["7", "d", "2h ago", "-7d", "7 days"])
def test_what_is_no_length_of_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        duration(said)
