"""What others put into a queue: true Celery messages of any content, and items that are none."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import zlib
from collections.abc import Iterator
from typing import Any

import redis
from celery import Celery

from archive.bell import ARCHIVE, SETTLE
from tests.integration.queue.lone_worker import LoneWorker


@contextlib.contextmanager
def stranger(worker: LoneWorker) -> Iterator[redis.Redis]:
    """Somebody who reaches the worker's Redis."""
    with redis.Redis.from_url(worker.redis_url) as client:
        yield client


def send(worker: LoneWorker, task: str, *arguments: Any, named: Any = None, **options: Any) -> None:
    """Send any task to the worker's inbox queue, as any program with Celery can."""
    app = Celery("stranger", broker=worker.redis_url, set_as_current=False)
    queue = worker.deployment.queues.inbox
    try:
        app.send_task(
            task, args=list(arguments), kwargs=named, queue=queue, exchange="", routing_key=queue, **options
        )
    finally:
        app.close()


def envelope(body: bytes = b"[[], {}, {}]", **changed: Any) -> dict[str, Any]:
    """A message as kombu writes it, with changes."""
    return {
        "body": base64.b64encode(body).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": SETTLE, "id": "1"},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "1",
            "delivery_info": {"exchange": "", "routing_key": "q"},
        },
        **changed,
    }


def foreign_items() -> dict[str, bytes]:
    """Items that are no bell, by what is wrong with them."""
    bell = json.dumps([["inbox/a.ndjson", None, None, None], {}, {}]).encode()
    properties = envelope()["properties"]
    messages = {
        "wrong shape": [1, 2, 3],
        "no properties": {"body": "", "headers": {}},
        "properties of another type": envelope(properties="text"),
        "no delivery tag and no task": envelope(headers={}),
        "headers of another type": envelope(headers=[]),
        "pickled": {
            **envelope(pickle.dumps([["inbox/a"], {}, {}])),
            "content-type": "application/x-python-serialize",
        },
        "yaml": {**envelope(bell), "content-type": "application/x-yaml"},
        "compressed": envelope(
            zlib.compress(bell), headers={"task": SETTLE, "id": "1", "compression": "application/x-gzip"}
        ),
        "a body that is no base64": envelope(bell) | {"body": "%%%"},
        "a body that is no JSON": envelope(b"\xff\x00"),
        "a body of another shape": envelope(b'{"task": "x"}'),
        "another body encoding": envelope(bell, properties={**properties, "body_encoding": "rot13"}),
        "another encoding": envelope(bell) | {"content-encoding": "utf-7"},
        "Celery's first protocol": envelope(
            json.dumps({"task": SETTLE, "args": ["inbox/a"]}).encode(), headers={}
        ),
        "a built-in task": envelope(bell, headers={"task": "celery.chord_unlock", "id": "1"}),
        "an unknown task": envelope(bell, headers={"task": "other.task", "id": "1"}),
        "no arguments": envelope(),
        "arguments of other types": envelope(json.dumps([[1, 2, 3, 4], {}, {}]).encode()),
        "named arguments": envelope(json.dumps([[], {"inbox_key": "inbox/a"}, {}]).encode()),
        "an end that is no number": envelope(json.dumps([["inbox/a", None, "soon", None], {}, {}]).encode()),
        "half a character": envelope(b'[["inbox/\\ud800", null, null, null], {}, {}]'),
        "of old": envelope(json.dumps([["inbox/a", None, 1.5], {}, {}]).encode()),
        "for archive": envelope(bell, headers={"task": ARCHIVE, "id": "1"}),
    }
    items = {name: json.dumps(message).encode() for name, message in messages.items()}
    return items | {
        "no JSON": b"hello",
        "nothing": b"",
        "no text": b"\xff\xfe\x00",
        "a number": b"42",
        "deep": b"[" * 100_000,
        "deep within": json.dumps(envelope(b"[" * 100_000)).encode(),
        "large": b'{"body": "' + b"A" * 3_000_000 + b'"}',
    }
