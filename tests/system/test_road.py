"""The road: orders at the provider become verified images in the bucket."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from tests.system.stack import Stack, until


def archived(stack: Stack, task: str, within_s: float = 60.0) -> Any:
    """The manifest of a task, checked against the bucket and against what the origin served."""
    manifest = until(f"the manifest of {task}", lambda: stack.manifest(task), within_s)
    links = stack.simulated(task)["links"]
    served = {sha256: link for link in links for sha256 in (link["sha256"], *link["served_sha256"])}
    for asset in manifest["assets"]:
        if asset["asset"] != "kept":
            continue
        body = stack.read(asset["key"])
        assert hashlib.sha256(body).hexdigest() == asset["sha256"]
        assert len(body) == asset["bytes"]
        link = served[asset["sha256"]]
        with Image.open(io.BytesIO(body)) as image:
            assert (image.width, image.height, image.format) == (
                asset["width"],
                asset["height"],
                asset["format"],
            )
            assert asset["findings"] or (link["width"], link["height"]) == (asset["width"], asset["height"])
    return manifest


@pytest.mark.parametrize(
    ("request_", "options", "expected"),
    [
        (
            {"model": "gpt-image-1", "size": "1024x1536"},
            ("--model", "gpt-image-1", "--size", "1024x1536"),
            "1024x1536",
        ),
        (
            {"model": "gpt-image-1.5", "size": "3:2"},
            ("--model", "gpt-image-1.5", "--size", "3:2"),
            "1536x1024",
        ),
        (
            {"model": "gpt-image-2", "size": "16:9", "resolution": "2K", "output_format": "jpeg"},
            ("--model", "gpt-image-2", "--size", "16:9", "--resolution", "2K", "--format", "jpeg"),
            "2736x1536",
        ),
        (
            {"model": "gpt-image-2", "size": "1024x768", "output_format": "webp"},
            ("--model", "gpt-image-2", "--size", "1024x768", "--format", "webp"),
            "1024x768",
        ),
    ],
)
def test_what_was_ordered_is_kept_without_findings(
    stack: Stack, request_: dict[str, Any], options: tuple[str, ...], expected: str
) -> None:
    task = stack.order(request_, callback_url=stack.callback_url("evolink", *options))
    manifest = archived(stack, task)

    [asset] = manifest["assets"]
    assert (expected, [], []) == (
        f"{asset['width']}x{asset['height']}",
        asset["findings"],
        manifest["findings"],
    )


def test_ten_images_of_one_task_are_kept_in_order(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "n": 10, "output_format": "jpeg"})
    manifest = archived(stack, task)

    assert [f"{index:02d}.jpg" for index in range(10)] == [
        asset["key"].rsplit("/", 1)[1] for asset in manifest["assets"]
    ]
    assert [link["sha256"] for link in stack.simulated(task)["links"]] == [
        asset["sha256"] for asset in manifest["assets"]
    ]


def test_a_task_of_api_in_one_is_kept(stack: Stack) -> None:
    url = stack.callback_url("apiinone", "--model", "gpt-image-1.5", "--size", "3:2")
    task = stack.order({"model": "gpt-image-1-5", "aspect_ratio": "3:2"}, "apiinone", url)
    manifest = archived(stack, task)

    assert [(1536, 1024, [])] == [
        (asset["width"], asset["height"], asset["findings"]) for asset in manifest["assets"]
    ]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_ending_without_images_is_told(stack: Stack, status: str) -> None:
    task = stack.order({"model": "gpt-image-2", "simulate": {"status": status}})

    assert status == until("the manifest", lambda: stack.manifest(task))["status"]


@pytest.mark.parametrize(("fault", "kind"), [("wrong_size", "dimensions"), ("wrong_format", "format")])
def test_an_image_that_differs_from_its_order_is_kept_with_a_finding(
    stack: Stack, fault: str, kind: str
) -> None:
    url = stack.callback_url("evolink", "--model", "gpt-image-2", "--size", "1:1", "--format", "png")
    task = stack.order(
        {"model": "gpt-image-2", "size": "1:1", "simulate": {"image": fault}}, callback_url=url
    )
    manifest = until("the manifest", lambda: stack.manifest(task))

    assert kind in {finding["kind"] for finding in manifest["assets"][0]["findings"]}


def test_two_callbacks_of_one_task_are_one_task_with_both_in_its_history(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"callback": "duplicate"}})

    def both() -> Any:
        manifest = stack.manifest(task)
        return manifest if manifest and len(manifest["notifications"]) == 2 else None

    assert 1 == len(until("both in the history", both)["assets"])
    until("rest", lambda: not stack.due(task))


def test_what_nothing_can_make_right_is_given_up_immediately(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"image": "huge"}})
    letter = until(f"the letter of {task}", lambda: stack.letter(task), 60)

    assert ["too_large"] == [asset["reason"] for asset in letter["lost"]]


def test_a_link_that_is_dead_waits_and_is_not_given_up(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"link": 404}})

    def asked() -> int:
        return sum(link["requests"] for link in stack.simulated(task)["links"])

    # Four quick tries a run.
    until("three runs", lambda: asked() > 8, 90)
    assert stack.letter(task) is None
    stack.heal(task)
    assert "completed" == archived(stack, task, 90)["status"]


@pytest.mark.parametrize(
    "faults",
    [
        {"link": 500, "heal_after": 2},
        {"link": 429, "retry_after_s": 1, "heal_after": 1},
        {"link": "reset", "heal_after": 5},
        {"image": "redirect"},
        # A host that shows a file some seconds late, a page that challenges whoever asks, a transfer that is cut.
        {"link": 404, "heal_after": 5},
        {"link": 403, "heal_after": 2},
        {"link": 410, "heal_after": 2},
        {"link": "cut_off", "heal_after": 5},
        {"image": "html", "heal_after": 3},
        {"image": "damaged", "heal_after": 3},
    ],
)
def test_trouble_that_passes_is_outlasted(stack: Stack, faults: dict[str, Any]) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": faults})

    assert "completed" == archived(stack, task)["status"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/image.png",
        "http://files.evolink.ai/image.png",
        "https://127.0.0.1/image.png",
        "https://user:pw@files.evolink.ai/image.png",
        "https://files.evolink.ai:8443/image.png",
        "https://evolink.ai.evil.example/image.png",
        "file:///etc/passwd",
        "rubbish",
    ],
)
def test_a_link_that_must_not_be_followed_is_a_forbidden_source(stack: Stack, link: str) -> None:
    task = f"task-unified-1795000001-{abs(hash(link)) % 10**8:08d}"
    stack.post({"id": task, "status": "completed", "model": "gpt-image-2", "results": [link]})
    letter = until("the letter", lambda: stack.letter(task))

    assert ["forbidden_source"] == [asset["reason"] for asset in letter["lost"]]


def test_objects_carry_their_type_and_who_they_are(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "output_format": "webp"})
    [asset] = archived(stack, task)["assets"]
    head = stack.s3.head_object(Bucket=stack.bucket, Key=stack.prefix + asset["key"], ChecksumMode="ENABLED")

    assert "image/webp" == head["ContentType"]
    assert {"provider": "evolink", "task-id": task, "index": "0", "sha256": asset["sha256"]}.items() <= head[
        "Metadata"
    ].items()
    assert head["ChecksumSHA256"]
