"""Fifty thumbnails wished for as a gallery does, of a worker with nothing else to do; and archiving beside wishes.

Wishes come as callbacks do, all at the same time; the clock stops when the last thumbnail is in the bucket.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from archive import layout
from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.queue.wishes import WISHES_MOST, Wish, Wishes
from archive.store.bucket import Bucket
from bench.errors import BenchError
from bench.ground import PROVIDER
from bench.hands import ours
from bench.hands.cases import CASES
from bench.hands.ground import Places, prepared
from bench.rounds import medians

PAGE: Final = 50
ORIGINALS: Final = ("png_1024", "jpeg_1024", "png_2880")
_ARCHIVED: Final = 100
_WARM_UP: Final = 20
_PATIENCE_S: Final = 300.0
_LOOK_S: Final = 0.02

Figures = dict[str, Any]


def measure(rounds: int, folder: Path) -> Figures:
    """Seconds until the first and the last of a page are there, by original; images archived a second. Raises BenchError."""
    with prepared(folder / "ground", folder / "originals") as ground:
        told = [
            {
                "pages": {name: _page(ground, f"thumbs/{number}/{name}/", name) for name in ORIGINALS},
                "archived": _archived(ground, f"thumbs/{number}/archived/"),
            }
            for number in range(rounds)
        ]
    return {"page": PAGE, "wishes": WISHES_MOST, **medians(told)}


def _page(ground: Places, prefix: str, name: str) -> Figures:
    bucket = Bucket(ground.client(), ground.s3.bucket, prefix)
    wished = _kept(ground, bucket, name, PAGE)
    with ours.working(ground, prefix), _wishes(ground, prefix) as wishes:
        # The child stands, as for every page but the first within a minute.
        warm = _kept(ground, bucket, name, 1, first=PAGE)
        wishes.put(warm[0])
        _await(bucket, 1)
        began = time.monotonic()
        for wish in wished:
            wishes.put(wish)
        first_s = _await(bucket, 2) - began
        last_s = _await(bucket, 1 + PAGE) - began
    return {"first_s": round(first_s, 3), "last_s": round(last_s, 3)}


def _archived(ground: Places, prefix: str) -> Figures:
    """Images a second without a wish, and while more wait than are ever granted meanwhile."""
    bucket = Bucket(ground.client(), ground.s3.bucket, prefix)
    case = next(case for case in CASES if case.name == "png_1024")
    doorbell = Doorbell(ground.redis_url, Deployment(ground.s3.bucket, prefix), now=bucket.now)
    wished = _kept(ground, bucket, "png_1024", WISHES_MOST)
    figures = {}
    with (
        contextlib.closing(doorbell),
        ours.working(ground, prefix),
        _wishes(ground, prefix) as wishes,
    ):
        ours.work(bucket, doorbell, ground.links.tasks(case, _WARM_UP))
        for name in ("without", "beside"):
            tasks = ground.links.tasks(case, _ARCHIVED)
            for wish in wished if name == "beside" else ():
                wishes.put(wish)
            began = time.monotonic()
            ours.work(bucket, doorbell, tasks)
            figures[f"{name}_per_s"] = round(_ARCHIVED / (time.monotonic() - began), 2)
        if not wishes.waiting():
            raise BenchError("the wishes were over before the archiving was")
    return figures


@contextlib.contextmanager
def _wishes(ground: Places, prefix: str) -> Iterator[Wishes]:
    with contextlib.closing(Wishes(ground.redis_url, Deployment(ground.s3.bucket, prefix))) as wishes:
        yield wishes


def _kept(ground: Places, bucket: Bucket, name: str, images: int, first: int = 0) -> list[Wish]:
    """So many images in the bucket, no two of the same bytes."""
    image = ground.links.original(name)
    day = bucket.now().date()
    wishes = []
    for number in range(first, first + images):
        task_id = f"task-bench-{number:06d}"
        key = layout.asset_key(day, PROVIDER, task_id, 0, image.extension)
        wishes.append(Wish(key, image.sha256(number)))
        bucket.put(key, image.before + image.mark(number) + image.after, sha256=wishes[-1].sha256)
    return wishes


def _await(bucket: Bucket, number: int) -> float:
    """When so many thumbnails are there. Raises BenchError."""
    ends = time.monotonic() + _PATIENCE_S
    while sum(1 for _ in bucket.list("thumbs/")) < number:
        if time.monotonic() > ends:
            raise BenchError(f"{number} thumbnails were not there within {_PATIENCE_S:g} s")
        time.sleep(_LOOK_S)
    return time.monotonic()
