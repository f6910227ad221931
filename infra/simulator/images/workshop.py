"""Where tasks are worked on: a wait, then the ending and its callback."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from infra.simulator.callbacks import deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from infra.simulator.callbacks import Post
    from infra.simulator.task import Task

    TaskBody = Callable[[Task, float], dict[str, object]]
    Sign = Callable[[Task, bytes, float], Mapping[str, str]]


class Workshop:
    """One asyncio task for each task that is worked on or called back; all state changes on the loop."""

    def __init__(
        self, post: Post, bodies: Mapping[str, TaskBody], signs: Mapping[str, Sign] | None = None
    ) -> None:
        """Make it with the way to send and, by provider, the words of a task's body and its signature."""
        self._post, self._signs = post, signs or {}
        self._bodies = bodies
        self._running: dict[asyncio.Task[None], str] = {}

    def start(self, task: Task) -> None:
        """Begin to work on a task."""
        self._run(task, self._work(task))

    def call_back(self, task: Task) -> None:
        """Send a finished task's callback once more, whatever its switches say."""
        self._run(task, self._deliver(task))

    def drop(self, task: Task) -> None:
        """Stop all that is done for a task that is forgotten."""
        for running, task_id in list(self._running.items()):
            if task_id == task.id:
                running.cancel()

    async def close(self) -> None:
        """Stop everything."""
        for running in list(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _run(self, task: Task, work: Coroutine[None, None, None]) -> None:
        """Run something for a task, remembered until it ends (asyncio itself keeps no reference)."""
        running = asyncio.get_running_loop().create_task(work)
        self._running[running] = task.id
        running.add_done_callback(lambda done: self._running.pop(done, None))

    async def _work(self, task: Task) -> None:
        """Wait, finish, and call back as the switches say."""
        await asyncio.sleep(task.work_s)
        task.finish(time.time())
        switches = task.order.switches
        if switches.callback == "lost":
            return
        if switches.callback == "late":
            await asyncio.sleep(switches.late_s)
        await self._deliver(task)
        if switches.callback == "duplicate":
            await self._deliver(task)

    async def _deliver(self, task: Task) -> None:
        """Send the callback, whose body is what the task's query answers."""
        if task.order.callback_url is None:
            return
        task.deliveries += 1
        body = json.dumps(self._bodies[task.provider](task, time.time()), separators=(",", ":")).encode()
        url = task.order.callback_url
        sign = self._signs.get(task.provider) if task.order.switches.signature != "missing" else None
        await deliver(
            self._post,
            url,
            body,
            task.attempts.append,
            delivery=task.deliveries,
            headers=(lambda: sign(task, body, time.time())) if sign is not None else dict,
        )
