"""Questions that come at the same time are one question, and no task is asked for twice in 3 s."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive.errors import ApiTrouble
from archive.reasons import Reason
from tests.fakes.task_api import ScriptedApi
from workers.asking.ask_task import AskTask


@pytest.fixture
def api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def asker(api: ScriptedApi) -> Iterator[AskTask]:
    asker = AskTask(api, 50)
    yield asker
    asker.close(5)


def test_questions_that_come_while_others_are_under_way_are_one(api: ScriptedApi, asker: AskTask) -> None:
    api.answers = {f"task-{place}": str(place).encode() for place in range(30)}
    api.open.clear()
    with ThreadPoolExecutor(30) as pool:
        answers = [pool.submit(asker.task, f"task-{place}") for place in range(30)]
        while len(asker._asked) < 30:
            pass
        api.open.set()

    assert [str(place).encode() for place in range(30)] == [answer.result(5) for answer in answers]
    assert 3 >= len(api.together)
    assert [] == api.singles


def test_who_asks_again_within_three_seconds_gets_the_same_answer(api: ScriptedApi, asker: AskTask) -> None:
    api.answers["task-1"] = b"{}"

    assert b"{}" == asker.task("task-1") == asker.task("task-1")
    assert [["task-1"]] == api.together


def test_after_three_seconds_it_is_asked_again(api: ScriptedApi) -> None:
    api.answers["task-1"] = b"{}"
    asker = AskTask(api, 50, again_s=0.0)
    asker.task("task-1")
    asker.task("task-1")
    asker.close(5)

    assert 2 == len(api.together)


def test_a_task_that_is_absent_from_the_answer_is_unknown(asker: AskTask) -> None:
    assert asker.task("task-1") is None


def test_without_a_batch_each_is_asked_for_alone(api: ScriptedApi, asker: AskTask) -> None:
    api.batches, api.answers["task-1"] = False, b"{}"

    assert (b"{}", None) == (asker.task("task-1"), asker.task("task-2"))
    assert (["task-1", "task-2"], []) == (api.singles, api.together)


def test_trouble_is_told_to_all_who_asked_and_holds_for_three_seconds(
    api: ScriptedApi, asker: AskTask
) -> None:
    api.answers["task-1"] = ApiTrouble(Reason.API_TROUBLE, "503", retry_after_s=7.0)
    for _ in range(2):
        with pytest.raises(ApiTrouble) as trouble:
            asker.task("task-1")
        assert 7.0 == trouble.value.retry_after_s

    assert 1 == len(api.together)


def test_an_answer_that_does_not_come_is_trouble(api: ScriptedApi, asker: AskTask) -> None:
    api.open.clear()
    with pytest.raises(ApiTrouble, match="no answer within"):
        asker.task("task-1", within_s=0.01)
    api.open.set()
