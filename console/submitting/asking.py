"""Ask a provider for tasks whose callbacks never came, and put what it tells into the inbox.

entered       the task has ended, and its answer entered the inbox: workers do the rest
here          its manifest is there, and nothing is lost
unfinished    the provider still works on it
unknown       the provider knows no task of this id
unreadable    its answer is none of an image task, or no reader understands it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from ulid import ULID

from archive.errors import Several, Unreadable
from archive.library.reading import at_once
from archive.library.task_file import look
from archive.library.task_url import task_url_of
from archive.records.delivery import Delivery
from archive.records.order import Claims
from archive.store.bucket import Bucket
from egress.task_api import TaskApi
from providers.provider import Provider

# A page has a hundred tasks: more pages than a hundred thousand tasks fill are no list of an account's.
MOST_PAGES = 1000
# One object of the inbox holds at most as many lines.
BATCH_LINES = 200


Thing = TypeVar("Thing")


class Asked(NamedTuple):
    """What came of asking for one task; `delivery` is what is to enter the inbox."""

    provider: str
    task_id: str
    outcome: str
    detail: str = ""
    delivery: Delivery | None = None

    @property
    def good(self) -> bool:
        """Whether the task is kept, or will be."""
        return self.outcome in {"entered", "here", "unfinished"}


def ask_for(bucket: Bucket, api: TaskApi, provider: Provider, task_ids: Sequence[str]) -> Iterator[Asked]:
    """Ask for tasks, as many together as the provider takes; those that are here are not asked for."""
    here = at_once(lambda task_id: is_here(bucket, provider, task_id), task_ids)
    wanted = []
    for task_id, known in zip(task_ids, here, strict=True):
        if known:
            yield Asked(provider.name, task_id, "here")
        else:
            wanted.append(task_id)
    for some in _parts(wanted, max(api.gathers, 1)):
        bodies = api.tasks(some) if api.gathers > 1 else None
        for task_id in some:
            if bodies is not None:
                body = bodies.get(task_id)
            elif provider.read_task_url is not None:
                body = api.task(task_id, task_url_of(bucket, provider.name, task_id))
            else:
                body = api.task(task_id)
            yield _read(bucket, provider, task_id, body)


def ended_since(api: TaskApi, provider: Provider, since: datetime) -> Iterator[str]:
    """The ids of the account's image tasks that were made since then and have ended, the newest first.

    Raises:
        Unreadable: if the provider answers with no list.
        ApiTrouble: if it does not answer.
    """
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        answer = api.ask("GET", provider.wire.page_address(page))
        lines = provider.listed_in(answer.body)
        for line in lines:
            young = line.created_at is None or line.created_at >= since
            image = line.kind in {None, "image"}
            # A task that is made while the pages are turned moves the others on to the next one.
            if young and image and line.status != "unfinished" and line.task_id not in seen:
                seen.add(line.task_id)
                yield line.task_id
        times = [line.created_at for line in lines if line.created_at is not None]
        if not lines or (times and max(times) < since):
            return


def is_here(bucket: Bucket, provider: Provider, task_id: str) -> bool:
    """Whether nothing of a task is left to be had."""
    file = look(bucket, provider.name, task_id)
    manifest = file.manifest if file else None
    return manifest is not None and (manifest.whole or manifest.status != "completed")


def _read(bucket: Bucket, provider: Provider, task_id: str, body: bytes | None) -> Asked:
    """What an answer comes to."""
    if body is None:
        return Asked(provider.name, task_id, "unknown")
    try:
        told = provider.read(body)
        status: str = told.status
    except Several as several:
        status = several.detail
    except Unreadable as error:
        return Asked(provider.name, task_id, "unreadable", str(error))
    if status == "unfinished":
        return Asked(provider.name, task_id, "unfinished")
    now = bucket.now()
    delivery = Delivery(
        id=str(ULID.from_datetime(now)),
        received_at=now,
        provider=provider.name,
        body=body,
        # What was ordered may have been told: it is looked for.
        claims=Claims(ordered=True),
        via="ask",
        content_type="application/json",
    )
    return Asked(provider.name, task_id, "entered", status, delivery)


def batches_of(deliveries: Iterable[Delivery]) -> Iterator[Sequence[Delivery]]:
    """Deliveries, as many together as one object of the inbox holds."""
    return _parts(list(deliveries), BATCH_LINES)


def _parts(things: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    return (things[start : start + size] for start in range(0, len(things), size))
