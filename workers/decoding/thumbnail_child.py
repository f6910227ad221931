"""What the process runs that makes thumbnails: as a decoder's, and last in line for the processor."""

from __future__ import annotations

import os
from typing import BinaryIO, Final

from workers.decoding import cage, thumbnail
from workers.decoding.decoder_child import Terms, serve

# As nice as can be: where decoders want both cores, this one gets a sixtieth of theirs (sched(7)).
_NICE: Final = 19


def main(number: int, memory_bytes: int) -> None:
    """Make thumbnails of what comes over this descriptor, until nobody is there to send any more."""
    os.nice(_NICE)
    serve(number, memory_bytes, _draw)


def _draw(message: bytes, file: BinaryIO) -> bytes:
    terms = Terms.from_json(message)
    cage.allow(terms.deadline_s)
    try:
        return thumbnail.answer(file, terms.limits)
    finally:
        cage.rest()
