"""What a run came to: each image kept, lost, or put off with its trouble."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.asset import KeptAsset, LostAsset
from archive.errors import TryLater
from archive.notification import without_query
from archive.reasons import Reason
from archive.work import Work


@dataclass
class Outcome:
    """By the index of the image."""

    kept: dict[int, KeptAsset] = field(default_factory=dict)
    lost: dict[int, LostAsset] = field(default_factory=dict)
    put_off: dict[int, TryLater] = field(default_factory=dict)

    def missing(self, work: Work) -> list[int]:
        """The images of which nothing is said yet."""
        said = {*self.kept, *self.lost, *self.put_off}
        return [index for index in range(len(work.sources)) if index not in said]


def lost(work: Work, index: int, reason: Reason, detail: str, tries: int = 0) -> LostAsset:
    """An image of this work that is given up."""
    return LostAsset(
        index=index, reason=reason, detail=detail, tries=tries, source=without_query(work.sources[index])
    )
