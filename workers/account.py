"""What one job tells the catalogue, and the keys that may go when it is told: handed over once, when the job ends.

So whoever is killed between a word and its line leaves the entry that brings the line back. A job that ends without an
end of its work, since S3 is away, hands nothing over: its lease brings both back.
"""

from __future__ import annotations

from typing import NamedTuple

from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest


class Gone(NamedTuple):
    """Whose letter it was that somebody may have removed: that of a task, or of a delivery."""

    provider: str
    task_id: str | None = None
    delivery_id: str | None = None


class Account:
    """Of one job, and used by its thread alone. Of what is told twice of one key the last word holds."""

    def __init__(self) -> None:
        self.manifests: dict[str, Manifest] = {}
        # Each with whether it is gone.
        self.letters: dict[str, tuple[DeadLetter, bool]] = {}
        self.gone: dict[str, Gone] = {}
        self.frees: list[str] = []

    @property
    def tells(self) -> bool:
        """Whether there is a line to write."""
        return bool(self.manifests or self.letters or self.gone)

    def tell(self, key: str, manifest: Manifest) -> None:
        """A manifest as it stands under this key."""
        self.manifests[key] = manifest

    def tell_letter(self, key: str, letter: DeadLetter, *, gone: bool = False) -> None:
        """A dead letter as it stands under this key, or as it stood there before it was removed."""
        self.letters[key] = letter, gone
        self.gone.pop(key, None)

    def tell_gone(self, key: str, whose: Gone) -> None:
        """A letter that is not there, and that a run before this one may have removed without a line of it."""
        if key not in self.letters:
            self.gone[key] = whose

    def free(self, key: str) -> None:
        """What goes when all of this is in the catalogue: an entry or a batch whose work has ended, a letter parted."""
        self.frees.append(key)
