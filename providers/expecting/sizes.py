"""The pixels that a size and a resolution come to, for the models that make what is asked (GPT Image 2).

Sizes, ratios and limits: https://evolink.ai/docs/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation
A size is "auto", a ratio ("16:9") or pixels ("1536x1024"). A resolution ("1K", "2K", "4K") says how many
pixels a ratio comes to; with "auto" and with pixels it is ignored.
"""

from __future__ import annotations

import re
from math import gcd, sqrt
from typing import NamedTuple


class Pixels(NamedTuple):
    """A width and a height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Ratio(NamedTuple):
    """A width to a height, in lowest terms."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


# What GPT Image 2 takes: edges in steps of 16 up to 3840, at most 3 to 1, between these numbers of pixels.
STEP = 16
LONGEST_EDGE = 3840
WIDEST = 3
FEWEST_PIXELS = 655_360
MOST_PIXELS = 8_294_400

RESOLUTIONS = ("1K", "2K", "4K")

# The landscape half of EvoLink's table; portrait is the same turned round. The ratios are met roughly
# (1360x768 is 1.771, not 1.778), and at 4K the larger ones are scaled down to the limits above.
_LANDSCAPE: dict[str, tuple[Pixels, Pixels, Pixels]] = {
    "1:1": (Pixels(1024, 1024), Pixels(2048, 2048), Pixels(2880, 2880)),
    "2:1": (Pixels(1456, 720), Pixels(2896, 1456), Pixels(3840, 1920)),
    "3:1": (Pixels(1776, 592), Pixels(3552, 1184), Pixels(3840, 1280)),
    "3:2": (Pixels(1248, 832), Pixels(2512, 1680), Pixels(3520, 2352)),
    "4:3": (Pixels(1184, 880), Pixels(2368, 1776), Pixels(3312, 2480)),
    "5:4": (Pixels(1152, 912), Pixels(2288, 1824), Pixels(3216, 2576)),
    "16:9": (Pixels(1360, 768), Pixels(2736, 1536), Pixels(3840, 2160)),
    "21:9": (Pixels(1568, 672), Pixels(3136, 1344), Pixels(3840, 1648)),
}

_PIXELS = re.compile(r"\A\s*([1-9][0-9]{0,4})\s*[xX*\u00d7]\s*([1-9][0-9]{0,4})\s*")
_RATIO = re.compile(r"\A\s*([1-9][0-9]{0,4})\s*:\s*([1-9][0-9]{0,4})\s*")


def pixels_in(size: str) -> Pixels | None:
    """The pixels that a size names ("1024x1536"), or None where it names none."""
    found = _PIXELS.fullmatch(size)
    return Pixels(int(found[1]), int(found[2])) if found else None


def ratio_in(size: str) -> Ratio | None:
    """The ratio that a size names ("16:9"), in lowest terms (21:9 is 7:3), or None where it names none."""
    found = _RATIO.fullmatch(size)
    return ratio_of(Pixels(int(found[1]), int(found[2]))) if found else None


def ratio_of(pixels: Pixels) -> Ratio:
    """The ratio of a size in pixels, in lowest terms."""
    common = gcd(*pixels)
    return Ratio(pixels.width // common, pixels.height // common)


def _both_ways() -> dict[tuple[Ratio, str], Pixels]:
    table: dict[tuple[Ratio, str], Pixels] = {}
    for name, row in _LANDSCAPE.items():
        width, height = (int(part) for part in name.split(":"))
        ratio = ratio_of(Pixels(width, height))
        for resolution, pixels in zip(RESOLUTIONS, row, strict=True):
            table[ratio, resolution] = pixels
            table[Ratio(ratio.height, ratio.width), resolution] = Pixels(pixels.height, pixels.width)
    return table


TABLE = _both_ways()


def pixels_for(ratio: Ratio, resolution: str) -> Pixels | None:
    """What the table says for a ratio at a resolution, or None where it says nothing."""
    return TABLE.get((ratio, resolution.strip().upper()))


def is_within_limits(pixels: Pixels, step: int = STEP) -> bool:
    """Whether GPT Image 2 can make an image of this size at all; `step` 1 is for lines that keep to none."""
    return (
        pixels.width % step == 0
        and pixels.height % step == 0
        and max(pixels) <= LONGEST_EDGE
        and max(pixels) <= WIDEST * min(pixels)
        and FEWEST_PIXELS <= pixels.width * pixels.height <= MOST_PIXELS
    )


def scaled_down(pixels: Pixels) -> Pixels:
    """About what comes of a size in pixels that is beyond the limits or off the step.

    The documents say only that such a size is scaled down. The rest is inferred from the table, whose whole
    4K column this rule gives: shrink to the most pixels and to the longest edge, keep the ratio, take the
    nearest multiple of 16 of each edge, or the next lower one where the nearest has too many pixels.
    """
    shrunk = min(1.0, sqrt(MOST_PIXELS / (pixels.width * pixels.height)), LONGEST_EDGE / max(pixels))
    edges = [edge * shrunk / STEP for edge in pixels]
    nearest = Pixels(*(STEP * max(1, int(edge + 0.5)) for edge in edges))
    if nearest.width * nearest.height <= MOST_PIXELS:
        return nearest
    return Pixels(*(STEP * max(1, int(edge)) for edge in edges))
