"""A provider's task API that a test writes, and an asker of it that waits for nobody."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from egress.task_api import TaskApi
from providers.evolink import EVOLINK
from workers.asking.ask_task import AskTask


class ScriptedApi(TaskApi):
    """Answers from a dict; an answer that is an error is raised. `batches` false: there is no batch."""

    def __init__(self, *, batches: bool = True) -> None:
        super().__init__(EVOLINK, "http://127.0.0.1:9", "key")
        self.answers: dict[str, bytes | Exception] = {}
        self.batches = batches
        self.singles: list[str] = []
        self.together: list[Sequence[str]] = []
        self.open = threading.Event()
        self.open.set()

    @property
    def gathers(self) -> int:
        return 50 if self.batches else 1

    def task(self, task_id: str, task_url: str | None = None) -> bytes | None:
        del task_url
        self.singles.append(task_id)
        return self._answer(task_id)

    def tasks(self, task_ids: Sequence[str]) -> Mapping[str, bytes] | None:
        self.together.append(task_ids)
        assert self.open.wait(10)
        known = {task_id: self._answer(task_id) for task_id in task_ids}
        return {task_id: answer for task_id, answer in known.items() if answer is not None}

    def _answer(self, task_id: str) -> bytes | None:
        answer = self.answers.get(task_id)
        if isinstance(answer, Exception):
            raise answer
        return answer


class ScriptedAsker(AskTask):
    """Answers one after the other; the last one for ever."""

    def __init__(self, *answers: bytes | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.urls: list[str | None] = []

    def task(self, task_id: str, within_s: float = 45.0, task_url: str | None = None) -> bytes | None:
        del within_s
        self.urls.append(task_url)
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(task_id)
        if isinstance(answer, Exception):
            raise answer
        return answer
