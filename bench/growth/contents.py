"""What stands in a bucket that has been used: archived tasks with their catalogue, and entries that wait.

Manifests, catalogue lines and entries are the real records. The images are one pixel: their bytes burden
nobody but the disk, while keys are what listings and S3's own index grow by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from archive import catalog_keys, layout
from archive.records.asset import KeptAsset
from archive.records.catalogue import line_of
from archive.records.manifest import Manifest
from archive.records.work import Heard, Work
from bench.ground import PROVIDER
from bench.growth.writer import Object

# Half of them behind today and half ahead, so that what is measured stands amid them for as many days.
DAYS = 20
_LINES = 200
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
_LINKS_LIVE = timedelta(hours=20)


def archived(number: int, today: date) -> Iterator[Object]:
    """So many archived tasks, of one image each, spread evenly over the days around today."""
    first = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=DAYS / 2)
    apart = timedelta(days=DAYS) / number
    lines: list[bytes] = []
    for place in range(number):
        moment = first + place * apart
        manifest, folder = _manifest(place, moment)
        yield Object(manifest.assets[0].key, _PIXEL)  # type: ignore[union-attr]  # it is kept
        yield Object(f"{folder}manifest.json", manifest.to_pretty_json())
        lines.append(line_of(manifest, f"{folder}manifest.json").to_json())
        if len(lines) == _LINES or place == number - 1:
            yield Object(catalog_keys.catalog_key(layout.batch_id(moment)), b"\n".join(lines) + b"\n")
            lines.clear()


def waiting(number: int, first: datetime, apart: timedelta, link: str) -> Iterator[Object]:
    """So many due entries of work that was tried once; their ids end in their places, in order of their time."""
    for place in range(number):
        when = first + place * apart
        task_id = _task_id(place, when)
        heard = _heard(task_id, when)
        work = Work(
            provider=PROVIDER,
            task_id=task_id,
            day=when.date(),
            origin=heard.origin,
            sources=(f"{link}/{task_id}.png",),
            expires_at=when + _LINKS_LIVE,
            heard=(heard,),
            leased=False,
            tries=1,
            trouble="source_trouble",
        )
        yield Object(layout.due_key(when, PROVIDER, task_id, work.origin), work.to_json())


def place_of(task_id: str) -> int:
    """The place that an id ends in."""
    return int(task_id.rpartition("-")[2])


def _task_id(place: int, moment: datetime) -> str:
    return f"task-unified-{int(moment.timestamp())}-{place:06d}"


def _heard(task_id: str, moment: datetime) -> Heard:
    digest = hashlib.sha256(task_id.encode()).hexdigest()
    return Heard(
        delivery_id=layout.batch_id_of(moment, task_id),
        received_at=moment,
        status="completed",
        origin=digest[:16],
        model="gpt-image-2",
        created_at=moment,
        billing={"billing_rule": "per_call", "credits_reserved": 1.8, "user_group": "default"},
    )


def _manifest(place: int, moment: datetime) -> tuple[Manifest, str]:
    task_id = _task_id(place, moment)
    folder, heard = layout.task_folder(moment.date(), PROVIDER, task_id), _heard(task_id, moment)
    image = KeptAsset(
        index=0,
        key=f"{folder}00.png",
        sha256=hashlib.sha256(_PIXEL).hexdigest(),
        bytes=len(_PIXEL),
        format="PNG",
        content_type="image/png",
        mode="L",
        width=1,
        height=1,
        source=f"files.evolink.ai/{task_id}.png",
    )
    manifest = Manifest(
        provider=PROVIDER,
        task_id=task_id,
        status="completed",
        changed_at=moment,
        model=heard.model,
        created_at=moment,
        assets=(image,),
        billing=heard.billing,
        notifications=(heard,),
        closed=(heard.origin,),
        starts=1,
    )
    return manifest, folder
