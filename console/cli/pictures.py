"""The images of a task that are there to be looked at, or why there are none."""

from __future__ import annotations

from typing import NamedTuple

from archive.errors import FixativeError
from archive.library.task_file import TaskFile, find_task
from archive.records.asset import KeptAsset
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from console.cli import words
from providers.registry import PROVIDERS


class NoPicture(FixativeError):
    """Nothing of this task can be looked at; the message says why, for people."""


class Pictures(NamedTuple):
    """A task's manifest, and those of its images that are meant."""

    manifest: Manifest
    kept: tuple[KeptAsset, ...]

    @property
    def name(self) -> str:
        """What people call the task by."""
        return f"{self.manifest.provider}/{self.manifest.task_id}"


def pictures_of(bucket: Bucket, task: str, image: int | None) -> Pictures:
    """The kept images of the task that a name means, or the one of this number. Raises NoPicture."""
    file = find_task(bucket, task, PROVIDERS)
    if file is None:
        raise NoPicture(not_here(task))
    if file.manifest is None or not file.manifest.kept:
        raise NoPicture(f"{file.name} has no image: {_why_none(file)}")
    kept = tuple(asset for asset in file.manifest.kept if image in {None, asset.index})
    if not kept:
        there = ", ".join(str(asset.index) for asset in file.manifest.kept)
        raise NoPicture(f"{file.name} has no image {image}; there are: {there}")
    return Pictures(file.manifest, kept)


def not_here(task: str) -> str:
    """What is said of a name that means no task."""
    return f"{task} is not here: no manifest, no dead letter, no work of it. `fixative ls` lists what is."


def _why_none(file: TaskFile) -> str:
    if file.newer:
        return f"a newer version wrote {file.newer[0]}"
    manifest = file.manifest
    if manifest is not None and manifest.status != "completed":
        error = f" ({words.short(manifest.error.code)})" if manifest.error else ""
        return f"the provider said that it {'was cancelled' if manifest.status == 'cancelled' else 'failed'}{error}"
    if file.due:
        work = file.due[0].work
        trouble = f" after {work.trouble}" if work and work.trouble else ""
        return f"it is waited for{trouble}, next at {words.moment(file.due[0].due.when)} UTC. `fixative show` tells more"
    reason = f" ({file.letter.reason})" if file.letter else ""
    return f"it was given up{reason}. `fixative show` tells more"
