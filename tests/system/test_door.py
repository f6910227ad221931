"""The door: what it answers to whom, and how much it can be told of one task."""

from __future__ import annotations

import json
import ssl
import time
import uuid
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.system.stack import Stack, until

ONE_MIB = 1_048_576
# How often a stranger tells of one task, with as many words as the door takes.
TIMES = 60
# Of words: a run of so many letters would be taken for an image within the text, or for a secret.
LONG = "what a task says of its end, " * 35_500
MANIFEST_BYTES = 100_000
# Thirty of these bodies in every thread at the same time are less; without bounds it was seven gigabytes.
GROWN_MB = 400


def task_id() -> str:
    """An id that no other test uses."""
    return f"task-unified-1795000000-{uuid.uuid4().hex[:8]}"


def failed(task: str) -> dict[str, object]:
    """A body that needs no download."""
    return {"id": task, "status": "failed", "error": {"code": "service_error", "message": "no"}}


def test_a_callback_is_answered_202_with_the_id_of_its_delivery(stack: Stack) -> None:
    answer = stack.http.request("POST", stack.callback_url(), json=failed(task_id()))

    assert 202 == answer.status
    assert answer.json()["accepted"]


def test_every_wrong_ticket_gets_the_same_answer(stack: Stack) -> None:
    right = stack.callback_url()
    root = stack.line["callbacks"]
    ticket = right.rsplit("/", 1)[1]
    key_id, claims, mac = ticket.split(".")
    wrong = [
        f"{root}/callbacks/evolink/nothing",
        f"{root}/callbacks/apiinone/{ticket}",
        f"{root}/callbacks/evolink/{key_id}.{claims}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'B'}",
        f"{root}/callbacks/evolink/{key_id}.e30x.{mac}",
        f"{root}/callbacks/evolink/other.{claims}.{mac}",
        f"{root}/callbacks/EVO%20LINK/{ticket}",
        f"{root}/callbacks/evolink/%ff%00",
        f"{root}/elsewhere",
    ]
    answers = [stack.http.request("POST", url, body=b"{}") for url in wrong]

    assert {(404, b"not found\n")} == {(answer.status, answer.data) for answer in answers}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_another_method_is_405(stack: Stack, method: str) -> None:
    assert 405 == stack.http.request(method, stack.callback_url()).status


def test_a_slash_too_many_is_no_redirect(stack: Stack) -> None:
    assert 404 == stack.http.request("POST", stack.callback_url() + "/", body=b"{}", redirect=False).status


def test_a_body_of_exactly_one_mib_is_taken_and_a_byte_more_is_413(stack: Stack) -> None:
    ending = json.dumps(failed(task_id())).encode()
    exact = b" " * (ONE_MIB - len(ending)) + ending

    assert 202 == stack.post(exact)
    assert 413 == stack.post(b" " + exact)


def test_a_chunked_body_over_one_mib_is_413_and_nothing_is_stored(stack: Stack) -> None:
    marker = uuid.uuid4().hex.encode()

    def pieces() -> Iterator[bytes]:
        for _ in range(32):
            yield marker * 2048  # 64 KiB

    url = urlsplit(stack.callback_url())
    connection = HTTPSConnection(
        url.hostname or "", url.port, timeout=10, context=ssl.create_default_context(cafile=stack.line["ca"])
    )
    try:
        connection.request(
            "POST", url.path, body=pieces(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = connection.getresponse().status
    finally:
        connection.close()

    assert 413 == status
    assert not any(marker in content for content in stack.standing("inbox/").values())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json \xff", "not_json"),
        (b"", "not_json"),
        (b"[1, 2]", "not_an_object"),
        (b'{"id": "task-unified-1795000000-abcdefgh", "status": "melted"}', "unknown_status"),
        (b'{"status": "completed", "results": ["https://files.evolink.ai/a.png"]}', "no_task_id"),
        (b'{"id": "../../../etc/passwd", "status": "failed"}', "bad_task_id"),
        (b'{"id": "task-unified-1795000000-abcdefgh", "status": "completed", "results": []}', "no_sources"),
        (
            b'{"id": "task-unified-1795000000-abcdefgh", "status": "completed", "results": ["https://files.evolink.ai/a.mp4"]}',
            "not_an_image_task",
        ),
        (b"[" * 100_000, "not_json"),
    ],
)
def test_a_body_that_nobody_can_read_is_accepted_and_kept_whole(
    stack: Stack, body: bytes, reason: str
) -> None:
    marked = body + b" " * (1 + uuid.uuid4().int % 5000)

    assert 202 == stack.post(marked)
    letter = until(f"a dead letter {reason}", lambda: stack.delivery_letter(reason, marked))
    assert "evolink" == letter["provider"]


