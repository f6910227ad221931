"""The door for the customer's own programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from archive import layout
from archive.errors import BucketUnavailable
from archive.library.task_status import status_of
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.told_order import ToldOrder, is_order
from receiver.acceptance import Acceptance
from receiver.app import create_app
from receiver.bodies import Bodies
from receiver.intake import Inbox
from receiver.orders_door import OrderRefused, OrdersDoor, read_order
from receiver.settings import ReceiverSettings
from runtime.metrics.meters import Meters
from runtime.settings.kinds import Secret
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import DAY, NOW, TASK, kept, lost, manifest

TOKEN = "a-token-of-the-tests"
GOOD = b'{"provider":"evolink","task_id":"%b","request":{"n":1,"callbackUrl":"https://h/t"}}' % TASK.encode()


class AwayBucket(MemoryBucket):
    """A bucket that takes and gives nothing."""

    def get(self, key: str) -> Any:
        raise BucketUnavailable(key)

    def put_new(self, key: str, *_: Any, **__: Any) -> None:
        raise BucketUnavailable(key)


class Door:
    """The endpoints over a bucket in memory, asked as a server would."""

    def __init__(self, bucket: MemoryBucket) -> None:
        self.bucket = bucket
        self.inbox = Inbox(bucket, SilentDoorbell(), None)
        orders = OrdersDoor(
            Acceptance(self.inbox, 2), bucket, Secret(TOKEN), Bodies(max_bytes=1_048_576, within_s=2)
        )
        self.app = Starlette(
            routes=[
                Route("/orders", orders.post, methods=["POST"]),
                Route("/tasks/{provider}/{task_id}", orders.task, methods=["GET"]),
            ]
        )

    def ask(
        self, method: str, path: str, body: bytes = b"", *, token: str = TOKEN, scheme: str = "https"
    ) -> tuple[int, Any]:
        return asked(self.app, method, path, body, token=token, scheme=scheme)


def asked(
    app: Any, method: str, path: str, body: bytes, *, token: str, scheme: str = "https"
) -> tuple[int, Any]:
    """Status and JSON of one request to an ASGI application."""
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "scheme": scheme, "server": ("h", 443), "headers": [(b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(content) if content.startswith(b"{") else content


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door(MemoryBucket())
    yield door
    door.inbox.close(2)


def test_an_order_is_durable_before_it_is_answered_and_holds_no_ticket(door: Door) -> None:
    status, told = door.ask("POST", "/orders", GOOD)

    [key] = [entry.key for entry in door.bucket.list("inbox/")]
    delivery = Delivery.from_json(door.bucket.get(key).body)
    assert (202, delivery.id, "order", True) == (status, told["accepted"], delivery.via, is_order(delivery))
    assert b'{"n":1}' == ToldOrder.from_json(delivery.body).request_body


def test_an_order_may_tell_the_address_that_the_provider_gave_its_task(door: Door) -> None:
    told = b'{"task_url":"https://api.eu1.example/poll?id=7",' + GOOD[1:]
    assert 202 == door.ask("POST", "/orders", told)[0]

    [key] = [entry.key for entry in door.bucket.list("inbox/")]
    delivery = Delivery.from_json(door.bucket.get(key).body)
    assert "https://api.eu1.example/poll?id=7" == ToldOrder.from_json(delivery.body).task_url


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"provider":"evolink"}', "request"),
        (GOOD.replace(b"evolink", b"EvoLink"), "provider"),
        (GOOD.replace(TASK.encode(), b"../x"), "task_id"),
        (GOOD.replace(TASK.encode(), TASK.encode() + b"\\n"), "task_id"),
        (GOOD.replace(b"request", b"order"), "order: no such field"),
        (GOOD.replace(b"{", b'{"label":"a b",', 1), "label"),
        (GOOD.replace(b"{", b'{"label":null,', 1), "label"),
        (GOOD.replace(b"{", b'{"task_url":"evil",', 1), "task_url"),
        (GOOD.replace(b"{", b'{"task_url":null,', 1), "task_url"),
        (GOOD.replace(b"{", b'{"task_url":"https://%b",' % (b"a" * 1017), 1), "task_url"),
        (GOOD.replace(b'"request":{', b'"request":[{').replace(b"}}", b"}]}"), "request"),
    ],
)
def test_what_is_no_order_is_told_what_is_wrong(door: Door, body: bytes, problem: str) -> None:
    status, told = door.ask("POST", "/orders", body)

    assert (400, True) == (status, problem in told["error"])
    assert [] == list(door.bucket.list(""))


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(OrderRefused) as refused:
        read_order(b'{"provider":7,"task_id":"x","lable":"a"}')

    assert all(name in str(refused.value) for name in ("provider", "task_id", "request", "lable"))


def test_an_order_over_a_mebibyte_is_refused(door: Door) -> None:
    body = GOOD.replace(b'"n":1', b'"prompt":"%b"' % (b"a" * 1_048_576))

    assert 413 == door.ask("POST", "/orders", body)[0]


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "\u00e9"])
def test_nobody_is_heard_without_the_token(door: Door, token: str) -> None:
    assert 401 == door.ask("POST", "/orders", GOOD, token=token)[0]
    assert 401 == door.ask("GET", f"/tasks/evolink/{TASK}", token=token)[0]
    assert [] == list(door.bucket.list(""))


def test_the_token_is_taken_over_https_alone(door: Door) -> None:
    assert 403 == door.ask("POST", "/orders", GOOD, scheme="http")[0]
    assert 403 == door.ask("GET", f"/tasks/evolink/{TASK}", scheme="http")[0]


def test_while_s3_is_away_both_say_try_again() -> None:
    door = Door(AwayBucket())

    assert 503 == door.ask("POST", "/orders", GOOD)[0]
    assert 503 == door.ask("GET", f"/tasks/evolink/{TASK}")[0]
    door.inbox.close(2)


def test_without_a_token_set_there_is_no_such_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    least = {
        "S3_BUCKET": "images",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "TICKET_KEYS": "k1:" + "a" * 43,
    }
    app = create_app(ReceiverSettings.read(least), Meters("receiver"))

    assert 404 == asked(app, "POST", "/orders", GOOD, token="")[0]
    assert 404 == asked(app, "GET", f"/tasks/evolink/{TASK}", b"", token="")[0]
    with_token = create_app(ReceiverSettings.read({**least, "API_TOKEN": TOKEN}), Meters("receiver"))
    assert 401 == asked(with_token, "POST", "/orders", GOOD, token="")[0]


def test_what_is_known_of_a_task_is_told_in_a_word(door: Door) -> None:
    def status() -> str:
        return str(status_of(door.bucket, "evolink", TASK)["status"])

    assert (404, "unknown") == (door.ask("GET", f"/tasks/evolink/{TASK}")[0], status())
    manifest_key = layout.manifest_key(DAY, "evolink", TASK)
    letter = DeadLetter(reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=TASK, lost=(lost(0),))
    door.bucket.put(layout.dead_key(DAY, "evolink", TASK), letter.to_json())
    assert "dead" == status()
    door.bucket.put(manifest_key, manifest(kept(0), lost(1)).to_json())
    told = status_of(door.bucket, "evolink", TASK)
    assert ("partial", "source_gone", ["a" * 64, None]) == (
        told["status"],
        told["reason"],
        [asset.get("sha256") for asset in told["assets"]],
    )
    door.bucket.put(manifest_key, manifest(kept(0)).to_json())
    assert "archived" == status()
    door.bucket.put(manifest_key, manifest(status="cancelled").to_json())
    assert "cancelled" == status()
    assert 200 == door.ask("GET", f"/tasks/evolink/{TASK}")[0]


@pytest.mark.parametrize(
    "path", ["/tasks/Evo/task-1", f"/tasks/evolink/{'x' * 160}", "/tasks/evolink/a b c d"]
)
def test_what_is_no_name_of_a_task_is_unknown(door: Door, path: str) -> None:
    assert (404, {"status": "unknown"}) == door.ask("GET", path)
