"""The images that were drawn lately, bounded in bytes; what fell out is drawn again, to the same bytes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.simulator.images.pictures import Picture
    from infra.simulator.task import ResultLink

MOST_BYTES = 64 * 1024 * 1024  # some forty images of 1024 x 1024, or five of the largest
DRAWING_THREADS = 2  # an image of 8.29 MP takes 100 MB while it is drawn


@dataclass(frozen=True, slots=True)
class Drawn:
    """A file's bytes and their SHA-256 in hex."""

    body: bytes
    sha256: str


class Gallery:
    """Draws in its own threads, so that the event loop goes on, and keeps the latest."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Make an empty gallery; threads start with the first picture."""
        self._most_bytes = most_bytes
        self._bytes = 0
        self._drawn: OrderedDict[Picture, Drawn] = OrderedDict()
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, "draw")

    async def show(self, picture: Picture) -> Drawn:
        """Return a picture, drawn if need be."""
        if picture in self._drawn:
            self._drawn.move_to_end(picture)
            return self._drawn[picture]
        drawn = await asyncio.get_running_loop().run_in_executor(self._threads, _draw, picture)
        self._keep(picture, drawn)
        return drawn

    async def show_true(self, link: ResultLink) -> Drawn:
        """Return the image that was ordered, and note its facts in its link."""
        drawn = await self.show(link.picture)
        link.true_sha256, link.true_bytes = drawn.sha256, len(drawn.body)
        return drawn

    def close(self) -> None:
        """Draw nothing more; what is being drawn is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keep(self, picture: Picture, drawn: Drawn) -> None:
        """Keep one and let the least recently shown go."""
        if picture not in self._drawn:
            self._drawn[picture] = drawn
            self._bytes += len(drawn.body)
        while self._bytes > self._most_bytes:
            _, oldest = self._drawn.popitem(last=False)
            self._bytes -= len(oldest.body)


def _draw(picture: Picture) -> Drawn:
    """Draw and digest, both in the thread."""
    body = picture.draw()
    return Drawn(body, sha256(body).hexdigest())
