"""Ask providers for tasks: what came at the same time becomes one question, and no task is asked for twice in 3 s."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

from archive.errors import ApiTrouble
from archive.reasons import Reason
from egress.task_api import TaskApi
from runtime.journal import Journal

log = logging.getLogger(__name__)

# Each question about an unfinished task makes EvoLink ask upstream (its own client waits as long: https://github.com/deeplearning-goethe/evolink-cli).
AGAIN_S = 3.0
# One question that is under way when ours comes, and ours; with the bound of each.
WAIT_S = 45.0
# Questions that are under way at the same time.
ASKERS = 2

Told = TypeVar("Told")


class AskTask:
    """Asks one provider's task API. Safe to use from many threads."""

    def __init__(self, api: TaskApi, batch_size: int, *, again_s: float = AGAIN_S) -> None:
        self._api, self._again_s = api, again_s
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[float, Future[bytes | None]]] = {}
        self._together: Journal[bytes, Mapping[str, bytes] | None] = Journal(
            self._ask_many, committers=ASKERS, batch_lines=batch_size
        )

    def task(self, task_id: str, within_s: float = WAIT_S, task_url: str | None = None) -> bytes | None:
        """The body of a task, or None where the provider knows none of that id.

        `task_url` is the task's own address, where the provider gave one.

        Who asks again within 3 s gets the same answer.

        Raises:
            ApiTrouble: the API is away, slow, busy, or refuses the key.
        """
        now = time.monotonic()
        with self._lock:
            self._asked = {key: told for key, told in self._asked.items() if now - told[0] < self._again_s}
            told = self._asked.get(task_id)
            if told is None:
                future: Future[bytes | None] = Future()
                self._asked[task_id] = (now, future)
        if told is not None:
            return _result(told[1], within_s)
        try:
            answer = self._ask(task_id, within_s, task_url)
        except BaseException as error:
            future.set_exception(error)
            if isinstance(error, ApiTrouble) and error.reason is Reason.API_KEY_REFUSED:
                log.warning(
                    "task=%s cannot be asked for: reason=%s detail=%s", task_id, error.reason, error.detail
                )
            raise
        future.set_result(answer)
        return answer

    def lines(self, task_id: str, address: str) -> Iterator[bytes]:
        """The tasks in a file of an answer that names several, each as the body of one. Raises ApiTrouble."""
        return self._api.lines(task_id, address)

    def close(self, timeout_s: float) -> None:
        """Ask nothing more."""
        self._together.close(timeout_s)

    def _ask(self, task_id: str, within_s: float, task_url: str | None) -> bytes | None:
        if task_url is None and self._api.gathers > 1:
            asked = task_id.encode()
            together = _result(self._together.append(asked, len(asked)), within_s)
            if together is not None:
                return together.get(task_id)
        return self._api.task(task_id, task_url)

    def _ask_many(self, lines: Sequence[bytes]) -> Mapping[str, bytes] | None:
        """One question about many tasks; None: each asks for itself."""
        ids = list(dict.fromkeys(line.decode() for line in lines))
        return self._api.tasks(ids)


def _result(future: Future[Told], within_s: float) -> Told:
    try:
        return future.result(timeout=max(within_s, 0.001))
    except TimeoutError as error:
        raise ApiTrouble(Reason.API_TROUBLE, f"no answer within {within_s:g} s") from error
