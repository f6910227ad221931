"""Group commit: many lines, one durable object.

nothing under way                          a line is written immediately
an object is under way                     what comes meanwhile is the next one, as soon as that is written
... for longer than `gather_s`             another committer takes what waits
a full batch waits                         the same, immediately

So a lone line costs one write's time, a flood costs few writes, and one slow write holds up nobody for long.
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

Receipt = TypeVar("Receipt")


class _Batch(Generic[Receipt]):
    """Lines that become one object; all of them have one future."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.bytes = 0
        self.began = time.monotonic()
        self.future: Future[Receipt] = Future()
        # Begun, so that nobody who shares it can cancel it for the others.
        self.future.set_running_or_notify_cancel()


class Journal(Generic[Receipt]):
    """Gathers lines from many threads into batches and commits each batch as one.

    `commit` makes a batch durable or raises; what it returns is the receipt of each line. At most `committers`
    batches are under way at the same time.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[bytes]], Receipt],
        *,
        committers: int = 2,
        # A small PUT costs a millisecond of Python and takes a local S3 a few: whoever waits that long for company
        # saves one. AWS takes 20 to 50 ms for a PUT, beside which it does not show.
        gather_s: float = 0.02,
        # One object of at most 4 MiB is still a single small PUT and a single read for settle.
        batch_lines: int = 200,
        batch_bytes: int = 4_194_304,
        # More than this waiting means that the bucket is away: refuse immediately instead of holding memory.
        waiting_lines: int = 20_000,
        waiting_bytes: int = 67_108_864,
    ) -> None:
        self._commit, self._gather_s = commit, gather_s
        self._batch_lines, self._batch_bytes = batch_lines, batch_bytes
        self._waiting_lines, self._waiting_bytes = waiting_lines, waiting_bytes
        self._waiting: deque[_Batch[Receipt]] = deque()
        self._held_lines = self._held_bytes = self._under_way = 0
        self._closed = False
        self._wake = threading.Condition()
        self._threads = [
            Guarded(f"journal-{place}", self._next_commit, drains=True) for place in range(committers)
        ]
        for thread in self._threads:
            thread.start()

    def append(self, line: bytes) -> Future[Receipt]:
        """Take a line (without its line break); the future, its batch's own, ends when it is durable.

        Raises:
            BucketUnavailable: immediately, if too much waits already or the journal is closed.
        """
        with self._wake:
            full = (
                self._held_lines >= self._waiting_lines or self._held_bytes + len(line) > self._waiting_bytes
            )
            if self._closed or full:
                raise BucketUnavailable("the journal is closed" if self._closed else "too many lines wait")
            batch = self._waiting[-1] if self._waiting else None
            if batch is None or self._is_full(batch, len(line)):
                batch = _Batch()
                self._waiting.append(batch)
                # Those that join it need wake nobody: its committer looks after it.
                self._wake.notify()
            batch.lines.append(line)
            batch.bytes += len(line) + 1
            self._held_lines += 1
            self._held_bytes += len(line)
        return batch.future

    def close(self, timeout_s: float) -> None:
        """Commit what waits and end, within the time given."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.stop(timeout_s / len(self._threads))

    def _is_full(self, batch: _Batch[Receipt], more: int) -> bool:
        return len(batch.lines) >= self._batch_lines or batch.bytes + more > self._batch_bytes

    def _next_commit(self) -> float | None:
        """Wait for a batch and commit it; None when there will be no more."""
        batch = self._next_batch()
        if batch is None:
            return None
        try:
            batch.future.set_result(self._commit(batch.lines))
        except BaseException as error:  # noqa: BLE001 - handed on to each taker
            told = error if isinstance(error, Exception) else BucketUnavailable("this process is ending")
            batch.future.set_exception(told)
        finally:
            with self._wake:
                self._under_way -= 1
        return 0.0

    def _next_batch(self) -> _Batch[Receipt] | None:
        """The batch whose turn it is; None when the journal is closed and nothing waits."""
        with self._wake:
            while (wait_s := self._wait_s()) != 0.0:
                if self._closed and not self._waiting:
                    return None
                self._wake.wait(wait_s)
            batch = self._waiting.popleft()
            self._under_way += 1
            self._held_lines -= len(batch.lines)
            self._held_bytes -= batch.bytes - len(batch.lines)
            if self._waiting:
                # Whom its first line woke may be this very thread.
                self._wake.notify()
            return batch

    def _wait_s(self) -> float | None:
        """How long a committer that is free waits before it takes a batch; None: until it is woken."""
        if not self._waiting:
            return None
        if self._closed or not self._under_way or len(self._waiting) > 1:
            return 0.0
        return max(0.0, self._waiting[0].began + self._gather_s - time.monotonic())
