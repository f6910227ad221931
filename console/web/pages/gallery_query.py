"""What the gallery is asked for, as it stands in its address. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args
from urllib.parse import urlencode

from archive.errors import NotUnderstood
from archive.library.place import Place
from archive.library.query import Query, TaskStatus
from archive.library.span import Span, span_of

SPANS = {"today": "Today", "7d": "Last 7 days", "30d": "Last 30 days", "all": "All time"}
# Long enough to hold what one looks for, short enough that it is soon there.
FIRST_SPAN = "7d"
_WORDS = ("provider", "model", "label", "size", "finding")
WORD_MAX_CHARACTERS = 200


class GalleryQuery(NamedTuple):
    """What is asked for, and as it was said: `said` has no empty words."""

    query: Query
    after: Place | None
    said: Mapping[str, str]

    def address(self, **changes: str | None) -> str:
        """The gallery's address with these words in place of those that were said."""
        told = {name: value for name, value in {**self.said, **changes}.items() if value}
        return "/?" + urlencode(told) if told else "/"

    @property
    def narrows(self) -> Mapping[str, str]:
        """The words that leave something out."""
        return {name: value for name, value in self.said.items() if name != "after"}


def read_gallery_query(told: Mapping[str, str], now: datetime) -> GalleryQuery:
    """What an address asks for. Raises NotUnderstood, saying what was expected."""
    names = ("when", "since", "until", "q", "status", "unsafe", "after", *_WORDS)
    said = {name: told[name].strip() for name in names if told.get(name, "").strip()}
    for name, value in said.items():
        if len(value) > WORD_MAX_CHARACTERS and name != "after":
            raise NotUnderstood(f"{name} has over {WORD_MAX_CHARACTERS} characters")
    words: dict[str, Any] = {name: said.get(name) for name in _WORDS}
    status = said.get("status")
    if status is not None and status not in get_args(TaskStatus):
        raise NotUnderstood(f"{status!r} is no status. Expected: {', '.join(get_args(TaskStatus))}")
    if said.get("unsafe") not in {None, "yes", "no"}:
        raise NotUnderstood("unsafe is yes or no")
    query = Query(
        span=_span(said, now),
        status=status,  # type: ignore[arg-type]  # looked at above
        unsafe=None if "unsafe" not in said else said["unsafe"] == "yes",
        text=said.get("q"),
        **words,
    )
    query.refuse_senseless()
    return GalleryQuery(query, Place.read(said["after"]) if "after" in said else None, said)


def _span(said: Mapping[str, str], now: datetime) -> Span:
    when = said.get("when", FIRST_SPAN)
    if when not in SPANS:
        raise NotUnderstood(f"{when!r} is no span. Expected: {', '.join(SPANS)}")
    try:
        if "since" in said or "until" in said:
            return span_of(said.get("since"), said.get("until"), None, now)
        return Span() if when == "all" else span_of("today" if when == "today" else when, None, None, now)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def day_title(day: datetime, now: datetime) -> str:
    """What a day is called: in UTC, as keys are."""
    date = day.date()
    told = f"{day:%A, %-d %B %Y}"
    if date == now.date():
        return f"Today, {told}"
    return f"Yesterday, {told}" if date == (now - timedelta(days=1)).date() else told