def test_a_failed_task_has_its_manifest_at_once(stack: Stack) -> None:
    task = task_id()
    stack.post(failed(task))

    manifest = until("the manifest", lambda: stack.manifest(task))
    assert ("failed", "service_error", []) == (
        manifest["status"],
        manifest["error"]["code"],
        manifest["assets"],
    )


def test_the_door_says_that_it_lives_and_is_ready(stack: Stack) -> None:
    root = stack.line["callbacks"]

    assert 200 == stack.http.request("GET", f"{root}/livez").status
    ready = stack.http.request("GET", f"{root}/readyz")
    assert (200, {"ready": True, "s3": True, "spool": True}) == (ready.status, ready.json())


def test_no_ticket_and_no_link_query_stands_in_a_log(stack: Stack) -> None:
    task = stack.order({"model": "gpt-image-2", "size": "1:1"})
    until("the manifest", lambda: stack.manifest(task))
    ticket = stack.callback_url().rsplit("/", 1)[1]
    logs = b"".join(
        path.read_bytes() for path in (stack.data / "log").glob("*.log") if path.stem != "simulator"
    )

    assert ticket.encode() not in logs
    assert b"sig=" not in logs


def resident_mb(pid: int, name: str = "VmRSS") -> int:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) // 1024


def test_sixty_callbacks_of_a_megabyte_make_a_small_manifest_and_leave_the_worker_as_it_was(
    stack: Stack,
) -> None:
    worker, task = stack.line["pids"]["worker"], f"task-unified-{int(time.time())}-growth"
    before = resident_mb(worker)
    for number in range(TIMES):
        error = {"code": "c" * 10_000, "message": f"{number} {LONG}"}
        assert 202 == stack.post({"id": task, "status": "failed", "model": "m", "error": error})

    def all_told() -> Any:
        manifest = stack.manifest(task)
        told = (
            len(manifest["notifications"]) + (manifest["counted"] or {"count": 0})["count"] if manifest else 0
        )
        return manifest if told == TIMES else None

    manifest = until("each is named or counted", all_told, 120)
    assert len(json.dumps(manifest, indent=2)) < MANIFEST_BYTES
    assert manifest["error"]["message"].endswith("…")
    until("rest", lambda: not stack.keys("inbox/"), 60)
    assert resident_mb(worker, "VmHWM") - before < GROWN_MB
    shown = json.loads(stack.fixative("show", task, "--json").stdout)
    assert manifest["counted"] == shown["counted"]
    assert "more between the first and the last of these" in stack.fixative("show", task).stdout


def test_a_task_that_is_told_of_with_ever_other_links_is_kept_small(stack: Stack) -> None:
    task = f"task-unified-{int(time.time())}-manysets"
    # A source that is forbidden is given up immediately; one that does not answer, with its link's life.
    hosts = "https://forbidden.example/nothing/here"
    for number in range(30):
        links = [f"{hosts}/{number}/{place}/".ljust(8_000, "z") for place in range(4)]
        assert 202 == stack.post({"id": task, "status": "completed", "results": links})

    def settled() -> bool:
        return not stack.keys("inbox/") and not stack.due(task)

    until("every set is given up", settled, 120)
    letter = stack.letter(task)
    apart = [told for told in stack.letters() if told["task_id"] == task and told["delivery"]]
    assert 8 == 1 + len(letter["others"])
    assert {"too_many_sources"} == {told["reason"] for told in apart}
    assert 30 == len(letter["notifications"]) + len(apart)
    assert len(json.dumps(letter, indent=2)) < 2_000_000
