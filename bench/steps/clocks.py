"""The clocks within a worker: around each step, of the CPU of its thread, what it calls of other steps taken off."""

from __future__ import annotations

import functools
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from bench.steps.dump import dump_on_signal
from egress.download import Downloader
from workers.close_task import CloseTask
from workers.decoding.decoder_pool import DecoderPool
from workers.due_work import DueWork
from workers.fetch_asset import FetchAsset
from workers.settle import Settle
from workers.sweep import Sweep

_spent_ns: Counter[str] = Counter()
_lock = threading.Lock()
_within = threading.local()


def set_up(path: str) -> None:
    """Set the clocks; figures go to this file at each signal."""
    for owner, name, label in clocked():
        setattr(owner, name, _clocked(getattr(owner, name), label))
    dump_on_signal(Path(path), _so_far)


def clocked() -> tuple[tuple[type, str, Callable[..., str]], ...]:
    """The steps: whose, which method, and what it is called by its arguments."""
    return (
        *((Bucket, put, _key_of("PUT")) for put in ("put", "put_new", "put_over")),
        (Bucket, "get", _key_of("GET")),
        (Bucket, "delete", _key_of("DELETE")),
        (Bucket, "_delete_many", lambda bucket, keys: _key_of("DELETE")(bucket, keys[0])),
        (Doorbell, "_send", _always("ring")),
        (Settle, "settle", _always("settle")),
        (DueWork, "do", _always("archive")),
        (CloseTask, "close", _always("close")),
        (FetchAsset, "_once", _always("fetch")),
        (Downloader, "fetch", _always("download")),
        (DecoderPool, "examine", _always("examine")),
        (Sweep, "tick", _always("sweep")),
    )


def _always(step: str) -> Callable[..., str]:
    return lambda *_, **__: step


def _key_of(verb: str) -> Callable[..., str]:
    def label(_bucket: Bucket, key: str, *_: Any, **__: Any) -> str:
        kind = key.partition("/")[0]
        if kind == "tasks":
            kind = "manifest" if key.endswith(".json") else "image"
        return f"{verb} {kind}"

    return label


def _clocked(step: Callable[..., Any], label: Callable[..., str]) -> Callable[..., Any]:
    @functools.wraps(step)
    def run(*args: Any, **kwargs: Any) -> Any:
        inner: list[int] = getattr(_within, "steps", None) or []
        _within.steps = inner
        began_ns = time.thread_time_ns()
        inner.append(0)
        try:
            return step(*args, **kwargs)
        finally:
            took_ns = time.thread_time_ns() - began_ns
            others_ns = inner.pop()
            if inner:
                inner[-1] += took_ns
            with _lock:
                _spent_ns[label(*args, **kwargs)] += took_ns - others_ns

    return run


def _so_far() -> dict[str, int]:
    with _lock:
        return dict(_spent_ns)
