"""Many tasks at the same time: two hundred manifests, byte for byte, and few objects of the catalogue."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

from tests.system.stack import Stack, until
from tests.system.test_road import archived

# That end within seconds, and the catalogue's PUTs for each of them.
TOGETHER = 30
PUTS_MOST = 0.2
MODEL = ("--model", "gpt-image-2")
REQUESTS: list[tuple[dict[str, Any], tuple[str, ...], set[str]]] = [
    ({"size": "512x512", "output_format": "png"}, ("--label", "small"), {"impossible_size"}),
    (
        {"size": "1024x1024", "output_format": "jpeg"},
        (*MODEL, "--size", "1024x1024", "--format", "jpeg"),
        set(),
    ),
    (
        {"size": "1024x768", "output_format": "webp"},
        (*MODEL, "--size", "1024x768", "--format", "webp"),
        set(),
    ),
    # JPEG: to draw a PNG of this size takes the simulator a tenth of a second of a core.
    (
        {"size": "1024x1024", "n": 2, "output_format": "jpeg"},
        (*MODEL, "--size", "1:1", "--n", "2", "--format", "jpeg"),
        set(),
    ),
    (
        {"size": "1:1", "output_format": "jpeg", "simulate": {"image": "wrong_size"}},
        (*MODEL, "--size", "1:1", "--format", "jpeg"),
        {"dimensions"},
    ),
]


def test_thirty_tasks_that_end_within_seconds_share_a_few_objects_of_the_catalogue(stack: Stack) -> None:
    url, before = stack.callback_url(), set(stack.keys("catalog/"))
    with ThreadPoolExecutor(8) as pool:
        asked = [{"model": "gpt-image-2", "size": "512x512"}] * TOGETHER
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
    assert len(set(stack.keys("catalog/")) - before) <= TOGETHER * PUTS_MOST


def test_two_hundred_tasks_are_two_hundred_manifests_with_the_right_words(stack: Stack) -> None:
    urls = [stack.callback_url("evolink", *options) for _, options, _ in REQUESTS]
    told = list(islice(cycle(zip(REQUESTS, urls, strict=True)), 200))
    with ThreadPoolExecutor(8) as pool:
        tasks = list(
            pool.map(
                lambda pair: stack.order({"model": "gpt-image-2", **pair[0][0]}, callback_url=pair[1]), told
            )
        )
    until(
        "all manifests",
        lambda: len([key for key in stack.keys("tasks/") if _of(key, tasks)]) == 200,
        180,
        1.0,
    )

    for task, ((_, _, expected), _) in zip(tasks, told, strict=True):
        manifest = archived(stack, task)
        kinds = {finding["kind"] for asset in manifest["assets"] for finding in asset["findings"]}
        assert expected <= kinds
        assert expected or not kinds


def _of(key: str, tasks: list[str]) -> bool:
    return key.endswith("/manifest.json") and key.split("/")[-2] in tasks
