"""The one caged child that makes thumbnails: there while somebody wishes for some, and for a little longer.

Apart from the decoders that verify, so that no image waits for a thumbnail.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from archive.errors import Damaged, TryLater
from archive.layout import THUMBNAIL_MAX_BYTES
from archive.reasons import Reason
from archive.records.record import decoder_of
from workers.decoding import webp
from workers.decoding.child import START_S, Child, ChildEnded, NotStarted
from workers.decoding.decoder_child import Terms
from workers.decoding.decoder_pool import GRACE_S, IMAGES_A_CHILD, MEMORY_BYTES, OUT_OF_TIME
from workers.decoding.thumbnail import HEIGHT_MOST, WIDTH_MOST, Drawing
from workers.decoding.verdict import DamagedVerdict, DecodeLimits, Failed

# Who leafs through a gallery wishes again within seconds; a start costs 0.2 s of CPU.
IDLE_S: Final = 60.0
# In base64, with a few words around it.
_ANSWER_MAX_BYTES: Final = THUMBNAIL_MAX_BYTES * 4 // 3 + 1_024


class ThumbnailDecoder:
    """Makes thumbnails, one at a time, for one thread; `close` is for any."""

    def __init__(
        self,
        *,
        deadline_s: float = 20.0,
        memory_bytes: int = MEMORY_BYTES,
        limits: DecodeLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline_s, self._memory_bytes, self._clock = deadline_s, memory_bytes, clock
        self._terms = Terms(limits=limits or DecodeLimits(), deadline_s=deadline_s).to_json()
        self._lock = threading.Lock()  # for the child's name alone
        self._in_hand = threading.Lock()
        self._child: Child | None = None
        self._used_at = 0.0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        with self._lock:
            return self._child.pid if self._child is not None and self._child.lives() else None

    def draw(self, path: Path) -> bytes:
        """The thumbnail of an image, a WebP.

        Raises:
            Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS, UNDECODABLE, DECODER_DIED or DECODER_TIMEOUT.
            TryLater: STOPPING; DECODER_TROUBLE if there is no child to be had, or it cannot do its work.
            OSError: if the file cannot be opened.
        """
        try:
            with self._in_hand:
                drawing = self._asked(path)
        except TimeoutError as late:
            raise self._too_slow() from late
        except ChildEnded as ended:
            if self._closed:
                raise TryLater(Reason.STOPPING) from ended
            if ended.exit_code in OUT_OF_TIME:
                raise self._too_slow() from ended
            raise Damaged(Reason.DECODER_DIED, str(ended)) from ended
        except msgspec.MsgspecError as error:  # perhaps taken over
            raise Damaged(Reason.DECODER_DIED, "the decoder's answer cannot be read") from error
        if isinstance(drawing, DamagedVerdict):
            raise Damaged(drawing.reason, drawing.detail)
        if isinstance(drawing, Failed):
            raise TryLater(Reason.DECODER_TROUBLE, f"the decoder could not do its work: {drawing.detail}")
        _check(drawing.webp)
        return drawing.webp

    def let_go_if_idle(self) -> None:
        """End a child that has had nothing to do for a while."""
        if self._child is not None and self._clock() - self._used_at >= IDLE_S:
            self._end()

    def close(self) -> None:
        """End the child; whose thumbnail it had in hand gets STOPPING."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()
        with self._in_hand:  # not for long, as the child is killed
            self._end()

    def _asked(self, path: Path) -> Drawing:
        """What the child says of a file; a child with which anything goes wrong is no longer used."""
        until = time.monotonic() + START_S + self._deadline_s + GRACE_S
        try:
            with path.open("rb", buffering=0) as image:
                answer = self._usable().ask(
                    self._terms,
                    image.fileno(),
                    answer_s=self._deadline_s + GRACE_S,
                    until=until,
                    most_bytes=_ANSWER_MAX_BYTES,
                )
            drawing: Drawing = decoder_of(Drawing).decode(answer)
        except NotStarted as error:
            self._end()
            raise TryLater(Reason.DECODER_TROUBLE, str(error)) from error
        except BaseException:
            self._end()
            raise
        self._used_at = self._clock()
        return drawing

    def _usable(self) -> Child:
        """The child that there is, or a new one. Raises NotStarted, and TryLater STOPPING."""
        if self._child is not None and (self._child.images >= IMAGES_A_CHILD or not self._child.usable()):
            self._end()
        with self._lock:
            if self._closed:
                raise TryLater(Reason.STOPPING)
            if self._child is None:
                self._child = Child("workers.decoding.thumbnail_child", self._memory_bytes)
            return self._child

    def _end(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def _too_slow(self) -> Damaged:
        return Damaged(Reason.DECODER_TIMEOUT, f"no thumbnail within {self._deadline_s:g} s")


def _check(data: bytes) -> None:
    """See that what a child gave is a WebP of a thumbnail's size and no byte more. Raises Damaged."""
    found = webp.outline(data)
    if not (0 < found.width <= WIDTH_MOST and 0 < found.height <= HEIGHT_MOST) or found.trailing_bytes:
        raise Damaged(Reason.DECODER_DIED, "what the decoder gave is no thumbnail")
