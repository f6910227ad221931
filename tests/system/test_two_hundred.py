"""Two hundred tasks at the same time: two hundred manifests, byte for byte."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

from tests.system.stack import Stack, until
from tests.system.test_road import archived

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
