"""Whoever reaches Redis can keep workers busy, and nothing else: nothing is removed, forged or ended."""

from __future__ import annotations

import contextlib
import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from archive import layout, tickets
from archive.bell import ARCHIVE, CARRY_MAX_BYTES, SETTLE, Bell, Seals
from archive.records.delivery import Delivery
from archive.store.bucket import Bucket
from infra.local.parts import s3 as local_s3
from tests.fakes.words import NOW
from tests.integration.queue.lone_worker import LoneWorker, Working, working
from tests.integration.queue.messages import foreign_items, send, stranger
from tests.integration.queue.redis_servers import Server, serving
from tests.pace import until

FOLDER = "tasks/2026/11/26/evolink/task-1"
THINGS = (
    f"{FOLDER}/00.png",
    f"{FOLDER}/manifest.json",
    "dead/2026/11/26/evolink/task-1.json",
    "orders/evolink/task-1.json",
    "catalog/2026/11/26/05/batch.ndjson",
)
# The longest lines that one foreign item may add.
LINES_A_KIND = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def worker(server: Server, worker_on: Working) -> Iterator[LoneWorker]:
    """One that has said nothing yet: what it says once a minute it has still to say."""
    with worker_on(server.url()) as running:
        yield running


@pytest.fixture(scope="module")
def patient(server: Server, shared_worker_on: Working) -> Iterator[LoneWorker]:
    with shared_worker_on(server.url()) as running:
        yield running


@pytest.fixture
def busy(patient: LoneWorker) -> LoneWorker:
    """One that many have tried to keep from its work."""
    patient.turn_the_page()
    return patient


def forged(task: str) -> tuple[str, bytes]:
    """An ending that nobody delivered, marked as asked for: its batch's key and bytes."""
    body = json.dumps({"id": task, "status": "failed", "error": {"code": "x", "message": "forged"}}).encode()
    told = Delivery(id=layout.batch_id(NOW), received_at=NOW, provider="evolink", body=body, via="ask")
    return layout.inbox_key(layout.batch_id(NOW)), told.to_json()


def test_a_key_outside_inbox_and_due_is_refused_and_nothing_is_removed_or_moved(busy: LoneWorker) -> None:
    for key in THINGS:
        busy.bucket.put(key, b"kept")
    around = ("{}", "inbox/../{}", "due/../{}", "inbox//../{}", "./{}", "/{}", "inbox/./../{}", "due\\..\\{}")
    for job in (SETTLE, ARCHIVE):
        for key in THINGS:
            for way in around:
                send(busy, job, way.format(key), "", None, None)
                send(busy, job, way.format(key), None, None, None)
    busy.settles("after-all-of-these")

    assert [key for key in THINGS if busy.stands(key)] == list(THINGS)
    assert [] == [key for key in busy.bucket.list("dead/") if "delivery-" in key.key]


def test_what_rides_with_a_bell_is_used_only_under_a_seal_that_holds(busy: LoneWorker) -> None:
    others = Seals(tickets.read_keys(tickets.new_key("k1")), busy.deployment.name)
    elsewhere = Seals(tickets.read_keys(busy.keys), "s3://another/")
    seal = busy.seals.sealed
    another = layout.inbox_key(layout.batch_id(NOW))
    changes: list[Callable[[Bell], Bell]] = [
        lambda bell: bell,
        others.sealed,
        elsewhere.sealed,
        lambda bell: seal(bell._replace(carried=b"{}"))._replace(carried=bell.carried),
        lambda bell: seal(bell._replace(key=another))._replace(key=bell.key),
        lambda bell: seal(bell._replace(ends_unix_ms=1))._replace(ends_unix_ms=None),
        lambda bell: seal(bell._replace(job=ARCHIVE))._replace(job=SETTLE),
        # One of ours, written down and sent again when it was over.
        lambda bell: seal(bell._replace(ends_unix_ms=1)),
    ]
    manifests = {}
    for number, change in enumerate(changes):
        task = f"task-unified-{int(NOW.timestamp())}-forged{number:02d}"
        key, batch = forged(task)
        bell = change(Bell(SETTLE, key, batch))
        send(busy, bell.job, *bell.arguments)
        manifests[task] = layout.manifest_key(NOW.date(), "evolink", task)
    sealed_task = f"task-unified-{int(NOW.timestamp())}-sealed00"
    key, batch = forged(sealed_task)
    send(busy, SETTLE, *busy.seals.sealed(Bell(SETTLE, key, batch)).arguments)
    assert until(lambda: busy.stands(layout.manifest_key(NOW.date(), "evolink", sealed_task)), 30)

    assert [] == [task for task, manifest in manifests.items() if busy.stands(manifest)]


def test_with_other_ticket_keys_bells_are_answered_from_the_bucket_and_the_log_says_so(
    worker: LoneWorker,
) -> None:
    others = Seals(tickets.read_keys(tickets.new_key("k2")), worker.deployment.name)
    key, manifest = worker.batch("other-keys")
    with contextlib.closing(worker.doorbell(others)) as doorbell:
        doorbell.ring_settle(key, worker.bucket.get(key).body)
    assert until(lambda: worker.stands(manifest), 30), worker.log

    worker.says("receiver and worker have different TICKET_KEYS")


