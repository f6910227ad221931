"""Every verb on a bucket, a Redis, a provider and a receiver that say what a terminal would obey."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click.testing
import pytest
import redis
from msgspec import structs

from archive import layout
from archive.printable import is_printable
from archive.records.catalogue import line_of
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.manifest import Manifest
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.store.bucket import Bucket
from console.cli.verbs import cli
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import Proof, first_beat
from runtime.heartbeats import INDEX, KEY
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.hostile import HOSTILE, HOSTILE_KEY, hostile
from tests.integration.console.harness.seeds import Seeds, day_of, lost, task_of
from tests.integration.console.harness.terminal import on_terminal, without_ours
from tests.integration.egress.api_server import ApiServer, serving

NOW = datetime.now(UTC)
KEPT, PARTIAL, FAILED, DEAD = (task_of(number) for number in range(4))
REPLAY = Replay(id="replay-1", at=NOW, who="ops", why="w")
TOLD = '{{"accepted": {0}, "id": {0}, "status": {0}, "error": {{"code": {0}, "message": {0}}}, "ready": {0}}}'
# Words that somebody was given to paste; no command line holds a NUL.
SAID = HOSTILE.replace("\0", "")


def _manifest(seeds: Seeds, task_id: str, status: Any = "completed") -> None:
    """A manifest and its line of the catalogue, hostile in all that they may hold."""
    kept = (seeds.kept(task_id, 1),) if status == "completed" else ()
    told = seeds.manifest(
        task_id, *kept, *((lost(),) if task_id == PARTIAL else ()), status=status, replays=(REPLAY,)
    )
    told = structs.replace(
        told,
        created_at=NOW,
        changed_at=told.changed_at + timedelta(seconds=1),
        order=Order(model="m", prompt="p", size="1:1", references=("r",), label="l"),
        notifications=tuple(
            structs.replace(heard, model="m", error=told.error, billing={"a": "b"})
            for heard in told.notifications
        ),
    )
    key, body = layout.manifest_key(day_of(task_id), "evolink", task_id), hostile(told)
    seeds.bucket.put(key, body)
    seeds.line(hostile(line_of(Manifest.from_json(body), key)))


@pytest.fixture
def delivery_id(bucket: Bucket, seeds: Seeds) -> str:
    """The id of a dead delivery, in a bucket of hostile records of every kind."""
    for task_id in (KEPT, PARTIAL):
        _manifest(seeds, task_id)
    _manifest(seeds, FAILED, "failed")
    seeds.line(b'{"' + HOSTILE.encode())
    for key in (seeds.letter(DEAD, replays=(REPLAY,)), seeds.letter(PARTIAL)):
        bucket.put(key, hostile(DeadLetter.from_json(bucket.get(key).body)))
    dead = seeds.dead_delivery(f'{{"id": {json.dumps(HOSTILE)}, {HOSTILE}'.encode())
    assert dead.delivery is not None
    headers = {"user-agent": "c", "date": "d"}
    told = structs.replace(dead.delivery, content_type="a", content_encoding="b", headers=headers)
    key = layout.dead_delivery_key(NOW.date(), "evolink", told.id)
    bucket.put(key, hostile(structs.replace(dead, delivery=told)))
    due = structs.replace(seeds.work(KEPT), lost=(lost(),), replay=REPLAY)
    bucket.put(layout.due_key(NOW + timedelta(hours=1), "evolink", KEPT, "abc"), hostile(due))
    record = OrderRecord(
        provider="evolink", task_id=KEPT, told_at=NOW, delivery_id="d", who="w", order=Order(prompt="p")
    )
    bucket.put(layout.order_key("evolink", KEPT), hostile(record))
    # Keys that only somebody else can have written; what stands under them is no record.
    for key in (
        f"due/20261121T074130.120Z~evolink~{HOSTILE_KEY}~abc.json",
        f"due/{HOSTILE_KEY}",
        f"dead/{NOW:%Y/%m/%d}/evolink/{HOSTILE_KEY}.json",
        f"inbox/{HOSTILE_KEY}.ndjson",
        f"catalog/{NOW:%Y/%m/%d/%H}/{HOSTILE_KEY}.ndjson",
    ):
        bucket.put(key, HOSTILE.encode())
    return told.id


@pytest.fixture
def provider(redis_url: str) -> Iterator[ApiServer]:
    """A provider that says the same in all its answers, and a process that says it of itself."""
    place = Fingerprint(bucket="b", prefix="p", store="s", redis="r", ticket_keys={})
    beat = structs.replace(
        first_beat("worker", place, NOW), host="h", version="v", proof=Proof(at=NOW, took_ms=1, trouble="t")
    )
    store = redis.Redis.from_url(redis_url)
    store.set(KEY + beat.id, hostile(beat), ex=600)
    store.lpush(INDEX, beat.id)
    told = TOLD.format(json.dumps(HOSTILE))
    with serving() as server:
        server.otherwise = (200, told.encode(), {})
        yield server
    store.delete(KEY + beat.id)
    store.lrem(INDEX, 0, beat.id)
    store.close()


def assert_safe(sent: str, words: object) -> None:
    told = without_ours(sent)
    unsafe = {ascii(each) for each in told if each != "\n" and not is_printable(each)}

    assert set() == unsafe, words
    # Nothing begins a line of its own, and nothing is taken for rich's own words.
    assert [] == [line for line in told.splitlines() if line.lstrip().startswith("LINE")], words


def test_no_verb_sends_what_a_terminal_obeys(command: Command, delivery_id: str, provider: ApiServer) -> None:
    request, copies = command.folder / "request.json", str(command.folder / "copies")
    request.write_text('{"model": "gpt-image-2", "prompt": "x", "size": "1:1"}')
    environment = command.environment | {"EVOLINK_API": provider.base, "EVOLINK_API_KEY": "key"}
    # The environment of a process is none of this test's.
    pipe = click.testing.CliRunner(env={**dict.fromkeys(os.environ), **environment})
    names = (KEPT, PARTIAL, FAILED, DEAD, delivery_id, SAID)
    verbs = [
        ("ls",), ("ls", "--since", SAID), ("export", SAID), ("export", "--label", SAID, copies + ".csv", "--force"), ("failed",), ("failed", "--findings"), *(("show", name) for name in names),
        ("get", KEPT, PARTIAL, copies), ("get", SAID, copies), ("replay", "--all", "--dry-run"),
        ("replay", "--resume", SAID), ("fetch", KEPT), ("fetch", SAID), ("url",), ("url", "--label", SAID),
        ("submit", "--provider", "evolink", str(request)),
        ("trigger", "failed", "--to", f"{provider.base}/callbacks/evolink/t", "--timeout", "1"), ("doctor",), (SAID,),
    ]  # fmt: skip
    for verb in verbs:
        assert_safe(on_terminal(command, *verb, **environment), (verb, "terminal"))
        for more in ((), ("--json",)):
            ran = pipe.invoke(cli, [*verb, *more])
            assert_safe(ran.stdout, (*verb, *more))
            assert_safe(ran.stderr, (*verb, *more))
            if more and ran.stdout:
                json.loads(ran.stdout)


def test_json_tells_the_very_text(command: Command, delivery_id: str) -> None:
    models = [line["model"] for line in command("ls", "--json").told]
    shown = command("show", FAILED, "--json").told
    letters = [
        (letter["model"], letter["detail"])
        for letter in command("failed", "--json").told
        if "detail" in letter
    ]

    assert HOSTILE in models
    assert (HOSTILE, HOSTILE) == (shown["model"], shown["error"]["message"])
    assert (HOSTILE, HOSTILE) in letters
    assert HOSTILE == command("show", delivery_id, "--json").told["dead_letter"]["detail"]
