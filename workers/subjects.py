"""What the worker's lines are about: a work, or deliveries that are placed together. And the lines that tell of these."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from msgspec import structs

from archive.records.catalogue import LetterLine, Line
from archive.records.delivery import Delivery
from archive.records.work import Work
from runtime.logs.step import tell
from runtime.logs.subject import about, joined
from runtime.tracing.span import span, traceparent, wanted
from workers.readings import Read


def about_work(work: Work) -> AbstractContextManager[None]:
    """This work, and the deliveries that told of it."""
    deliveries = joined(heard.delivery_id for heard in work.heard)
    return about(provider=work.provider, task=work.task_id, delivery=deliveries)


def about_reads(reads: Iterable[Read]) -> AbstractContextManager[None]:
    """The task of deliveries that are placed together."""
    first, *more = reads
    deliveries = joined(read.delivery.id for read in (first, *more))
    told = first.notification
    return about(provider=told.provider, task=told.task_id, delivery=deliveries)


@contextmanager
def under_way(work: Work, name: str = "") -> Iterator[Work]:
    """A run of this work: its lines are about it, and its trace goes on. The work that goes on with that trace."""
    with about_work(work), span(name or work.kind, parent=work.trace, start=work.starts, tries=work.tries):
        yield traced(work)


@contextmanager
def settling(delivery: Delivery) -> Iterator[None]:
    """One delivery is read."""
    with about(provider=delivery.provider, delivery=delivery.id), span("read", parent=delivery.trace):
        yield


@contextmanager
def placing(reads: Sequence[Read]) -> Iterator[None]:
    """Deliveries of a task are placed together, in the trace of the first; to those of the others there are links."""
    parent, *links = (read.delivery.trace for read in reads)
    with about_reads(reads), span("settle", parent=parent, links=links):
        yield


def traced(work: Work) -> Work:
    """The work with the trace that is under way, where it has none and traces are wanted."""
    return structs.replace(work, trace=traceparent()) if work.trace is None and wanted() else work


def tell_settled(log: logging.Logger, reads: Iterable[Read], entry: str | None = None) -> None:
    """What became of deliveries: work under the key of an entry, or a manifest."""
    for read in reads:
        delivery, told = read.delivery, read.notification
        with about(delivery=delivery.id):
            tell(
                log,
                "settled",
                status=told.status,
                images=len(told.sources),
                via=delivery.via,
                received_at=delivery.received_at.isoformat(),
                entry=entry,
                replay=delivery.replay.id if delivery.replay else None,
            )


def tell_begun(log: logging.Logger, key: str, work: Work) -> None:
    """A run that has its turn."""
    tell(
        log,
        "begun",
        kind=work.kind,
        start=work.starts,
        entry=key,
        replay=work.replay.id if work.replay else None,
        who=work.replay.who if work.replay else None,
    )


def tell_listed(log: logging.Logger, lines: Iterable[Line], catalogue: str) -> None:
    """Lines that stand in the catalogue now, in the object under this key."""
    for line in lines:
        delivery, state = (line.delivery_id, line.state) if isinstance(line, LetterLine) else (None, None)
        with about(provider=line.provider, task=line.task_id, delivery=delivery):
            tell(log, "listed", key=line.key, letter=state, catalogue=catalogue)
