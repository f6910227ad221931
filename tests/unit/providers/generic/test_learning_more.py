"""What several bodies of one gateway come to together, and where they contradict each other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.errors import NotUnderstood
from providers.generic.learning_more import BODIES_MOST, learn_all
from providers.generic.making import provider_of

DONE: dict[str, Any] = {
    "job": {"ref": "mill/7", "stage": "baked"},
    "images": [{"href": "https://files.pixelmill.example/7/a.png"}],
}
BURNT: dict[str, Any] = {
    "job": {"ref": "mill/8", "stage": "burnt", "trouble": {"code": "heat", "message": "too hot"}}
}


def bodies(*told: dict[str, Any]) -> list[bytes]:
    return [json.dumps(each).encode() for each in told]


def test_a_completed_and_a_failed_body_give_one_mapping_in_any_order() -> None:
    for told in (bodies(DONE, BURNT), bodies(BURNT, DONE)):
        learnt = learn_all(told)
        gateway = learnt.gateway
        assert ("/job/trouble", ["baked"], ["burnt"]) == (
            gateway.error, gateway.words.completed, gateway.words.failed,
        )  # fmt: skip
        assert not [doubt for doubt in learnt.uncertain if doubt.startswith(("error:", "words:"))]
        read = [provider_of(gateway).read(body) for body in told]
        assert {("mill/7", "completed"), ("mill/8", "failed")} == {
            (each.task_id, each.status) for each in read
        }
        [error] = [each.error for each in read if each.error]
        assert ("heat", "too hot") == (error.code, error.message)


def test_what_two_completed_bodies_tell_elsewhere_is_taken_and_told() -> None:
    other = {"job": {"task_id": "mill-9", "stage": "baked"}, "output": "https://cdn.pixelmill.example/9.png"}
    learnt = learn_all(bodies(DONE, other))
    gateway = learnt.gateway
    assert (["/job/ref", "/job/task_id"], ["/images/*/href", "/output"]) == (gateway.id, gateway.links)
    assert ["files.pixelmill.example", "cdn.pixelmill.example"] == gateway.media_hosts
    assert "completed" == provider_of(gateway).read(bodies(other)[0]).status
    assert [doubt for doubt in learnt.uncertain if doubt.startswith("id: body 2 tells it at /job/task_id")]


def test_where_they_contradict_each_other_it_is_said() -> None:
    same_word = {"job": {"ref": "mill/8", "stage": "baked", "trouble": "too hot"}}
    said = "\n".join(learn_all(bodies(DONE, same_word)).uncertain)
    assert "words: 'baked' is the status of body 2 too" in said
    unknown = {"job": {"ref": "mill/8", "stage": "kneading"}}
    said = "\n".join(learn_all(bodies(DONE, unknown)).uncertain)
    assert "'kneading' of body 2 is not known" in said


def test_usual_words_need_no_table() -> None:
    usual = learn_all(
        bodies({**DONE, "job": {"ref": "1a", "stage": "done"}}, {"job": {"ref": "2", "stage": "error"}})
    )
    assert ([], []) == (usual.gateway.words.completed, usual.gateway.words.failed)


def test_what_can_teach_nothing_is_refused() -> None:
    for told in (
        bodies(BURNT),
        bodies(BURNT, BURNT),
        [b"x", *bodies(DONE)],
        bodies(DONE) * (BODIES_MOST + 1),
    ):
        with pytest.raises(NotUnderstood):
            learn_all(told)
    with pytest.raises(NotUnderstood, match="body 2 holds nothing that may be a task's id"):
        learn_all(bodies(DONE, {"stage": "burnt"}))
