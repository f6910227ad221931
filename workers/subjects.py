"""What the worker's lines are about: a work, or deliveries that are placed together. And the lines that tell of these."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager

from archive.records.catalogue import LetterLine, Line
from archive.records.work import Work
from runtime.logs.step import tell
from runtime.logs.subject import about, joined
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
