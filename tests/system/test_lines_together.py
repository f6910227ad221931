"""The catalogue at a running stack: tasks that end together share its objects, and no entry goes before its line."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from tests.system.stack import Stack, until

TASKS = 30
# Of the catalogue's PUTs, for each task.
PUTS_MOST = 0.2


def test_thirty_tasks_that_end_within_seconds_share_a_few_objects_of_the_catalogue(stack: Stack) -> None:
    url, before = stack.callback_url(), set(stack.keys("catalog/"))
    with ThreadPoolExecutor(8) as pool:
        asked = [{"model": "gpt-image-2", "size": "512x512"}] * TASKS
        tasks = set(pool.map(lambda request: stack.order(request, callback_url=url), asked))

    def listed() -> set[str]:
        bodies = [body for key, body in stack.standing("catalog/").items() if key not in before]
        return {str(json.loads(line).get("task_id")) for body in bodies for line in body.splitlines()}

    def ended() -> bool:
        """All are listed and nothing is due; whatever is kept and not yet listed has its entry still."""
        # In this order: an entry that is gone when it is looked for was listed before.
        kept = {key.split("/")[-2] for key in stack.keys("tasks/") if key.endswith("/manifest.json")}
        due = {key.split("~")[2] for key in stack.keys("due/")}
        told = listed()
        assert not (kept & tasks) - told - due, "an entry went before its line"
        return tasks <= told and not tasks & due

    until("all are listed", ended, 60, 0.5)
    assert len(set(stack.keys("catalog/")) - before) <= TASKS * PUTS_MOST
