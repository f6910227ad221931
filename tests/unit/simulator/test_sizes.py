"""The pixels that the providers make of an ordered size."""

from __future__ import annotations

import pytest

from infra.simulator.images.sizes import LONGEST_EDGE_PX, MOST_PX, RESOLUTIONS, pixels
from infra.simulator.refusal import RefusalError

RATIOS = [
    "1:1",
    "1:2",
    "2:1",
    "1:3",
    "3:1",
    "2:3",
    "3:2",
    "3:4",
    "4:3",
    "4:5",
    "5:4",
    "9:16",
    "16:9",
    "9:21",
    "21:9",
]


@pytest.mark.parametrize(
    ("model", "size", "resolution", "expected"),
    [
        ("gpt-image-2", "auto", "4K", (1024, 1024)),
        ("gpt-image-2", "16:9", "1K", (1360, 768)),
        ("gpt-image-2", "9:16", "4K", (2160, 3840)),
        ("gpt-image-2", "9:21", "2K", (1344, 3136)),
        ("gpt-image-2", "1536x1024", "1K", (1536, 1024)),
        ("gpt-image-1", "2:3", "1K", (1024, 1536)),
        ("gpt-image-1.5", "3:2", "1K", (1536, 1024)),
        ("gpt-image-1-5-official", "2:3", "1K", (1024, 1536)),
        ("nano-banana", "2:3", "1K", (832, 1248)),
    ],
)
def test_a_size_has_the_pixels_of_the_table(
    model: str, size: str, resolution: str, expected: tuple[int, int]
) -> None:
    """Portraits are turned landscapes; the first family has its own three."""
    assert pixels(model, size, resolution) == expected


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("ratio", RATIOS)
def test_all_fifteen_ratios_are_met_within_three_percent_and_inside_the_limits(
    ratio: str, resolution: str
) -> None:
    """The table itself, against what the model is said to make."""
    width, height = pixels("gpt-image-2", ratio, resolution)
    across, down = map(int, ratio.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.03)
    assert width % 16 == height % 16 == 0
    assert max(width, height) <= LONGEST_EDGE_PX
    assert width * height <= MOST_PX


@pytest.mark.parametrize(
    ("model", "size", "resolution"),
    [
        ("gpt-image-2", "7:5", "1K"),
        ("gpt-image-2", "1:1", "8K"),
        ("gpt-image-2", "large", "1K"),
        ("gpt-image-2", "0x10", "1K"),
        ("gpt-image-2", "3841x10", "1K"),
        ("gpt-image-2", "3840x2161", "1K"),
        ("gpt-image-1", "16:9", "1K"),
    ],
)
def test_what_the_models_cannot_make_is_refused(model: str, size: str, resolution: str) -> None:
    """With 400, before anything is drawn."""
    with pytest.raises(RefusalError):
        pixels(model, size, resolution)
