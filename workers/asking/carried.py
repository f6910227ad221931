"""A delivery that named its task alone, as the work carries it that asks for the task. Pure."""

from __future__ import annotations

from archive.errors import Several, Unreadable
from archive.records.delivery import Delivery
from archive.records.work import Work
from providers.registry import provider_named


def carried_by(work: Work) -> Delivery | None:
    """The delivery that work carries, if it does; that it is one was seen when the entry was read."""
    return Delivery.from_json(work.delivery) if work.delivery else None


def refusal_of(provider: str, answer: bytes) -> Unreadable | None:
    """Why an answer makes no work, if so; one that names several tasks makes theirs."""
    try:
        provider_named(provider).read(answer)
    except Several:
        return None
    except Unreadable as error:
        return error
    return None
