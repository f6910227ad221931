"""What happens between a callback's first byte and its manifest, by what the worker asked of origin and S3, and when. Pure but for the files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.rounds import percentile
from bench.way.sender import Sent

# In the order of their time. A task that is worked in place and one that is not have them both.
STAGES = {
    "answer": "to the 202: connection, TLS, the batch's PUT",
    "download asked": "to the download: the bell, settling",
    "image asked": "to the image's PUT: downloading, checking",
    "image": "the image's PUT",
    "manifest asked": "to the manifest's PUT: a look for a dead letter",
    "manifest": "the manifest's PUT",
}


class Asked(NamedTuple):
    """A request of a worker to S3, on the monotonic clock."""

    asked_s: float
    answered_s: float
    kind: str


def asked_beside(file: Path) -> Path:
    """Where the requests stand that belong to a file of manifests."""
    return file.with_suffix(".asked")


def read(file: Path) -> list[Asked]:
    """The requests, in the order of their answers."""
    lines = file.read_text(encoding="utf-8").splitlines()
    told = (line.split(" ", 2) for line in lines if line.count(" ") >= 2)  # noqa: PLR2004 - the last may be half a line
    return [Asked(float(asked), float(answered), kind) for asked, answered, kind in told]


def first_asked_s(file: Path) -> dict[str, float]:
    """When the origin was first asked for the image of each task (`12.5 /TASK.png`)."""
    moments: dict[str, float] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        moment, _, path = line.partition(" /")
        moments.setdefault(path.removesuffix(".png"), float(moment))
    return moments


def stages(
    sent: Sequence[Sent],
    manifests_s: Mapping[str, float],
    downloads_s: Mapping[str, float],
    asked: Iterable[Asked],
) -> dict[str, float]:
    """The median of each stage, ms, of tasks that were sent one by one; empty if none had all of them.

    A task's requests are those between its first byte and its manifest.
    """
    asked = list(asked)
    told = []
    for each in sent:
        end_s = manifests_s[each.task_id]
        within = [one for one in asked if each.began_s <= one.asked_s <= end_s]
        image = next((one for one in within if one.kind == "PUT image"), None)
        manifest = next((one for one in within if one.kind == "PUT manifest"), None)
        download_s = downloads_s.get(each.task_id)
        if image and manifest and download_s:
            moments_s = [
                each.began_s, each.answered_s, download_s, image.asked_s, image.answered_s, manifest.asked_s, end_s,
            ]  # fmt: skip
            told.append([(to - since) * 1000 for since, to in itertools.pairwise(moments_s)])
    if not told:
        return {}
    return {
        name: percentile(column, 50) for name, column in zip(STAGES, zip(*told, strict=True), strict=True)
    }