def test_what_is_no_bell_is_told_and_dropped_and_the_worker_goes_on(worker: LoneWorker) -> None:
    items = foreign_items()
    with stranger(worker) as client:
        for queue in worker.deployment.queues:
            for item in items.values():
                client.lpush(queue, item)
        worker.settles("after-strange-items")
        assert until(lambda: not any(client.llen(queue) for queue in worker.deployment.queues), 20)

    told = [line for line in worker.log.splitlines() if "no bell of ours" in line]
    assert told
    assert len(told) < LINES_A_KIND * 10
    assert "Traceback" not in worker.log
    assert worker.process.alive()


def test_the_same_holds_over_a_unix_socket(tmp_path: Path, worker_on: Working) -> None:
    """A socket's path may have 107 characters at most."""
    with (
        tempfile.TemporaryDirectory() as short,
        serving(tmp_path / "redis", "--unixsocket", f"{short}/redis.sock") as server,
        worker_on(f"redis+socket://{short}/redis.sock") as worker,
    ):
        for item in foreign_items().values():
            server.admin.lpush(worker.deployment.queues.inbox, item)
        worker.settles("over-a-socket")

        assert "dropped what is no bell of ours" in worker.log
        assert "not listening" not in worker.log


def test_ten_thousand_strange_items_are_a_few_lines_of_log(worker: LoneWorker) -> None:
    with stranger(worker) as client:
        client.lpush(worker.deployment.queues.inbox, *[b"hello"] * 10_000)
    worker.settles("after-ten-thousand")

    assert len(worker.log.splitlines()) < 60


def test_a_key_of_another_type_under_a_queues_name_is_told_and_dropped(busy: LoneWorker) -> None:
    with stranger(busy) as client:
        for queue in busy.deployment.queues:
            client.delete(queue)
            client.set(queue, "another program's key")
        assert until(lambda: not any(client.exists(queue) for queue in busy.deployment.queues), 20)
    busy.settles("after-another-type")

    assert "dropped a string of Redis that stood under our name" in busy.log
    assert "Traceback" not in busy.log


def test_a_message_cannot_ask_celery_for_more_than_the_job(busy: LoneWorker) -> None:
    """No other time, no callbacks, no chord, no retries, no reply; the bell within is answered all the same."""
    key, manifest = busy.batch("with-wishes")
    arguments = Bell(SETTLE, key).arguments
    wish: dict[str, Any] = {
        "task": "other.task",
        "args": [],
        "kwargs": {},
        "options": {"queue": "wishes"},
        "subtask_type": None,
    }
    send(busy, SETTLE, *arguments, countdown=100_000, expires=1, link=wish, link_error=wish, chord=wish)
    assert until(lambda: busy.stands(manifest), 30), busy.log

    with stranger(busy) as client:
        assert 0 == client.llen("wishes")


def test_celerys_remote_control_reaches_no_worker(busy: LoneWorker) -> None:
    app = Celery("stranger", broker=busy.redis_url, set_as_current=False)
    try:
        assert not app.control.ping(timeout=1.0)
        app.control.shutdown()
        app.control.cancel_consumer(busy.deployment.queues.inbox)
        app.control.rate_limit(SETTLE, "1/d")
    finally:
        app.close()
    busy.settles("after-remote-control")

    assert busy.process.alive()
    with stranger(busy) as client:
        assert [] == client.pubsub_channels()


def test_nothing_of_ours_stands_in_redis_but_under_our_own_names(busy: LoneWorker) -> None:
    with stranger(busy) as client:
        client.flushall()
        busy.settles("after-flushall")
        keys: Any = client.keys("*")
        strange = [key for key in keys if not key.startswith(b"fixative")]

    assert [] == strange


def test_too_much_to_carry_is_not_carried(busy: LoneWorker) -> None:
    key, manifest = busy.batch("large")
    with contextlib.closing(busy.doorbell()) as doorbell:
        doorbell.ring_settle(key, b"x" * (CARRY_MAX_BYTES + 1))

    assert until(lambda: busy.stands(manifest), 30), busy.log


def test_bells_that_were_taken_and_not_begun_go_back_into_their_queue_and_into_no_file(
    tmp_path: Path, bucket: Bucket
) -> None:
    """S3 freezes, so the first job takes its time and the second bell waits in the worker: each tries S3 four times."""
    spare = tmp_path / "spare"
    spare.mkdir()
    slow = {"TMPDIR": str(spare), "S3_READ_S": "1"}
    with (
        local_s3.start(tmp_path / "s3") as s3,
        serving(tmp_path / "redis") as server,
        working(tmp_path, s3, bucket, "here/", server.url(), slow) as worker,
        contextlib.closing(worker.doorbell()) as doorbell,
    ):
        s3.process.send(signal.SIGSTOP)
        for _ in range(4):
            doorbell.ring_settle(layout.inbox_key(layout.batch_id(NOW)))
        assert until(lambda: doorbell.waiting() == 2, 20), worker.log
        assert "ended with exit code 0" == worker.told_to_stop()
        assert 2 == doorbell.waiting(), worker.log
        s3.process.send(signal.SIGCONT)

    assert [] == list(spare.rglob("*"))
