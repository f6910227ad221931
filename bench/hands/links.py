"""The links of a case: each a number that was never asked for before, so new bytes under a new address."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.hands.cases import Case
from bench.hands.originals import Original, original


@dataclass(frozen=True)
class Link:
    """Where an image is, and the SHA-256 (hex) that it must have."""

    url: str
    sha256: str


class OriginLinks:
    """Makes links to an origin."""

    def __init__(self, origin: str, folder: Path) -> None:
        self._origin, self._folder = origin, folder
        self._originals: dict[str, Original] = {}
        self._numbers = count(1)

    def original(self, name: str) -> Original:
        """The original of this name."""
        if name not in self._originals:
            self._originals[name] = original(name, self._folder)
        return self._originals[name]

    def tasks(self, case: Case, images: int) -> list[list[Link]]:
        """So many images of a case, in tasks of as many as it says."""
        image = self.original(case.original)
        links = [self._link(image, case.latency_ms) for _ in range(images)]
        step = case.images_a_task
        return [links[at : at + step] for at in range(0, len(links), step)]

    def _link(self, image: Original, latency_ms: int) -> Link:
        number = next(self._numbers)
        url = f"{self._origin}/{latency_ms}/{image.name}/{number:08d}.{image.extension}"
        return Link(url, image.sha256(number))
