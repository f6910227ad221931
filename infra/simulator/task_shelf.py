"""The memory of the tasks: bounded, the oldest go first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.simulator.task import ResultLink, Task

MOST_TASKS = 10_000  # some tens of megabytes; a longer test than that reads what it needs before
_MEDIA_NAME = re.compile(r"/([0-9a-f]{32})_(\d{1,2})\.[a-z]+$")


class TaskShelf:
    """Tasks by id, and by the name of their media."""

    def __init__(self, most: int = MOST_TASKS) -> None:
        """Make an empty shelf for at most `most` tasks."""
        self._most = most
        self._by_id: dict[str, Task] = {}
        self._by_media: dict[str, Task] = {}

    def add(self, task: Task) -> list[Task]:
        """Keep a task; return those that had to go for it."""
        self._by_id[task.id] = task
        self._by_media[task.media_name] = task
        dropped: list[Task] = []
        while len(self._by_id) > self._most:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_media[oldest.media_name]
            dropped.append(oldest)
        return dropped

    def find(self, task_id: str, provider: str | None = None) -> Task | None:
        """Return a task by id, of one provider where it is named."""
        task = self._by_id.get(task_id)
        return task if task is not None and provider in {None, task.provider} else None

    def find_link(self, path: str) -> tuple[Task, ResultLink] | None:
        """Return the task and link of a media path."""
        match = _MEDIA_NAME.search(path)
        task = self._by_media.get(match[1]) if match else None
        if task is None:
            return None
        return next(((task, link) for link in task.links if link.path == path), None)

    def newest_first(self, provider: str | None = None) -> list[Task]:
        """Return all tasks, of one provider where it is named, the newest first."""
        return [task for task in reversed(self._by_id.values()) if provider in {None, task.provider}]
