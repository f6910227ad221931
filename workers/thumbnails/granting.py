"""The thread of a worker that grants wishes: one at a time, the newest first, while no bell waits.

It asks Redis once a second while nobody wishes. Its child is started by the first wish, is last in line for the
processor, and ends when nobody has wished for a minute. Nothing that fails here is tried again by itself: whoever
still looks at the page wishes again.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from archive.errors import FixativeError, ForeignBell, GivenUp, Missing, TryLater
from archive.queue.wishes import Wish, Wishes
from archive.reasons import Reason
from archive.store.bucket import Bucket
from runtime.guarded import Guarded
from runtime.seldom import Seldom
from workers.decoding.thumbnail_decoder import ThumbnailDecoder
from workers.settings import WorkerSettings
from workers.thumbnails.make_thumbnail import MakeThumbnail

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
# Of the time of one decoder: after each thumbnail it rests a ninth as long as that took.
SHARE: Final = 0.9
# What cannot be made is not tried again for so long, however often it is wished for.
AGAIN_S: Final = 600.0
REMEMBERED_MOST: Final = 10_000


class Granting:
    """Takes wishes and has them made; `start` does so in a thread of its own."""

    def __init__(
        self,
        wishes: Wishes,
        maker: MakeThumbnail,
        decoder: ThumbnailDecoder,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wishes, self._maker, self._decoder, self._clock = wishes, maker, decoder, clock
        self._seldom = Seldom(log)
        self._failed_at: OrderedDict[Wish, float] = OrderedDict()
        self._thread = Guarded("thumbnails", self.step, first_s=LOOK_EVERY_S)

    def start(self) -> None:
        """Begin to look for wishes."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End, and the child with it; the thumbnail that is being made is not."""
        self._decoder.close()
        self._thread.stop(timeout_s)
        self._wishes.close()

    def step(self) -> float:
        """Take one wish, if it is its turn; how long to rest. Raises QueueUnavailable."""
        began = self._clock()
        try:
            wish = self._wishes.take()
            if wish is None:
                self._decoder.let_go_if_idle()
                return LOOK_EVERY_S
            if self._failed_lately(wish):
                return 0.0
            self._grant(wish)
        except ForeignBell as error:
            self._seldom.tell(logging.WARNING, str(error), "dropped what is no wish of ours: %s", error)
        return (self._clock() - began) * (1 - SHARE) / SHARE

    def _grant(self, wish: Wish) -> None:
        """Have a thumbnail made, and remember what cannot be. Raises TryLater for what the next wish would meet too."""
        try:
            made = self._maker.make(wish)
        except TryLater as error:
            if error.reason is Reason.STOPPING:
                return
            if error.reason is Reason.DECODER_TROUBLE:  # perhaps of this image alone
                self._remember(wish)
            raise
        except (GivenUp, Missing, ForeignBell) as error:
            self._remember(wish)
            self._tell(wish, error)
        else:
            if made:
                log.debug("thumbnail made: %s", wish.key)

    def _tell(self, wish: Wish, error: FixativeError) -> None:
        kind = str(getattr(error, "reason", "gone"))
        self._seldom.tell(logging.WARNING, kind, "no thumbnail of %s: %s", wish.key, error)

    def _remember(self, wish: Wish) -> None:
        self._failed_at[wish] = self._clock()
        self._failed_at.move_to_end(wish)
        if len(self._failed_at) > REMEMBERED_MOST:
            self._failed_at.popitem(last=False)

    def _failed_lately(self, wish: Wish) -> bool:
        at = self._failed_at.get(wish)
        return at is not None and self._clock() - at < AGAIN_S


def granting_for(settings: WorkerSettings, bucket: Bucket, folder: Path) -> Granting:
    """Who grants wishes, by a worker's settings."""
    work = settings.work
    decoder = ThumbnailDecoder(deadline_s=work.decode_s, memory_bytes=work.decode_max_bytes)
    maker = MakeThumbnail(bucket, decoder, folder=folder, max_bytes=settings.downloads.download_max_bytes)
    return Granting(Wishes(settings.queue.url.reveal(), settings.store.deployment), maker, decoder)
