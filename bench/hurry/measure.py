"""From the callback of a link of ten minutes to its manifest, while work with links of a day is before it.

nothing     an idle house, to compare with
due         10,000 entries that are due
inbox       10,000 batches in the inbox, each with its bell in the queue
slow host   more callbacks than the worker has threads, whose images come so slowly that all threads are held

One receiver, one worker process, all settings at their defaults. The sweep goes on meanwhile, as always.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive import layout
from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.records.delivery import Delivery
from bench import post, service
from bench.ground import PROVIDER, Ground, stood
from bench.growth.contents import waiting
from bench.growth.writer import Object, write
from bench.rounds import percentile, rounded
from bench.way.house import House, house
from bench.way.runs import one_by_one
from bench.way.sender import Callback, Sent
from infra.local.ports import LOOPBACK, free_block
from infra.local.wait import until

BACKLOG, SLOW, HURRIED = 10_000, 64, 20
NAME = "bfl"
_APART_S = 0.5
# Who is not there by then counts with it.
_ALL_S, _LOOK_S = 300.0, 0.02
# The backlog is worked at before the first comes that has no time; a slow host lets nothing end.
_LEAD, _LEAD_S = 20, 5.0

_SERVED = {"due", "inbox"}

Figures = dict[str, Any]
Backlog = Callable[[Ground, House, str], None]


def measure(folder: Path, peers: Path, *, backlog: int = BACKLOG) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""

    def due(ground: Ground, home: House, _slow: str) -> None:
        now, apart = home.bucket.now(), timedelta(milliseconds=500)
        write(ground.s3.address, waiting(backlog, now - backlog * apart, apart, f"http://{home.origin}"))

    def inbox(ground: Ground, home: House, _slow: str) -> None:
        batches = list(_batches(home, backlog))
        write(ground.s3.address, iter(batches))
        bells = Doorbell(ground.redis.url, Deployment(ground.s3.bucket, ""), now=home.bucket.now)
        with closing(bells):
            for batch in batches:
                bells.ring_settle(batch.key)

    def slow_host(_ground: Ground, home: House, slow: str) -> None:
        now = int(time.time())
        tasks = [f"task-unified-{now}-slow{place:06d}" for place in range(SLOW)]
        home.sender.send([Callback(task, post.body(task, f"http://{slow}/{task}.png")) for task in tasks])

    kinds: dict[str, Backlog] = {
        "nothing": lambda *_: None, "due": due, "inbox": inbox, "slow host": slow_host,
    }  # fmt: skip
    return {
        "backlog": backlog,
        "slow": SLOW,
        **{name: _behind(folder, peers, name, fill) for name, fill in kinds.items()},
    }


def _behind(folder: Path, peers: Path, name: str, fill: Backlog) -> Figures:
    sys.stderr.write(f"short: {name}\n")
    slow = free_block(1)
    with _ground(folder / name.replace(" ", "-"), peers) as ground:
        drip = [sys.executable, "-m", "bench.hurry.drip", str(slow)]
        with (
            service.program("drip", drip, slow, ground=ground, environment=ground.environment()),
            house(ground, more_sources=(f"{LOOPBACK}:{slow}",)) as home,
        ):
            one_by_one(home, 1)
            fill(ground, home, f"{LOOPBACK}:{slow}")
            if not until(lambda: len(home.seen()) > _LEAD, 0.0 if name not in _SERVED else _ALL_S, _LOOK_S):
                time.sleep(_LEAD_S)
            before = len(home.seen())
            sent = home.sender_for(NAME).send(list(_hurried(home)))
            return _figures(home, sent, before)


def _figures(home: House, sent: list[Sent], before: int) -> Figures:
    """How long they took, in seconds; and of the others, how many had their manifest when the last of them had."""
    wanted = {each.task_id for each in sent}
    until(lambda: wanted <= home.seen().keys(), _ALL_S, _LOOK_S)
    seen, now = home.seen(), time.monotonic()
    ends = [seen[each.task_id].moment_s if each.task_id in seen else now for each in sent]
    took = [end - each.began_s for end, each in zip(ends, sent, strict=True)]
    others = sum(told.moment_s <= max(ends) for task, told in seen.items() if task not in wanted)
    return {
        "p50_s": rounded(percentile(took, 50)),
        "worst_s": rounded(max(took)),
        "missing": len(wanted - seen.keys()),
        "others_before": before,
        "others_after": others,
    }


def _hurried(home: House) -> Iterator[Callback]:
    """Callbacks of a provider whose links die after ten minutes."""
    for place in range(HURRIED):
        task = f"gen_bench{place:06d}"
        told = {"id": task, "status": "Ready", "result": {"sample": f"http://{home.origin}/{task}.png"}}
        yield Callback(task, json.dumps(told).encode(), place * _APART_S)


def _batches(home: House, number: int) -> Iterator[Object]:
    """Batches of a callback each, of links that live for a day."""
    now = home.bucket.now()
    for place in range(number):
        task = f"task-unified-{int(now.timestamp())}-{place:06d}"
        batch = layout.batch_id_of(now, task)
        told = Delivery(
            id=batch,
            received_at=now,
            provider=PROVIDER,
            body=post.body(task, f"http://{home.origin}/{task}.png"),
        )
        yield Object(layout.inbox_key(batch), told.to_json() + b"\n")


@contextmanager
def _ground(folder: Path, peers: Path) -> Iterator[Ground]:
    """Servers of their own, whose data goes at the end; after an error it stays, with its logs."""
    with stood(folder, peers) as ground:
        yield ground
    shutil.rmtree(folder, ignore_errors=True)
