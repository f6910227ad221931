"""The pixels of an ordered size.

The table is https://evolink.ai/docs/en/api-manual/image-series/ (gpt-image-2: ratio x resolution,
landscape; portrait is the same turned), a copy of its own on purpose: see the package's docstring.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.simulator.refusal import bad_field

if TYPE_CHECKING:
    from collections.abc import Mapping

Pixels = tuple[int, int]

RESOLUTIONS = ("1K", "2K", "4K")
AUTO: Pixels = (1024, 1024)
LONGEST_EDGE_PX = 3840  # what gpt-image-2 can make; also what bounds our memory
MOST_PX = 8_294_400  # 3840 x 2160, likewise

_EXACT = re.compile(r"(\d{1,5})[xX](\d{1,5})")
# gpt-image-1, gpt-image-1.5, gpt-image-1-5-official, ...
_FIRST_FAMILY = re.compile(r"gpt-image-1(\D|$)")

_GPT_IMAGE_1: Mapping[str, Pixels] = {
    "1:1": (1024, 1024),
    "2:3": (1024, 1536),
    "3:2": (1536, 1024),
}
_GPT_IMAGE_2: Mapping[str, tuple[Pixels, Pixels, Pixels]] = {
    "1:1": ((1024, 1024), (2048, 2048), (2880, 2880)),
    "2:1": ((1456, 720), (2896, 1456), (3840, 1920)),
    "3:1": ((1776, 592), (3552, 1184), (3840, 1280)),
    "3:2": ((1248, 832), (2512, 1680), (3520, 2352)),
    "4:3": ((1184, 880), (2368, 1776), (3312, 2480)),
    "5:4": ((1152, 912), (2288, 1824), (3216, 2576)),
    "16:9": ((1360, 768), (2736, 1536), (3840, 2160)),
    "21:9": ((1568, 672), (3136, 1344), (3840, 1648)),
}


def pixels(model: str, size: str, resolution: str) -> Pixels:
    """Return width and height of a size: `auto`, `WxH` or a ratio; raises `RefusalError`."""
    if size == "auto":
        return AUTO
    if exact := _EXACT.fullmatch(size):
        return _exact(int(exact[1]), int(exact[2]))
    return of_gpt_image_1(size, "size") if _is_first_family(model) else _of_gpt_image_2(size, resolution)


def of_gpt_image_1(ratio: str, param: str) -> Pixels:
    """Return the pixels of a ratio for gpt-image-1 and 1.5; `param` names the field in a refusal."""
    if ratio not in _GPT_IMAGE_1:
        raise bad_field(param, f"one of {', '.join(_GPT_IMAGE_1)}, not {ratio!r:.40}")
    return _GPT_IMAGE_1[ratio]


def _is_first_family(model: str) -> bool:
    """Tell gpt-image-1, gpt-image-1.5, gpt-image-1-5-official, ... from the later ones."""
    return _FIRST_FAMILY.match(model) is not None


def _of_gpt_image_2(ratio: str, resolution: str) -> Pixels:
    """Return the pixels of a ratio for gpt-image-2, turned where the ratio is a portrait."""
    if resolution not in RESOLUTIONS:
        raise bad_field("resolution", f"one of {', '.join(RESOLUTIONS)}, not {resolution!r:.40}")
    column = RESOLUTIONS.index(resolution)
    if ratio in _GPT_IMAGE_2:
        return _GPT_IMAGE_2[ratio][column]
    turned = ":".join(reversed(ratio.split(":")))
    if turned in _GPT_IMAGE_2:
        height, width = _GPT_IMAGE_2[turned][column]
        return width, height
    raise bad_field("size", f"auto, WxH or one of {', '.join(_GPT_IMAGE_2)} or one turned, not {ratio!r:.40}")


def _exact(width: int, height: int) -> Pixels:
    """Return an exact size as it is, small ones too (they make tests cheap); refuse what is too large."""
    if not (1 <= width <= LONGEST_EDGE_PX and 1 <= height <= LONGEST_EDGE_PX and width * height <= MOST_PX):
        raise bad_field(
            "size", f"edges of 1 to {LONGEST_EDGE_PX}, at most {MOST_PX} pixels, not {width}x{height}"
        )
    return width, height
