"""Exact places where a process of ours ends by SIGKILL, once each time that the suite arms one.

A place is a call of the bucket, before or after it, of certain keys, and by a certain function. It is armed
by a file of its name in CHAOS_DIR; whoever comes there first and can rename the file dies.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from archive.store.bucket import Bucket

# A download of some KB from loopback takes a few milliseconds.
_IN_DOWNLOAD_S = 0.004
# Lines wait for company for two seconds.
_IN_GATHERING_S = 0.8
_FRAMES = 16


class Point(NamedTuple):
    """Where: `before` or `after` a method of the bucket, on such keys, with `by` among its callers."""

    process: str
    when: str
    method: str
    keys: str
    by: str = ""


POINTS = {
    "before-commit": Point("receiver", "before", "put_new", r"inbox/", "_commit"),
    "after-commit": Point("receiver", "after", "put_new", r"inbox/", "_commit"),
    "relay-before-unlink": Point("receiver", "after", "put_new", r"inbox/", "_carry_over"),
    "settle-between-lines": Point("worker", "after", "put_new", r"due/", "settle"),
    "settle-before-delete": Point("worker", "before", "delete", r"inbox/"),
    "before-asset": Point("worker", "before", "put_new", r"tasks/.*/\d\d[^/]*$"),
    "asset-before-manifest": Point("worker", "after", "put_new", r"tasks/.*/\d\d[^/]*$"),
    "before-manifest": Point("worker", "before", "put_new", r"tasks/.*manifest.json$"),
    "manifest-before-catalogue": Point("worker", "after", "put_new", r"tasks/.*manifest.json$"),
    "catalogue-before-delete": Point("worker", "after", "put_new", r"catalog/[^~]*$"),
    "before-roll-up": Point("worker", "before", "put_new", r"catalog/.*~"),
    "roll-up-before-delete": Point("worker", "after", "put_new", r"catalog/.*~"),
    "between-replaced": Point("worker", "after", "delete", r"catalog/"),
    "while-lines-wait": Point("worker", "during", "hand_over", ""),
    # Of many keys the first is looked at.
    "before-due-delete": Point("worker", "before", "delete_all", r"due/"),
    "after-due-delete": Point("worker", "after", "delete_all", r"due/"),
    "put-off-before-delete": Point("worker", "before", "delete", r"due/", "put_off"),
    "claim-before-delete": Point("worker", "before", "delete", r"due/", "_claim"),
    "in-place-before-asset": Point("worker", "before", "put_new", r"tasks/.*/\d\d[^/]*$", "fetch_once"),
    "in-place-after-manifest": Point(
        "worker", "after", "put_new", r"tasks/.*manifest.json$", "_end_in_place"
    ),
    "before-batch-delete": Point("worker", "before", "delete_all", r"inbox/"),
    "in-download": Point("worker", "during", "fetch", ""),
}


def set_up(process: str) -> None:
    """Wrap the bucket's methods, and the downloader's."""
    folder = Path(os.environ["CHAOS_DIR"])
    for method in {point.method for point in POINTS.values() if point.when != "during"}:
        points = {n: p for n, p in POINTS.items() if p.method == method and p.process == process}
        if points:
            setattr(Bucket, method, _watched(getattr(Bucket, method), points, folder))
    if process == "worker":
        from egress.download import Downloader  # noqa: PLC0415 - the receiver knows none
        from workers.catalogue_lines import CatalogueJournal  # noqa: PLC0415 - the same

        # What is wrapped is the whole download; the end comes a moment after its beginning.
        Downloader.fetch = _cut_short(Downloader.fetch, folder / "in-download", _IN_DOWNLOAD_S)  # type: ignore[method-assign]
        waits = _cut_short(CatalogueJournal.hand_over, folder / "while-lines-wait", _IN_GATHERING_S)
        CatalogueJournal.hand_over = waits  # type: ignore[method-assign]


def _watched(method: Callable[..., Any], points: dict[str, Point], folder: Path) -> Callable[..., Any]:
    @functools.wraps(method)
    def watched(self: Bucket, key: str | list[str], *arguments: Any, **named: Any) -> Any:
        first = key if isinstance(key, str) else next(iter(key), "")
        _pass("before", first, points, folder)
        result = method(self, key, *arguments, **named)
        _pass("after", first, points, folder)
        return result

    return watched


def _pass(when: str, key: str, points: dict[str, Point], folder: Path) -> None:
    for name, point in points.items():
        if (
            point.when == when
            and re.match(point.keys, key)
            and (folder / name).exists()
            and _called_by(point.by)
        ):
            _die_if_armed(folder / name)


def _cut_short(method: Callable[..., Any], armed: Path, after_s: float) -> Callable[..., Any]:
    @functools.wraps(method)
    def cut_short(*arguments: Any, **named: Any) -> Any:
        if armed.exists():
            threading.Timer(after_s, _die_if_armed, [armed]).start()
        return method(*arguments, **named)

    return cut_short


def _called_by(function: str) -> bool:
    """Whether a function of this name is among the callers; an empty name is always."""
    frame = sys._getframe(2)
    for _ in range(_FRAMES):
        if not function or frame.f_code.co_name == function:
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False


def _die_if_armed(armed: Path) -> None:
    try:
        armed.rename(armed.with_suffix(".fired"))
    except OSError:
        return  # another was first
    os.kill(os.getpid(), signal.SIGKILL)
