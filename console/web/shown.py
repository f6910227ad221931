"""How facts are put on a page: moments, sizes, counts, names. What is HTML is made here of escaped parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from archive.task_ids import filed_id
from console.cli.words import bytes_in_words, counted, span_in_words

_SOON = timedelta(minutes=1)


def moment(when: datetime | None) -> str:
    """A moment: in UTC, and in the reader's zone where there is script."""
    if when is None:
        return ""
    utc = when.astimezone(UTC)
    return Markup('<time datetime="{}Z" title="{} UTC">{} UTC</time>').format(
        utc.isoformat(timespec="milliseconds").removesuffix("+00:00"),
        f"{utc:%Y-%m-%d %H:%M:%S}",
        f"{utc:%Y-%m-%d %H:%M}",
    )


def ago(when: datetime | None, now: datetime) -> str:
    """How long ago a moment is, or how far ahead; the moment itself on hover."""
    if when is None:
        return ""
    utc, span = when.astimezone(UTC), now - when
    if abs(span) < _SOON:
        text = "just now" if span >= timedelta() else "in under a minute"
    else:
        text = f"{largest(span)} ago" if span > timedelta() else f"in {largest(span)}"
    return Markup('<time datetime="{}Z" data-ago title="{} UTC">{}</time>').format(
        utc.isoformat(timespec="milliseconds").removesuffix("+00:00"), f"{utc:%Y-%m-%d %H:%M:%S}", text
    )


def largest(span: timedelta) -> str:
    """A length of time in its largest unit: 3 h."""
    return " ".join(span_in_words(span).split()[:2])


def path_of(name: str) -> str:
    """A task's page, by provider/task_id; the id as it is filed, as a slash in it would not pass every proxy."""
    provider, _, task_id = name.partition("/")
    return f"/tasks/{quote(provider, safe='')}/{quote(filed_id(task_id), safe='=')}"


def amount(value: object) -> str:
    """A number as people read it; what is none, as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "ago": ago,
    "span": span_in_words,
    "size": bytes_in_words,
    "counted": counted,
    "path_of": path_of,
    "amount": amount,
}
