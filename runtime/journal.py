"""Group commit: many entries, one durable object.

nothing under way                          an entry is written immediately, or when it has waited for `alone_s`
an object is under way                     what comes meanwhile is the next one, as soon as that is written
... for longer than `gather_s`             another committer takes what waits
a full batch waits, or an urgent entry     the same, immediately

So a lone entry costs one write's time, a flood costs few writes, and one slow write holds up nobody for long.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from archive.errors import BucketUnavailable
from runtime.guarded import Guarded

Entry = TypeVar("Entry")
Receipt = TypeVar("Receipt")


class _Batch(Generic[Entry, Receipt]):
    """Entries that become one object; all of them have one future."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lines = self.bytes = 0
        self.urgent = False
        self.began = time.monotonic()
        self.future: Future[Receipt] = Future()
        # Begun, so that nobody who shares it can cancel it for the others.
        self.future.set_running_or_notify_cancel()


class Journal(Generic[Entry, Receipt]):
    """Gathers entries from many threads into batches and commits each batch as one.

    `commit` makes a batch durable or raises; what it returns is the receipt of each entry. At most `committers`
    batches are under way at the same time. An entry has one line or more, which stay together.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Entry]], Receipt],
        *,
        committers: int = 2,
        # A small PUT costs a millisecond of Python and takes a local S3 a few: whoever waits that long for company
        # saves one. AWS takes 20 to 50 ms for a PUT, beside which it does not show.
        gather_s: float = 0.02,
        # How long what comes first waits for company: not at all where somebody waits for the answer.
        alone_s: float = 0.0,
        # One object of at most 4 MiB is still a single small PUT and a single read for settle.
        batch_lines: int = 200,
        batch_bytes: int = 4_194_304,
        # More than this waiting means that the bucket is away: refuse immediately instead of holding memory.
        waiting_lines: int = 20_000,
        waiting_bytes: int = 67_108_864,
    ) -> None:
        self._commit, self._gather_s, self._alone_s = commit, gather_s, alone_s
        self._batch_lines, self._batch_bytes = batch_lines, batch_bytes
        self._waiting_lines, self._waiting_bytes = waiting_lines, waiting_bytes
        self._waiting: deque[_Batch[Entry, Receipt]] = deque()
        self._held_lines = self._held_bytes = self._under_way = 0
        self._closed = False
        self._wake = threading.Condition()
        self._threads = [
            Guarded(f"journal-{place}", self._next_commit, drains=True) for place in range(committers)
        ]
        for thread in self._threads:
            thread.start()

    def append(
        self, entry: Entry, size_bytes: int, *, lines: int = 1, urgent: bool = False
    ) -> Future[Receipt]:
        """Take an entry (its lines without their breaks); the future, its batch's own, ends when it is durable.

        An `urgent` one, and with it whatever waits in its batch, waits for no more company.

        Raises:
            BucketUnavailable: immediately, if too much waits already or the journal is closed.
        """
        with self._wake:
            full = (
                self._held_lines >= self._waiting_lines or self._held_bytes + size_bytes > self._waiting_bytes
            )
            if self._closed or full:
                raise BucketUnavailable("the journal is closed" if self._closed else "too many lines wait")
            batch = self._waiting[-1] if self._waiting else None
            if batch is None or not self._has_room(batch, lines, size_bytes):
                batch = _Batch()
                self._waiting.append(batch)
                # Those that join it need wake nobody: its committer looks after it.
                self._wake.notify()
            batch.entries.append(entry)
            batch.lines += lines
            batch.bytes += size_bytes + lines
            self._held_lines += lines
            self._held_bytes += size_bytes + lines
            if urgent or batch.lines >= self._batch_lines:
                batch.urgent = True
                self._wake.notify_all()
        return batch.future

    @property
    def waiting(self) -> int:
        """How many lines wait for their batch."""
        return self._held_lines

    def close(self, timeout_s: float) -> None:
        """Commit what waits and end, within the time given."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.stop(timeout_s / len(self._threads))

    def _has_room(self, batch: _Batch[Entry, Receipt], lines: int, size_bytes: int) -> bool:
        return batch.lines + lines <= self._batch_lines and batch.bytes + size_bytes <= self._batch_bytes

    def _next_commit(self) -> float | None:
        """Wait for a batch and commit it; None when there will be no more."""
        batch = self._next_batch()
        if batch is None:
            return None
        try:
            batch.future.set_result(self._commit(batch.entries))
        except BaseException as error:  # noqa: BLE001 - handed on to each taker
            told = error if isinstance(error, Exception) else BucketUnavailable("this process is ending")
            batch.future.set_exception(told)
        finally:
            with self._wake:
                self._under_way -= 1
        return 0.0

    def _next_batch(self) -> _Batch[Entry, Receipt] | None:
        """The batch whose turn it is; None when the journal is closed and nothing waits."""
        with self._wake:
            while (wait_s := self._wait_s()) != 0.0:
                if self._closed and not self._waiting:
                    return None
                self._wake.wait(wait_s)
            batch = self._waiting.popleft()
            self._under_way += 1
            self._held_lines -= batch.lines
            self._held_bytes -= batch.bytes
            if self._waiting:
                # Whom its first line woke may be this very thread.
                self._wake.notify()
            return batch

    def _wait_s(self) -> float | None:
        """How long a committer that is free waits before it takes a batch; None: until it is woken."""
        if not self._waiting:
            return None
        if self._closed or self._waiting[0].urgent or len(self._waiting) > 1:
            return 0.0
        company_s = self._gather_s if self._under_way else self._alone_s
        return max(0.0, self._waiting[0].began + company_s - time.monotonic())
