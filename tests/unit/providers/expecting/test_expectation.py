"""What is expected of an image, and what is found to differ: never less than is sure, never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records.asset import Finding
from archive.records.order import Claims, Order
from providers.expecting import sizes
from providers.expecting.expectation import Expectation, differences, expect, task_differences
from providers.expecting.sizes import Pixels


def findings_of(  # the row of a table
    order: Order | None,
    size: str,
    *,
    told: str | None = None,
    format: str = "PNG",  # noqa: A002  # the word for it
    provider: str = "evolink",
) -> list[str]:
    """The kinds of findings of an image of this size."""
    width, height = (int(edge) for edge in size.split("x"))
    found = differences(expect(provider, order, told), width=width, height=height, format=format)
    return [finding.kind for finding in found]


def of_2(**said: str) -> Order:
    """An order of GPT Image 2."""
    return Order(model="gpt-image-2", size=said.get("size"), resolution=said.get("resolution"))


@pytest.mark.parametrize(
    ("order", "got", "kinds"),
    [
        # Exact pixels are met exactly.
        (of_2(size="1536x1024"), "1536x1024", []),
        (of_2(size="1536x1024"), "1536x1040", ["dimensions"]),
        (of_2(size="1536x1024"), "1024x1536", ["dimensions"]),
        (of_2(size="1536x1024", resolution="4K"), "1536x1024", []),
        (of_2(size="1024x1024"), "1254x1254", ["dimensions", "impossible_size"]),
        (Order(model="gpt-image-1", size="1024x1536"), "1024x1536", []),
        (Order(model="gpt-image-1", size="1024x1536"), "1024x1024", ["dimensions"]),
        # A ratio, by the table.
        (of_2(size="16:9"), "1360x768", []),
        (of_2(size="16:9", resolution="1k"), "1360x768", []),
        (of_2(size="16:9"), "1344x768", []),
        (of_2(size="16:9"), "768x1360", ["dimensions"]),
        (of_2(size="16:9"), "2736x1536", ["dimensions"]),
        (of_2(size="16:9", resolution="2K"), "2736x1536", []),
        (of_2(size="9:16", resolution="4K"), "2160x3840", []),
        (of_2(size="21:9"), "1568x672", []),
        (of_2(size="1:1"), "1024x1024", []),
        (of_2(size="1:1"), "1024x1072", ["dimensions"]),
        (Order(model="gpt-image-1.5", size="2:3"), "1024x1536", []),
        (Order(model="gpt-image-1.5", size="2:3"), "1536x1024", ["dimensions"]),
        # A ratio, or a resolution, that nobody knows promises nothing.
        (of_2(size="7:5"), "1184x880", []),
        (of_2(size="16:9", resolution="8K"), "3840x2160", []),
        (of_2(size="square_hd"), "1024x1024", []),
        # auto, by name and by default.
        (of_2(size="auto"), "3840x2160", []),
        (of_2(size="AUTO", resolution="4K"), "1024x1024", []),
        (of_2(), "1360x768", []),
        # The default of the first families is a size.
        (Order(model="gpt-image-1"), "1024x1024", []),
        (Order(model="gpt-image-1"), "1536x1024", ["dimensions"]),
        (Order(model="gpt-image-1.5-lite"), "1536x1024", ["dimensions"]),
        # Beyond the limits it is scaled down.
        (of_2(size="4096x4096"), "2880x2880", []),
        (of_2(size="4096x4096"), "1024x1024", ["dimensions"]),
        (of_2(size="7680x4320"), "3840x2160", []),
        # Off the step it is about that.
        (of_2(size="1000x1000"), "1008x1008", []),
        (of_2(size="1000x1000"), "1360x768", ["dimensions"]),
        # Too small or too slim is the provider's to refuse.
        (of_2(size="256x256"), "1024x1024", []),
        (of_2(size="4000x1000"), "3840x1280", []),
    ],
)  # fmt: skip
def test_an_image_is_held_against_its_order(order: Order, got: str, kinds: list[str]) -> None:
    """Each row: what was ordered, what came, what is found."""
    assert findings_of(order, got) == kinds


@pytest.mark.parametrize(("pixels", "resolution"), [(px, res) for (_, res), px in sizes.TABLE.items()])
def test_no_size_of_the_table_is_a_finding_for_its_own_ratio(pixels: Pixels, resolution: str) -> None:
    """What the provider says it makes must pass."""
    (ratio,) = [ratio for (ratio, res), px in sizes.TABLE.items() if px == pixels and res == resolution]
    assert findings_of(of_2(size=str(ratio), resolution=resolution), str(pixels)) == []


@pytest.mark.parametrize(
    ("got", "met"), [("1054x1024", True), ("1055x1024", False), ("994x1024", True), ("993x1024", False)]
)
def test_a_ratio_is_met_within_three_percent(got: str, met: bool) -> None:  # noqa: FBT001  # a column
    """1024 * 1.03 is 1054.7; 1024 * 0.97 is 993.3."""
    assert ("dimensions" not in findings_of(of_2(size="1:1"), got)) is met


@pytest.mark.parametrize(("edge", "met"), [(1073, True), (1074, False), (972, True), (971, False)])
def test_a_ratio_is_met_within_ten_percent_of_the_pixels(edge: int, met: bool) -> None:  # noqa: FBT001  # a column
    """1024 squared is 1,048,576 pixels; 1073 squared is 9.8 % more, 971 squared 10.1 % fewer."""
    assert ("dimensions" not in findings_of(of_2(size="1:1"), f"{edge}x{edge}")) is met


@pytest.mark.parametrize(
    ("told", "got", "kinds"),
    [
        ("gpt-image-1", "1536x1024", []),  # not the default, but nobody said what was ordered
        ("gpt-image-1", "1254x1254", ["impossible_size"]),
        ("gpt-image-2", "3840x2160", []),
        ("gpt-image-2", "1254x1254", ["impossible_size"]),
        ("gemini-3.1-flash-image-preview", "1x1", []),
        (None, "1x1", []),
    ],
)
def test_without_an_order_only_the_models_limits_hold(told: str | None, got: str, kinds: list[str]) -> None:
    """Neither its default size nor its default format was ordered by anybody."""
    assert findings_of(None, got, told=told, format="WEBP") == kinds


@pytest.mark.parametrize("order", [None, Order(), Order(label="shop/42"), Claims(label="shop/42").order()])
def test_an_order_of_a_label_alone_is_no_order(order: Order | None) -> None:
    """A label says nothing of the images: one callback URL for all tasks may carry it."""
    assert expect("evolink", order, "gpt-image-1") == Expectation(family="gpt-image-1")


@given(
    size=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    count=st.integers(0, 40),
    told=st.none() | st.text(),
)
def test_without_order_and_known_model_nothing_is_ever_found(
    size: tuple[int, int], count: int, told: str | None
) -> None:
    """Whatever came."""
    expectation = expect("evolink", None, told)
    if expectation.family is None:
        assert differences(expectation, width=size[0], height=size[1], format="GIF") == ()
        assert task_differences(expectation, told_model=told, count=count) == ()


def test_of_an_unknown_model_only_what_was_ordered_in_so_many_words_is_expected() -> None:
    """Its pixels, its format, its number; a ratio may come to anything, and the told model's limits say nothing."""
    order = Order(model="flux-9", size="1000x1000", output_format="jpeg", n=2)
    assert findings_of(order, "1000x1000", format="JPEG", told="gpt-image-1") == []
    assert findings_of(order, "1024x1024", format="PNG", told="gpt-image-1") == ["dimensions", "format"]
    assert findings_of(Order(model="flux-9", size="16:9"), "5x5", told="gpt-image-1") == []
    assert findings_of(Order(model="flux-9"), "5x5", format="WEBP") == []


