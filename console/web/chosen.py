"""What a form means: tasks and letters by name, or all that match a filter up to a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from archive import layout
from archive.errors import NotUnderstood
from archive.library.dead_letters import DeadFilter
from archive.library.span import Span
from archive.store.bucket import Bucket
from archive.task_ids import is_task_id
from console.replays.choosing import Choice, by_filter, by_name
from console.replays.dismissing import Closing, named
from console.replays.dismissing_many import matching
from console.web.forms import Form
from console.web.pages.failures import FailureFilter, read_failure_filter

NAMES_MOST = 1_000


class Chosen(NamedTuple):
    """`until` is when it was looked at: what was given up after that is not meant."""

    names: tuple[str, ...] = ()
    wanted: FailureFilter | None = None
    until: datetime | None = None

    @property
    def dead_filter(self) -> DeadFilter:
        """What matches."""
        assert self.wanted is not None
        return DeadFilter(
            Span(None, self.until),
            self.wanted.reason or None,
            self.wanted.provider or None,
            self.wanted.label or None,
            host=self.wanted.host or None,
        )

    def fields(self, now: datetime) -> list[tuple[str, str]]:
        """The fields by which a form says the same once more."""
        return list(self._said(now))

    def _said(self, now: datetime) -> Iterator[tuple[str, str]]:
        yield from (("name", name) for name in self.names)
        if self.wanted is not None:
            yield "all", "yes"
            yield "until", (self.until or now).astimezone(UTC).isoformat()
            yield from (
                (name, value)
                for name, value in self.wanted._asdict().items()
                if isinstance(value, str) and value
            )


def read_chosen(form: Form) -> Chosen:
    """What a form means. Raises NotUnderstood where that is nothing, so that leaving something out never means all."""
    names = tuple(dict.fromkeys(name for name in form.getlist("name") if name))
    if names and "all" in form:
        raise NotUnderstood("Select some, or take all that match: not both.")
    if len(names) > NAMES_MOST:
        raise NotUnderstood(
            f"{len(names):,} are selected, at most {NAMES_MOST:,}: take all that match instead."
        )
    if any(not _is_name(name) for name in names):
        raise NotUnderstood("One of these is neither a task nor a dead letter.")
    if names:
        return Chosen(names)
    if form.get("all") != "yes":
        raise NotUnderstood("Nothing is selected: tick the boxes of what is meant, or take all that match.")
    try:
        until = datetime.fromisoformat(form["until"]) if form.get("until") else None
    except ValueError as error:
        raise NotUnderstood("This form names no moment.") from error
    return Chosen((), read_failure_filter(form), until if until is None or until.tzinfo else None)


def choice_of(bucket: Bucket, chosen: Chosen) -> Choice:
    """What is to be replayed."""
    return by_name(bucket, chosen.names) if chosen.names else by_filter(bucket, chosen.dead_filter)


def closing_of(bucket: Bucket, chosen: Chosen) -> Closing:
    """What is to be dismissed."""
    return named(bucket, chosen.names) if chosen.names else matching(bucket, chosen.dead_filter)


def _is_name(text: str) -> bool:
    provider, _, task_id = text.partition("/")
    task = layout.PROVIDER.fullmatch(provider) is not None and is_task_id(task_id)
    return task or layout.DEAD_KEY.fullmatch(text) is not None
