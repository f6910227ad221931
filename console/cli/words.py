"""How facts are put for people: times, sizes, texts. Pure; whoever prints them makes them safe (console/cli/table.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

NONE = "-"
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
# A stranger's message in one cell of a table; `--json` has all of it.
LONGEST_TEXT_CHARACTERS = 200


def moment(when: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if when else NONE


def bytes_in_words(count: int) -> str:
    """A number of bytes in the unit that leaves up to three digits before the point: 1.3 MB."""
    amount = float(count)
    for unit in _UNITS:
        if amount < _STEP or unit == _UNITS[-1]:
            break
        amount /= _STEP
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def span_in_words(span: timedelta) -> str:
    """A length of time in its largest unit and the next: 2 h 5 min."""
    seconds = round(abs(span.total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min {seconds % _MINUTE_S} s"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S} h {seconds % _HOUR_S // _MINUTE_S} min"
    return f"{seconds // _DAY_S} d {seconds % _DAY_S // _HOUR_S} h"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 task, 2 tasks."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(text: str, most: int = LONGEST_TEXT_CHARACTERS) -> str:
    """A stranger's text, cut where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kept_of(kept: int, images: int) -> str:
    """How many images of several are kept so far; nothing where none is."""
    return f"{kept} of {images} kept" if kept else ""


def joined(words: tuple[str, ...]) -> str:
    """Words in a row, or nothing."""
    return ", ".join(words)


def passed_over(malformed: int, newer: int) -> Iterator[str]:
    """What is to be said of the catalogue's lines that are not shown."""
    if malformed:
        yield f"passed over: {counted(malformed, 'line')} of the catalogue that cannot be read"
    if newer:
        yield f"passed over: {counted(newer, 'line')} of the catalogue that a newer version wrote"