def test_where_the_order_names_no_model_the_told_one_stands_in() -> None:
    """A ratio then has its pixels."""
    order = Order(size="16:9")
    assert findings_of(order, "1360x768", told="gpt-image-2") == []
    assert findings_of(order, "1024x1024", told="gpt-image-2") == ["dimensions"]
    assert findings_of(order, "1024x1024") == []


def test_a_provider_may_have_defaults_of_its_own() -> None:
    """API in One makes a square where nothing is said, EvoLink's GPT Image 2 what it likes."""
    order = Order(model="gpt-image-2")
    assert findings_of(order, "1360x768", provider="apiinone") == ["dimensions"]
    assert findings_of(order, "1360x768", provider="evolink") == []
    assert findings_of(order, "1360x768", provider="unheard-of") == []
    assert findings_of(Order(model="gpt-image-1-5", n=1), "1024x1024", provider="apiinone") == []


@pytest.mark.parametrize(
    ("ordered", "got", "kinds"),
    [
        ("png", "PNG", []),
        ("PNG", "png", []),
        ("jpeg", "JPEG", []),
        ("jpg", "JPEG", []),
        ("jpeg", "MPO", []),
        ("webp", "WEBP", []),
        ("webp", "PNG", ["format"]),
        ("png", "MPO", ["format"]),
        (None, "PNG", []),
        (None, "JPEG", ["format"]),
    ],
)
def test_the_format_is_held_against_the_order(ordered: str | None, got: str, kinds: list[str]) -> None:
    """GPT Image 2 makes PNG where nothing is said; an MPO is a JPEG."""
    order = Order(model="gpt-image-2", output_format=ordered)
    assert findings_of(order, "1024x1024", format=got) == kinds


