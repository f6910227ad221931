"""The pixels of GPT Image 2, as EvoLink's table gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.expecting import sizes
from providers.expecting.sizes import Pixels, Ratio

# Written down a second time on purpose, as the page has it: landscape, 1K, 2K, 4K.
PAGE = """
1:1   1024x1024  2048x2048  2880x2880
2:1   1456x720   2896x1456  3840x1920
3:1   1776x592   3552x1184  3840x1280
3:2   1248x832   2512x1680  3520x2352
4:3   1184x880   2368x1776  3312x2480
5:4   1152x912   2288x1824  3216x2576
16:9  1360x768   2736x1536  3840x2160
21:9  1568x672   3136x1344  3840x1648
"""
ROWS = [row.split() for row in PAGE.split("\n") if row]
CELLS = [
    (ratio, resolution, pixels)
    for ratio, *row in ROWS
    for resolution, pixels in zip(("1K", "2K", "4K"), row, strict=True)
]


def test_the_table_has_fifteen_ratios_at_three_resolutions() -> None:
    """Eight in landscape, seven turned round, the square once."""
    assert len(sizes.TABLE) == 15 * 3
    assert len({ratio for ratio, _ in sizes.TABLE}) == 15


@pytest.mark.parametrize(("ratio", "resolution", "pixels"), CELLS)
def test_a_landscape_ratio_gives_the_pixels_of_the_page(ratio: str, resolution: str, pixels: str) -> None:
    """To the pixel."""
    found = sizes.ratio_in(ratio)
    assert found is not None
    assert str(sizes.pixels_for(found, resolution)) == pixels


@pytest.mark.parametrize(("ratio", "resolution", "pixels"), CELLS)
def test_a_portrait_ratio_gives_the_same_pixels_turned_round(
    ratio: str, resolution: str, pixels: str
) -> None:
    """9:16 is 16:9 turned round."""
    found = sizes.ratio_in(":".join(reversed(ratio.split(":"))))
    assert found is not None
    assert str(sizes.pixels_for(found, resolution)) == "x".join(reversed(pixels.split("x")))


@pytest.mark.parametrize("pixels", sizes.TABLE.values(), ids=str)
def test_every_size_of_the_table_is_within_the_limits(pixels: Pixels) -> None:
    """Else the model's own images would be findings."""
    assert sizes.is_within_limits(pixels)


@pytest.mark.parametrize(("ratio", "pixels"), [(row[0], row[3]) for row in ROWS])
def test_the_inferred_rule_of_scaling_gives_the_whole_column_of_4k(ratio: str, pixels: str) -> None:
    """From sides far beyond all limits; the documents have no other instance of the rule."""
    width, height = (int(part) for part in ratio.split(":"))
    assert str(sizes.scaled_down(Pixels(width * 4000, height * 4000))) == pixels


def test_an_unknown_ratio_or_resolution_has_no_pixels() -> None:
    """Nothing is made up."""
    assert sizes.pixels_for(Ratio(7, 5), "1K") is None
    assert sizes.pixels_for(Ratio(1, 1), "8K") is None


def test_the_resolution_may_be_written_small() -> None:
    """Requests do."""
    assert sizes.pixels_for(Ratio(1, 1), " 2k ") == Pixels(2048, 2048)


@pytest.mark.parametrize("size", ["1024x1536", "1024X1536", " 1024 x 1536 ", "1024*1536", "1024\u00d71536"])
def test_pixels_are_read_in_every_spelling(size: str) -> None:
    """Width first."""
    assert sizes.pixels_in(size) == Pixels(1024, 1536)


@pytest.mark.parametrize(
    "size", ["auto", "16:9", "0x10", "-1x10", "10x", "1024", "x", "100000x16", "10x10x10", ""]
)
def test_what_names_no_pixels_gives_none(size: str) -> None:
    """Also zero, and more digits than any edge has."""
    assert sizes.pixels_in(size) is None


@pytest.mark.parametrize(
    ("size", "ratio"), [("16:9", (16, 9)), ("21:9", (7, 3)), (" 2 : 4 ", (1, 2)), ("1:1", (1, 1))]
)
def test_a_ratio_is_read_in_lowest_terms(size: str, ratio: tuple[int, int]) -> None:
    """So that 2:4 is 1:2."""
    assert sizes.ratio_in(size) == ratio


@pytest.mark.parametrize("size", ["auto", "16x9", "0:1", "1:0", "1:", ":", "16:9:1", ""])
def test_what_names_no_ratio_gives_none(size: str) -> None:
    """Also what would divide by zero."""
    assert sizes.ratio_in(size) is None


@pytest.mark.parametrize(
    ("width", "height", "within"),
    [
        (1024, 640, True), (1024, 624, False),  # 655,360 pixels and fewer
        (2880, 2880, True), (2896, 2880, False),  # 8,294,400 pixels and more
        (3840, 2160, True), (3856, 2144, False),  # the longest edge
        (1536, 512, True), (1552, 512, False),  # 3 to 1
        (512, 1536, True), (1024, 1000, False), (1000, 1024, False),  # steps of 16
    ],
)  # fmt: skip
def test_the_limits_hold_to_the_step(width: int, height: int, within: bool) -> None:  # noqa: FBT001  # a column
    """Each limit, just within it and one step beyond."""
    assert sizes.is_within_limits(Pixels(width, height)) is within


@given(width=st.integers(1, 99_999), height=st.integers(1, 99_999))
def test_what_is_scaled_down_is_never_beyond_the_most(width: int, height: int) -> None:
    """In steps of 16, within the edge and the budget, and the same turned round."""
    scaled = sizes.scaled_down(Pixels(width, height))
    assert scaled.width % 16 == scaled.height % 16 == 0
    assert max(scaled) <= sizes.LONGEST_EDGE
    assert scaled.width * scaled.height <= sizes.MOST_PIXELS
    assert sizes.scaled_down(Pixels(height, width)) == (scaled.height, scaled.width)


@given(steps=st.tuples(st.integers(1, 240), st.integers(1, 240)))
def test_a_size_within_the_limits_is_left_as_it_is(steps: tuple[int, int]) -> None:
    """Nothing is scaled that need not be."""
    pixels = Pixels(steps[0] * 16, steps[1] * 16)
    if sizes.is_within_limits(pixels):
        assert sizes.scaled_down(pixels) == pixels
