"""The catalogue's journal without its threads: a line is committed by whoever appends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from runtime.journal import Journal


class InlineJournal(Journal[str]):
    """Commits each line immediately, so that the write is a step of the job. `late` makes the answer come too late."""

    def __init__(self, commit: Callable[[Sequence[bytes]], str], late: Callable[[], bool]) -> None:
        self._commit, self._late = commit, late

    def append(self, line: bytes) -> Future[str]:
        future: Future[str] = Future()
        if self._late():
            # What `result` raises when nothing came in time.
            future.set_exception(TimeoutError())
            return future
        try:
            future.set_result(self._commit([line]))
        except Exception as error:  # noqa: BLE001 - handed on, as the journal does
            future.set_exception(error)
        return future

    def close(self, timeout_s: float) -> None:
        del timeout_s
