"""Wait until a task that was just ordered has ended, and say in what."""

from __future__ import annotations

from typing import NamedTuple

from archive.reasons import SENTENCES
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.output import Output
from console.cli.waiting import until
from console.submitting.road import Sight, see


class Ended(NamedTuple):
    """How a task ended: archived, incomplete, failed, cancelled, given up; or not yet, within the time given."""

    outcome: str
    detail: str = ""
    key: str | None = None
    images: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether all that was ordered is kept."""
        return self.outcome == "archived"


def awaited(output: Output, bucket: Bucket, provider: str, task_id: str, timeout_s: float) -> Ended:
    """Look until it has ended, telling each new trouble on the way; what is only to be asked for is no work."""
    told = ""

    def look() -> Sight | None:
        nonlocal told
        sight = see(bucket, provider, task_id, "")
        if sight.trouble and sight.trouble != told:
            told = sight.trouble
            output.say(f"put off, and tried again: {told}")
        left = [entry for entry in sight.due if entry.work is None or entry.work.kind != "ask"]
        return sight if (sight.manifest or sight.letter) and not left else None

    sight = until(look, timeout_s)
    return _ending(sight) if sight else Ended("not yet", f"nothing ended within {timeout_s:g} s")


def _ending(sight: Sight) -> Ended:
    manifest, letter = sight.manifest, sight.letter
    if manifest is not None:
        images = tuple(asset.key for asset in manifest.kept)
        if manifest.whole:
            return Ended("archived", words.counted(len(images), "image"), sight.key, images)
        if manifest.status != "completed":
            error = manifest.error
            return Ended(
                manifest.status, words.short(f"{error.code}: {error.message}") if error else "", sight.key
            )
        return Ended("incomplete", f"{len(manifest.lost)} lost: {manifest.lost[0].reason}", sight.key, images)
    assert letter is not None
    return Ended("given up", f"{letter.reason}: {SENTENCES[letter.reason]}", sight.key)