@pytest.mark.parametrize("model", ["gpt-image-1", "gpt-image-1.5", "gpt-image-2-beta"])
@pytest.mark.parametrize("got", ["PNG", "JPEG", "WEBP", "MPO"])
def test_where_no_default_format_is_documented_none_is_expected(model: str, got: str) -> None:
    """Of the three that a GPT Image makes."""
    assert findings_of(Order(model=model), "1024x1024", format=got) == []


@pytest.mark.parametrize(
    ("order", "count", "kinds"),
    [
        (Order(model="gpt-image-2", n=4), 4, []),
        (Order(model="gpt-image-2", n=4), 1, ["count"]),
        (Order(model="gpt-image-2", n=1), 2, ["count"]),
        (Order(model="gpt-image-2"), 1, []),
        (Order(model="gpt-image-2"), 2, ["count"]),
        (Order(model="midjourney", n=2), 1, ["count"]),
        (Order(model="midjourney"), 4, []),
        (None, 4, []),
    ],
)
def test_the_number_of_images_is_held_against_the_order(
    order: Order | None, count: int, kinds: list[str]
) -> None:
    """One by default where the model is known."""
    expectation = expect("evolink", order, None)
    assert [finding.kind for finding in task_differences(expectation, told_model=None, count=count)] == kinds


@pytest.mark.parametrize(
    ("ordered", "told", "kinds"),
    [
        ("gpt-image-1.5", "gpt-image-1.5-lite", []),
        ("gpt-image-1-5", "gpt-image-1.5-official", []),
        ("gpt-image-2", "gpt-image-2-beta", []),
        ("gpt-image-2", "gpt-image-1.5", ["model"]),
        ("gpt-image-2", "gemini-3.1-flash-image-preview", ["model"]),
        ("gpt-image-2", "backend-7", []),
        ("gpt-image-2", None, []),
        ("nano-banana-2", "gemini-3.1-flash-image-preview", []),
        (None, "gpt-image-2", []),
    ],
)
def test_the_model_is_held_against_the_order(ordered: str | None, told: str | None, kinds: list[str]) -> None:
    """By family, and only where both are known: nano-banana is told by another name, rightly."""
    expectation = expect("evolink", Order(model=ordered, n=1), told)
    assert [finding.kind for finding in task_differences(expectation, told_model=told, count=1)] == kinds


def test_a_finding_says_what_was_expected_and_what_came() -> None:
    """In the words of the order."""
    found = differences(expect("evolink", of_2(size="21:9"), None), width=1254, height=1254, format="PNG")
    assert found == (
        Finding(kind="dimensions", expected="21:9, about 1568x672", got="1254x1254"),
        Finding(
            kind="impossible_size",
            expected="gpt-image-2: edges in steps of 16 up to 3840, at most 3:1, 655,360 to 8,294,400 pixels",
            got="1254x1254",
        ),
    )


@pytest.mark.parametrize("order", [None, of_2(size="16:9"), of_2(size="1024x1024"), of_2(size="9999x9999")])
def test_an_expectation_can_be_written_and_read(order: Order | None) -> None:
    """It is a record like the others."""
    expectation = expect("evolink", order, "gpt-image-2")
    assert Expectation.from_json(expectation.to_json()) == expectation


def test_where_nobody_tells_what_a_ratio_comes_to_only_the_ratio_is_held() -> None:
    """Pixels that were ordered, and the sizes of a family that makes no others, are held as everywhere."""
    order = Order(model="openai/gpt-image-2/text-to-image", size="16:9", resolution="1k")
    expectation = expect("wavespeed", order, None)
    assert (expectation.ratio, expectation.about) == ((16, 9), None)
    exact = Order(model="openai/gpt-image-1.5/text-to-image", size="1024*1536")
    assert expect("wavespeed", exact, None).exact == Pixels(1024, 1536)
    assert expect("evolink", order, None).about == Pixels(1360, 768)
