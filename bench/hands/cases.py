"""What is measured: which images, how many of them, in tasks of how many, how far away, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OURS, FLOOR = "ours", "floor"
PEERS: Final = ("filespipeline", "img2dataset", "imagespipeline")
EVERYBODY: Final = (OURS, FLOOR, *PEERS)
# FilesPipeline is the nearest in kind: it keeps the bytes as they came.
_NEAREST: Final = (OURS, FLOOR, "filespipeline")
_OF_SCRAPY: Final = (*_NEAREST, "imagespipeline")
US: Final = (OURS, FLOOR)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; `images` in all, for each contestant and round."""

    name: str
    original: str
    images: int
    images_a_task: int = 1
    latency_ms: int = 0
    every_round: bool = False  # else in the first alone
    everybody_again: bool = False  # else in later rounds ours and the floor alone
    contestants: tuple[str, ...] = US


# In all about four minutes for three rounds on two quiet cores. A goal is set where ours and the floor are in every round. img2dataset takes as long as the next two
# together, half of it before its first image, so it takes part in one case.
CASES: Final = (
    Case(
        name="png_1024",
        original="png_1024",
        images=100,
        every_round=True,
        everybody_again=True,
        contestants=EVERYBODY,
    ),
    Case(name="jpeg_1024", original="jpeg_1024", images=50, every_round=True, contestants=_OF_SCRAPY),
    Case(name="webp_1024", original="webp_1024", images=40, every_round=True, contestants=_OF_SCRAPY),
    Case(name="png_2880", original="png_2880", images=10, contestants=_OF_SCRAPY),
    Case(name="jpeg_2880", original="jpeg_2880", images=12),
    Case(name="webp_2880", original="webp_2880", images=8),
    Case(name="png_1024_n10", original="png_1024", images=60, images_a_task=10),
    Case(name="png_1024_150ms", original="png_1024", images=48, latency_ms=150, contestants=_NEAREST),
    # Sixteen tasks of ten, which is where 32 images are in flight.
    Case(name="png_1024_n10_150ms", original="png_1024", images=160, images_a_task=10, latency_ms=150),
)
ORIGINALS: Final = tuple(dict.fromkeys(case.original for case in CASES))
