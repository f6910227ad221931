"""Put what a provider answered into the inbox: as one delivery, or a delivery a line, where its files hold a task a line.

The first line comes as the delivery that was asked for, so that this is named; the others have ids that follow from it.
So a file that is read twice, or half and then whole, enters the same again, and each task hears of each delivery once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from msgspec import structs
from ulid import ULID

from archive.errors import ApiTrouble, Several, Unreadable
from archive.queue.doorbell import Doorbell
from archive.reasons import Reason
from archive.records.delivery import Delivery
from archive.store.bucket import Bucket
from archive.store.inbox import enter
from providers.registry import provider_named
from workers.asking.ask_task import AskTask

# Each line has a few hundred bytes by then; the first images of a large batch are kept while its last ones are read.
LINES_TOGETHER = 50


class Entering:
    """Enters answers. May do the same twice, and twice at the same time."""

    def __init__(self, bucket: Bucket, doorbell: Doorbell, askers: Mapping[str, AskTask]) -> None:
        self._bucket, self._doorbell, self._askers = bucket, doorbell, askers

    def enter(self, told: Delivery, *, short: bool) -> None:
        """Enter an answer; one that names several tasks, line by line.

        Raises:
            TryLater: if its files cannot be read to their end; what was read of them has entered.
        """
        several = several_in(told.provider, told.body)
        if several is None:
            enter(self._bucket, self._doorbell, [told], short=short)
            return
        lines, number = self._lines(told, several), 0
        while some := list(islice(lines, LINES_TOGETHER)):
            numbered = enumerate(some, start=number)
            deliveries = [delivery_of_line(told, place, line) for place, line in numbered]
            enter(self._bucket, self._doorbell, deliveries, short=short)
            number += len(some)
        if number == 0:
            raise ApiTrouble(Reason.API_TROUBLE, "the provider's files hold no line")

    def _lines(self, told: Delivery, several: Several) -> Iterator[bytes]:
        asker, task_id = self._askers[told.provider], provider_named(told.provider).read_task_id(told.body)
        assert task_id is not None
        return chain.from_iterable(asker.lines(task_id, address) for address in several.addresses)


def several_in(provider: str, answer: bytes) -> Several | None:
    """What an answer says of several tasks, if it does."""
    try:
        provider_named(provider).read(answer)
    except Several as several:
        return several
    except Unreadable:
        return None
    return None


def delivery_of_line(told: Delivery, number: int, line: bytes) -> Delivery:
    """The delivery of a line: the first is the one that was asked for."""
    digest = hashlib.sha256(f"{told.id}/{number}".encode()).digest()
    own = str(ULID.from_bytes(ULID.from_datetime(told.received_at).bytes[:6] + digest[:10]))
    return structs.replace(told, id=told.id if number == 0 else own, body=line)
