"""Dismiss many: each by itself, several at the same time."""

from __future__ import annotations

from archive.errors import NewerRecord
from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.dead_letters import DeadFilter
from archive.library.letters_found import find_letters
from archive.library.reading import at_once
from archive.records.dismissal import Dismissal
from archive.store.bucket import Bucket
from console.replays.beginning import WRITERS
from console.replays.choosing import NEWER, LeftOut
from console.replays.dismissing import Closable, Closing, add, dismiss, tell_again


def matching(bucket: Bucket, wanted: DeadFilter, library: Library | None = None) -> Closing:
    """All letters that match and are not dismissed yet, found by a library where there is one."""
    closing = Closing([], [], [])
    reading = find_letters(bucket, library or CatalogueLibrary(bucket), wanted)
    add(closing, [dead for dead in reading.dead if dead.dismissed is None])
    closing.left_out.extend(LeftOut(key, "the dead letter cannot be read") for key in reading.malformed)
    closing.left_out.extend(LeftOut(key, NEWER) for key in reading.newer)
    return closing


def dismiss_all(bucket: Bucket, closing: Closing, said: Dismissal, *, prompts: bool) -> Closing:
    """What was dismissed, and what was left out: also what was gone by then, replayed or brought by a callback.

    With `prompts`, the lines of manifests hold them.
    """

    def close(item: Closable) -> LeftOut | None:
        try:
            if dismiss(bucket, item, said, prompts=prompts):
                return None
            return LeftOut(item.name, "it is gone by now", item.reason)
        except NewerRecord:
            return LeftOut(item.name, NEWER, item.reason, fine=False)

    tell_again(bucket, closing.told)
    left_out = list(at_once(close, closing.items, WRITERS))
    return Closing(
        [item for item, left in zip(closing.items, left_out, strict=True) if left is None],
        [*closing.left_out, *(left for left in left_out if left is not None)],
        closing.told,
    )
