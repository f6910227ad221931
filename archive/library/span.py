"""From when until when: `--since`, `--until` and `--day` as people write them. Pure; UTC where no zone is said."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

EXPECTED = "a date (2026-11-21), a date and time (2026-11-21T07:41), 2h or 3d ago, today, yesterday or now"

_AGO = re.compile(r"\A\s*(\d{1,6})\s*(s|m|min|h|d|w)(\s*ago)?\s*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """A stretch of time: `since` belongs to it, `until` does not; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, moment: object) -> bool:
        if not isinstance(moment, datetime):
            return False
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


def span_of(since: str | None, until: str | None, day: str | None, now: datetime) -> Span:
    """The span that the options say; a day as `until` is meant with that day.

    Raises:
        ValueError: saying what was expected.
    """
    if day is not None:
        if since or until:
            raise ValueError("--day and --since/--until exclude one another")
        start = _midnight(_day_in(day, now))
        return Span(start, start + _DAY)
    span = Span(
        _moment(since, now, whole_day=False) if since else None,
        _moment(until, now, whole_day=True) if until else None,
    )
    if span.since and span.until and span.since >= span.until:
        raise ValueError(f"--since ({since}) is not before --until ({until})")
    return span


def today_and_yesterday(now: datetime) -> Span:
    """What is shown where nothing was said."""
    return Span(_midnight(now.astimezone(UTC).date() - _DAY), None)


def duration(text: str) -> timedelta:
    """A length of time: 72h, 7d.

    Raises:
        ValueError: saying what was expected.
    """
    found = _AGO.fullmatch(text)
    if not found or found[3]:
        raise ValueError(f"{text!r} is no length of time. Expected: 72h, 7d, 2w.")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def _moment(text: str, now: datetime, *, whole_day: bool) -> datetime:
    word = text.strip().lower()
    if word == "now":
        return now
    if found := _AGO.fullmatch(word):
        return now - timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    try:
        day = _day_in(word, now)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(f"{text!r} is no moment. Expected: {EXPECTED}.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _midnight(day) + (_DAY if whole_day else timedelta())


def _day_in(text: str, now: datetime) -> date:
    word = text.strip().lower()
    if word in {"today", "yesterday"}:
        return now.astimezone(UTC).date() - (_DAY if word == "yesterday" else timedelta())
    if _DATE.fullmatch(word):
        try:
            return date.fromisoformat(word)
        except ValueError:
            pass
    raise ValueError(f"{text!r} is no day. Expected: 2026-11-21, today or yesterday.")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
