"""With CONFIRM_TASKS no link is trusted before the provider has named it itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.stack import Stack, running, until
from tests.system.test_road import archived


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that asks before it trusts."""
    quick = {
        "CONFIRM_TASKS": "true", "INBOX_GRACE_S": "3", "SWEEP_IDLE_S": "1", "SWEEP_BUSY_S": "1", "RETRY_FIRST_S": "1",
        # The provider's word against a task is believed after a tenth of this, eleven seconds.
        "LINK_LIFE_H": "0.03", "RETRY_MOST_S": "4",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("confirm"), environment=quick) as stack:
        yield stack


def completed(task: str, *links: str) -> dict[str, Any]:
    return {"id": task, "status": "completed", "model": "gpt-image-2", "results": list(links)}


def test_a_forged_callback_is_a_dead_letter_and_its_link_is_never_asked(stack: Stack) -> None:
    bait = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"callback": "lost"}})
    link = until("the bait", lambda: stack.simulated(bait)["links"])[0]["url"]
    task = "task-unified-1795000003-forged01"
    assert 202 == stack.post(completed(task, link))
    letter = until("the letter", lambda: stack.letter(task), 60)

    assert ("unconfirmed", True) == (letter["reason"], "does not know the task" in letter["detail"])
    assert 0 == stack.simulated(bait)["links"][0]["requests"]


def test_forged_links_of_a_true_task_give_way_to_the_true_ones(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "n": 2, "simulate": {"callback": "lost"}})
    until("the simulated task", lambda: stack.simulated(task)["links"])
    assert 202 == stack.post(completed(task, "https://evil.example/1.png"))

    assert 2 == len(archived(stack, task)["assets"])


def test_a_forged_failure_of_a_true_task_whose_callback_is_lost_costs_no_image(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"callback": "lost"}})
    until("the simulated task", lambda: stack.simulated(task)["links"])
    assert 202 == stack.post({"id": task, "status": "failed", "error": {"code": "x", "message": "forged"}})
    assert ["completed"] == [told["status"] for told in archived(stack, task)["notifications"]]
