"""The worker as it runs everywhere, `python -m workers` with the settings' own defaults.

It is fed through the inbox: deliveries are written as batches of ten and rung for, as a receiver does it when
callbacks come quickly. So what is measured begins with settling and ends when inbox and due are empty again.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ulid import ULID

from archive import layout, tickets
from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.records.delivery import Delivery
from archive.store import inbox
from archive.store.bucket import Bucket
from bench.hands import stored
from bench.hands.cases import Case
from bench.hands.figures import CannotMeasure, Figures
from bench.hands.ground import Places
from bench.hands.links import Link
from bench.hands.tree import Watch, cpu_s
from infra.local.parts import worker
from infra.local.parts.process import Process

BATCH_LINES: Final = 10
# Images before anything is counted: each decoder has had some, and connections stand.
_WARM_UP: Final = 12
_START_S: Final = 60.0
_STOP_S: Final = 10.0
_WORK_S: Final = 60.0
_LOOK_S: Final = 0.05
_FROM_THE_SHELL: Final = ("PATH", "HOME", "LANG", "TMPDIR")


def measure(ground: Places, case: Case) -> Figures:
    """Do a case with a worker of its own. Raises CannotMeasure."""
    prefix = f"ours/{case.name}/"
    bucket = Bucket(ground.client(), ground.s3.bucket, prefix)
    doorbell = Doorbell(ground.redis_url, Deployment(ground.s3.bucket, prefix), now=bucket.now)
    with contextlib.closing(doorbell), working(ground, prefix) as process:
        work(bucket, doorbell, ground.links.tasks(case, _WARM_UP))
        ground.asked()
        tasks = ground.links.tasks(case, case.images)
        with Watch(process.pid) as watch:
            cpu_before_s, began = cpu_s(process.pid), time.monotonic()
            task_ids = work(bucket, doorbell, tasks)
            took_s, cpu_after_s = time.monotonic() - began, cpu_s(process.pid)
    wanted = {task_id: [link.sha256 for link in task] for task_id, task in zip(task_ids, tasks, strict=True)}
    return Figures(
        cpu_ms=(cpu_after_s - cpu_before_s) * 1000 / case.images,
        images_per_s=case.images / took_s,
        peak_mb=watch.peak_mb,
        in_flight=ground.asked().at_once,
        kept=stored.check_ours(bucket, wanted),
    )


def environment_of(ground: Places, prefix: str) -> Mapping[str, str]:
    """The variables of the worker: what the local stack gives it, and nothing of the shell's tuning."""
    shell = {name: os.environ[name] for name in _FROM_THE_SHELL if name in os.environ}
    return {
        **shell,
        "S3_ENDPOINT": ground.s3.endpoint,
        "S3_BUCKET": ground.s3.bucket,
        "S3_PREFIX": prefix,
        "AWS_ACCESS_KEY_ID": ground.s3.access_key,
        "AWS_SECRET_ACCESS_KEY": ground.s3.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "REDIS_URL": ground.redis_url,
        "TICKET_KEYS": tickets.new_key("bench"),
        "ALLOW_SOURCES": ground.origin,
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def working(ground: Places, prefix: str, more: Mapping[str, str] | None = None) -> Iterator[Process]:
    """A worker that answers the bell, ended afterwards; `more` variables may stand in its environment."""
    environment = {**environment_of(ground, prefix), **(more or {})}
    part = worker.part(ground.folder, environment, ground.redis_url)
    assert part.process is not None
    part.start()
    try:
        part.process.ready(_START_S, part.answers)
        yield part.process
    finally:
        part.process.stop(_STOP_S)


def work(bucket: Bucket, doorbell: Doorbell, tasks: Sequence[Sequence[Link]]) -> list[str]:
    """Tell of tasks, and wait until they are done; their ids."""
    deliveries = {_task_id(bucket): task for task in tasks}
    told = [_delivery(bucket, task_id, task) for task_id, task in deliveries.items()]
    for at in range(0, len(told), BATCH_LINES):
        inbox.enter(bucket, doorbell, told[at : at + BATCH_LINES])
    end = time.monotonic() + _WORK_S
    # In this order: a batch is removed from the inbox after its work stands in due.
    while any(bucket.list(layout.INBOX, most=1)) or any(bucket.list(layout.DUE, most=1)):
        if time.monotonic() > end:
            raise CannotMeasure(f"the worker did not come to an end within {_WORK_S:g} s")
        time.sleep(_LOOK_S)
    return list(deliveries)


def _task_id(bucket: Bucket) -> str:
    return f"task-unified-{int(bucket.now().timestamp())}-{str(ULID())[-10:].lower()}"


def _delivery(bucket: Bucket, task_id: str, task: Sequence[Link]) -> Delivery:
    """The callback of a completed task, as EvoLink sends it."""
    now = bucket.now()
    body = {
        "created": int(now.timestamp()),
        "id": task_id,
        "model": "gpt-image-2",
        "status": "completed",
        "progress": 100,
        "type": "image",
        "results": [link.url for link in task],
        "usage": {"billing_rule": "per_call", "credits_reserved": 1.8, "user_group": "default"},
    }
    return Delivery(
        id=str(ULID.from_datetime(now)),
        received_at=now,
        provider="evolink",
        body=json.dumps(body).encode(),
        content_type="application/json",
    )
