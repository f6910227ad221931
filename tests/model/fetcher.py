"""The real FetchAsset, whose download and decoder are a script; what it stores it stores by itself."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from archive import layout
from archive.errors import Damaged
from archive.records.asset import KeptAsset, Timings
from archive.records.damage import DamagedForNow
from archive.records.notification import without_query
from archive.store.bucket import Bucket
from egress.download import Downloaded
from tests.fakes.words import NOW
from tests.model.actor import Actor, acting
from tests.model.origin import Origin
from tests.model.trace import Trace
from workers.decoding.verdict import Facts
from workers.fetch_asset import FetchAsset
from workers.outcome import refused_key
from workers.turn import Turn

P = ParamSpec("P")
T = TypeVar("T")

# A run needs as much of its lease; with less it claims first.
RUN_S = 150.0
PICTURE = Facts(format="PNG", content_type="image/png", extension="png", mode="RGB", width=1024, height=1024)


class OriginFetcher(FetchAsset):
    """Brings what the model's origin serves into the bucket; a fetch is a step before its PUT."""

    def __init__(self, bucket: Bucket, origin: Origin, trace: Trace) -> None:
        nobody: Any = None
        super().__init__(bucket, nobody, nobody, folder=Path(), stopping=threading.Event(), quick_first_s=0.0)
        self._origin, self._trace = origin, trace

    def _once(self, turn: Turn, index: int, tries: int, *, refused: bool = True) -> KeptAsset:
        actor = acting()
        if actor is not None:
            actor.pause()
            if actor.bell and not actor.claimed and left_s(actor) < RUN_S:
                self._trace.violated(
                    "unclaimed_run", f"{actor.bell} had {left_s(actor):.0f}s left of its lease"
                )
        url = turn.work.sources[index]
        try:
            body = self._origin.serve(url, self._trace.now_s)
        except Damaged as error:
            self._trace.note("FETCH", url, str(error))
            if not refused:
                raise
            cut = b"cut in half"
            self._bucket.put(refused_key(turn.work, index), cut, content_type="application/octet-stream")
            raise DamagedForNow(self._damage(index, hashlib.sha256(cut).hexdigest(), error)) from error
        except Exception as error:
            self._trace.note("FETCH", url, str(error))
            raise
        self._trace.note("FETCH", url, "ok")
        # Bytes stand in for the file: Bucket takes either.
        path = cast("Path", body)
        got = Downloaded(
            path=path,
            bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            content_type=PICTURE.content_type,
            final_url_without_query=without_query(url),
            download_ms=1,
        )
        asset = self._described(turn, index, got, PICTURE, tries)
        return self._stored(turn, asset, path, PICTURE, Timings())


def left_s(actor: Actor) -> float:
    """What was left of the lease of its entry when a run began."""
    when = layout.read_due_key(actor.bell).when
    return (when - NOW).total_seconds() - actor.began_s


class Fetches(Executor):
    """Runs a fetch when it is submitted; one that hangs goes on by itself, and the run is out of time for it."""

    def __init__(self, hangs: Callable[[], bool], spawn: Callable[[Callable[[], object]], None]) -> None:
        self._hangs, self._spawn = hangs, spawn

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        if self._hangs():
            self._spawn(lambda: fn(*args, **kwargs))
            return future
        try:
            result = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - handed on, as an executor does
            future.set_exception(error)
        else:
            future.set_result(result)
        return future
