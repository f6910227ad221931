"""What is known of each family of models."""

from __future__ import annotations

import pytest

from providers.expecting.models import (
    FAMILIES,
    GPT_IMAGE_1,
    GPT_IMAGE_1_5,
    GPT_IMAGE_2,
    GPT_IMAGE_2_5,
    Family,
    family_of,
    is_of_another_family,
)
from providers.expecting.sizes import Pixels, Ratio


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-image-1", GPT_IMAGE_1),
        ("GPT-Image-1", GPT_IMAGE_1),
        ("gpt-image-1.5", GPT_IMAGE_1_5),
        ("gpt-image-1-5", GPT_IMAGE_1_5),
        ("gpt-image-1.5-official", GPT_IMAGE_1_5),
        ("gpt-image-1.5-lite", GPT_IMAGE_1_5),
        ("GPT Image 1.5", GPT_IMAGE_1_5),
        ("openai/gpt-image-1.5", GPT_IMAGE_1_5),
        ("gpt-image-1.5-2025-12-16", GPT_IMAGE_1_5),
        ("gpt-image-2", GPT_IMAGE_2),
        (" GPT_IMAGE_2 ", GPT_IMAGE_2),
        ("gpt-image-2-beta", GPT_IMAGE_2),
        ("gpt-image-2-official", GPT_IMAGE_2),
        ("gpt-image-2:official", GPT_IMAGE_2),
        ("openai/gpt-image-2/edit", GPT_IMAGE_2),
        ("openai/gpt-image-2/text-to-image", GPT_IMAGE_2),
        ("gpt-image-2.5", GPT_IMAGE_2_5),
        ("gpt-image-2-5", GPT_IMAGE_2_5),
        ("GPT Image 2.5", GPT_IMAGE_2_5),
        ("gpt-image-2.5:official", GPT_IMAGE_2_5),
        ("gpt-image-2.5-flare", GPT_IMAGE_2_5),
        ("gpt-image-2-5-flare", GPT_IMAGE_2_5),
        ("gpt-image-2.5-flare:official", GPT_IMAGE_2_5),
        ("gpt-image-2.5-sunburst", GPT_IMAGE_2_5),
        ("gpt-image-2.5-sunburst-2026-09-08", GPT_IMAGE_2_5),
        ("gpt-image-2.5-flare-2026-09-08:official", GPT_IMAGE_2_5),
        ("openai/gpt-image-2.5-flare/text-to-image", GPT_IMAGE_2_5),
        ("gpt-image-1-5-official", GPT_IMAGE_1_5),
        ("gpt-image-1-lite", GPT_IMAGE_1),
        ("fal-ai/gpt-image-1.5/edit", GPT_IMAGE_1_5),
        ("gpt-image/1.5-text-to-image", GPT_IMAGE_1_5),
        ("gpt-image-2-image-to-image", GPT_IMAGE_2),
    ],
)
def test_a_model_is_known_by_all_its_names(model: str, family: Family) -> None:
    """In any case."""
    found = family_of(model)
    assert found is not None
    assert found.name == family.name


@pytest.mark.parametrize(
    "model", [None, "", "gpt-image", "gpt-image-3", "gpt-4o-image", "suno-v5-beta", "gpt-image-1-mini"]
)
def test_nothing_is_known_of_another_model(model: str | None) -> None:
    """Nothing is expected of it either."""
    assert family_of(model) is None


def test_the_defaults_are_those_of_the_documents() -> None:
    """1024x1024 and high for the first two; auto, 1K, medium and PNG for the third; one image each."""
    stated = {
        name: (
            family.defaults.size,
            family.defaults.resolution,
            family.defaults.quality,
            family.defaults.output_format,
        )
        for name, family in FAMILIES.items()
    }
    assert stated == {
        "gpt-image-1": ("1024x1024", None, "high", None),
        "gpt-image-1.5": ("1024x1024", None, "high", None),
        "gpt-image-2": ("auto", "1K", "medium", "png"),
        "gpt-image-2.5": ("auto", "1K", "medium", "png"),
    }
    assert {family.defaults.n for family in FAMILIES.values()} == {1}


def test_the_beta_promises_no_format() -> None:
    """Its page has no word on formats, so none may be held against it."""
    beta = family_of("gpt-image-2-beta")
    assert beta is not None
    assert beta.defaults.output_format is None


@pytest.mark.parametrize("family", [GPT_IMAGE_1, GPT_IMAGE_1_5])
def test_the_first_families_make_three_sizes_and_no_other(family: Family) -> None:
    """Square, portrait, landscape."""
    made = {(1024, 1024), (1024, 1536), (1536, 1024)}
    tried = {(width, height) for width in range(512, 2049, 256) for height in range(512, 2049, 256)}
    assert {size for size in tried if family.can_make(Pixels(*size))} == made
    assert not family.can_make(Pixels(1254, 1254))


@pytest.mark.parametrize(
    ("ratio", "pixels"), [((1, 1), "1024x1024"), ((2, 3), "1024x1536"), ((3, 2), "1536x1024")]
)
def test_a_ratio_of_the_first_families_is_one_of_their_sizes(ratio: tuple[int, int], pixels: str) -> None:
    """At whatever resolution."""
    assert str(GPT_IMAGE_1.pixels_for(Ratio(*ratio), "4K")) == pixels


def test_gpt_image_2_makes_what_its_limits_allow() -> None:
    """The limits themselves are tested with the sizes."""
    assert GPT_IMAGE_2.can_make(Pixels(1360, 768))
    assert not GPT_IMAGE_2.can_make(Pixels(1254, 1254))
    assert GPT_IMAGE_2.pixels_for(Ratio(16, 9), "1K") == Pixels(1360, 768)


@pytest.mark.parametrize("size", [(1254, 1254), (1672, 941), (941, 1672), (1448, 1086), (1024, 1024)])
def test_gpt_image_2_5_keeps_to_no_step(size: tuple[int, int]) -> None:
    """1254x1254 and 1672x941 were seen."""
    assert GPT_IMAGE_2_5.can_make(Pixels(*size))


@pytest.mark.parametrize("size", [(100, 100), (4000, 2000), (3839, 1000), (3000, 3000)])
def test_gpt_image_2_5_has_limits_all_the_same(size: tuple[int, int]) -> None:
    """Those of 2."""
    assert not GPT_IMAGE_2_5.can_make(Pixels(*size))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_a_family_makes_png_jpeg_and_webp(family: Family) -> None:
    """And nothing that would be an animation or a drawing."""
    assert family.formats == {"png", "jpeg", "webp"}


@pytest.mark.parametrize(
    ("told", "another"),
    [
        ("gpt-image-2-beta", False),
        ("gpt-image-2.5-flare", False),
        ("gpt-image-1", True),
        ("gpt-image-1.5-lite", True),
        ("gemini-3.1-flash-image-preview", True),
        ("Nano-Banana-2", True),
        ("image-model-7", False),
        ("gpt-image-2-something-new", False),
    ],
)
def test_a_model_is_of_another_family_only_where_that_is_sure(told: str, another: bool) -> None:  # noqa: FBT001  # a column
    """An unknown name may be one more alias."""
    assert is_of_another_family(told, GPT_IMAGE_2) is another
