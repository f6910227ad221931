"""The door: what it answers to whom."""

from __future__ import annotations

import json
import ssl
import uuid
from collections.abc import Iterator
from http.client import HTTPSConnection
from urllib.parse import urlsplit

import pytest

from tests.system.stack import Stack, until

ONE_MIB = 1_048_576


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
