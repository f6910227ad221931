"""Pages of the console over 10,000 tasks a day: what a person waits for, what is sent, what the process has in memory.

Its size is BENCH_CONSOLE_TASKS tasks a day; 10,000 where nobody says. Each page is asked for as a browser does, signed
in and compressed, over one connection, and read to its end.
"""

from __future__ import annotations

import http.client
import itertools
import os
import re
import sys
import time
from collections.abc import Iterable
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from archive import tickets
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile, index_path
from archive.records.asset import KeptAsset
from archive.records.catalogue import CatalogueLine
from archive.records.manifest import Manifest
from archive.records.work import Heard
from archive.store.bucket import Bucket
from bench import service
from bench.errors import BenchError
from bench.ground import Ground, bucket_of
from bench.listing.contents import LABELS, MODELS, RARE_WORD, lines_of
from bench.listing.month import write_month
from bench.rounds import medians, percentile
from console.web.signing_in.links import new_link
from infra.local.parts.console import answers
from infra.local.ports import LOOPBACK, free_block

TASKS_A_DAY = 10_000
REQUESTS = 250
# Until the index is fed once, the catalogue itself is read.
_WARM_UP = 20
_ANSWER_S = 30.0
# Tasks whose manifests are in the bucket.
_MANIFESTS = 50
_QUESTIONS: dict[str, list[dict[str, str]]] = {
    "gallery": [{}],
    "filter": [{"model": MODELS[0]}, {"label": LABELS[3]}, {"label": "shop/*-01?"}, {"status": "failed"},
               {"finding": "any"}, {"size": "2048x2048", "model": MODELS[1]}],
    "search": [{"q": "harbour"}, {"q": "harbosty mistine"}, {"q": RARE_WORD}, {"q": "小猫"}],
}  # fmt: skip
_STATIC = re.compile(r'"(/static/console\.(?:js|css)\?[0-9a-f]+)"')
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)

Figures = dict[str, Any]


def measure(ground: Ground, rounds: int) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""
    tasks_a_day = int(os.environ.get("BENCH_CONSOLE_TASKS", TASKS_A_DAY))
    where, port = ground.folder / "index", free_block(1)
    with bucket_of(ground) as bucket:
        now = bucket.now()
        tasks = write_month(bucket, now, 2, tasks_a_day)
        paths = {name: [f"/?{urlencode(each)}" for each in those] for name, those in _QUESTIONS.items()}
        paths["task"] = _write_manifests(bucket, now.date() - timedelta(days=1), tasks_a_day)
        Feeder(bucket, IndexFile(index_path(where, ground.s3.endpoint, ground.s3.bucket, ""))).feed()
    environment = ground.environment(
        CONSOLE_HOST=LOOPBACK, CONSOLE_PORT=str(port), CONSOLE_LINKS="true", INDEX_FOLDER=str(where)
    )
    command = [sys.executable, "-m", "console"]
    with service.running(
        "console", command, lambda: answers(port), ground=ground, environment=environment
    ) as process:
        reader = _Reader(port, ground.ticket_keys)
        for _ in range(_WARM_UP):
            _round(reader, paths, 1)
        told = [_round(reader, paths, REQUESTS) for _ in range(rounds)]
        sent = _sent(reader)
        peak = _PEAK.search(Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8"))
    if peak is None:
        raise BenchError("The system does not say what the console had in memory.")
    return {
        "tasks": tasks, "tasks_a_day": tasks_a_day, "requests": REQUESTS, "pages": medians(told), "sent_bytes": sent,
        "process_peak_bytes": int(peak[1]) * 1024,
    }  # fmt: skip


class _Reader:
    """Somebody who is signed in and reads pages, over one connection."""

    def __init__(self, port: int, ticket_keys: str) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_S)
        key = next(iter(tickets.read_keys(ticket_keys).values()))
        self._connection.request("GET", f"/enter/{new_link(key, time.time())}")
        answer = self._connection.getresponse()
        answer.read()
        self._cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def read(self, path: str, encoding: str = "gzip") -> bytes:
        """The body of a page, as it was sent. Raises BenchError."""
        headers = {"Cookie": self._cookie, "Accept": "text/html", "Accept-Encoding": encoding}
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise BenchError(f"The console answers {answer.status} to {path}.")
        return body


def _round(reader: _Reader, paths: dict[str, list[str]], requests: int) -> Figures:
    """So many requests of each kind in turn, their median and p99 in ms."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    cycles = {name: itertools.cycle(those) for name, those in paths.items()}
    for _ in range(requests):
        for name, cycle in cycles.items():
            began_s = time.perf_counter()
            reader.read(next(cycle))
            times[name].append((time.perf_counter() - began_s) * 1_000)
    return {
        name: {"p50_ms": percentile(each, 50), "p99_ms": percentile(each, 99)} for name, each in times.items()
    }


def _sent(reader: _Reader) -> Figures:
    """Bytes of the gallery's page, of the script and of the stylesheet, compressed."""
    sent = {"gallery": len(reader.read("/"))}
    for path in _STATIC.findall(reader.read("/", "identity").decode()):
        sent["script" if ".js" in path else "stylesheet"] = len(reader.read(path))
    return sent


def _write_manifests(bucket: Bucket, day: date, tasks_a_day: int) -> list[str]:
    """Manifests of some tasks of a day; the paths of their pages."""
    return list(_manifests(bucket, itertools.islice(lines_of(day, tasks_a_day), _MANIFESTS)))


def _manifests(bucket: Bucket, lines: Iterable[CatalogueLine]) -> Iterable[str]:
    for line in lines:
        heard = Heard(
            delivery_id="01ARZ3NDEKTSV4RRFFQ69G5FAV",
            received_at=line.changed_at,
            status=line.status,
            origin="a",
        )
        assets = tuple(
            KeptAsset(
                index=image.index, key=line.key.replace("manifest.json", image.name), sha256=image.sha256,
                bytes=image.bytes, format=image.format, content_type="image/png", mode="RGB", width=image.width,
                height=image.height, source=f"files.example.com/{image.name}",
            )
            for image in line.images
        )  # fmt: skip
        manifest = Manifest(
            provider=line.provider, task_id=line.task_id, status=line.status, changed_at=line.changed_at,
            model=line.model, label=line.label, created_at=line.created_at, assets=assets, notifications=(heard,),
            closed=("a",), starts=1,
        )  # fmt: skip
        bucket.put(line.key, manifest.to_json())
        yield f"/tasks/{line.provider}/{line.task_id}"
