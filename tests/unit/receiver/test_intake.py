"""Deliveries become batches: whose share one, and what the log says of it.

One line names all of its deliveries, so that a search for any of them finds it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import layout
from archive.errors import BucketUnavailable
from archive.records.delivery import Delivery, accepted_in
from receiver.intake import Inbox
from receiver.spool import Spool, records
from runtime.logs.subject import subject
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell


class SlowBucket(MemoryBucket):
    """A bucket whose first write is held up until a test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let_go = threading.Event(), threading.Event()

    def put_new(self, key: str, *words: Any, **named: Any) -> None:
        self.begun.set()
        self.let_go.wait(10)
        super().put_new(key, *words, **named)


class FaultyBucket(MemoryBucket):
    """A bucket that fails by a fault that nobody foresaw."""

    def put_new(self, key: str, *words: Any, **named: Any) -> None:
        del key, words, named
        raise ZeroDivisionError


class Told(logging.Handler):
    """What is told of `durable`: about whom, by which door, and how many."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str, str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = vars(record)["facts"]
        if told["step"] == "durable":
            about = subject()
            self.lines.append((about["provider"], about["delivery"], told["via"], told["deliveries"]))


@contextmanager
def listened() -> Iterator[Told]:
    told, log = Told(), logging.getLogger("receiver.intake")
    level, propagates = log.level, log.propagate
    log.addHandler(told)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield told
    finally:
        log.removeHandler(told)
        log.setLevel(level)
        log.propagate = propagates


def delivery(number: int, provider: str) -> Delivery:
    return Delivery(
        id=f"{number:026d}", received_at=datetime(2026, 11, 26, tzinfo=UTC), provider=provider, body=b"{}"
    )


def test_a_batch_is_told_in_a_line_for_each_provider_that_names_its_deliveries() -> None:
    bucket = SlowBucket()
    inbox = Inbox(bucket, SilentDoorbell(), None, committers=1)
    with listened() as told:
        first = inbox.accept(delivery(0, "evolink"))
        assert bucket.begun.wait(10)
        others = [
            inbox.accept(delivery(1 + place, name)) for place, name in enumerate(("fal", "evolink", "fal"))
        ]
        bucket.let_go.set()
        for future in (first, *others):
            future.result(10)
    inbox.close(4)

    assert told.lines == [
        ("evolink", f"{0:026d}", "callback", 1),
        ("fal", f"{1:026d},{3:026d}", "callback", 2),
        ("evolink", f"{2:026d}", "callback", 1),
    ]


def test_what_lives_short_shares_no_batch_and_has_a_place_before_all_others() -> None:
    bucket, doorbell = MemoryBucket(), SilentDoorbell()
    inbox = Inbox(bucket, doorbell, None, short_lived={"bfl"})
    taken = [inbox.accept(delivery(number, "bfl" if number % 2 else "evolink")) for number in range(20)]
    keys = {batch.result(10) for batch in taken}
    inbox.close(20)

    for key in keys:
        providers = {told.provider for told in accepted_in(bucket.get(key).body)}
        assert ({"bfl"} if layout.is_short(key) else {"evolink"}) == providers
    assert {True, False} == {layout.is_short(key) for key in keys}
    assert sorted(keys) == sorted(doorbell.rung)
    assert 0 == inbox.waiting


def test_a_fault_of_ours_in_writing_a_batch_has_the_spool_take_it_or_the_sender_try_again(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path, max_bytes=1_000_000)
    for shelf in (spool, None):
        inbox = Inbox(FaultyBucket(), SilentDoorbell(), shelf)
        batch = inbox.accept(delivery(1, "evolink"))
        trouble = batch.exception(10)
        inbox.close(4)
        assert (shelf is None) == isinstance(trouble, BucketUnavailable)

    [path] = tmp_path.iterdir()
    assert 1 == len(list(records(path)))
