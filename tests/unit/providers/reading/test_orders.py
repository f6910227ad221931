"""What each provider's request says, in our words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.order import Order
from providers.registry import PROVIDERS

EVOLINK = PROVIDERS["evolink"]
APIINONE = PROVIDERS["apiinone"]


def order_of(provider: str, **said: object) -> Order:
    """The order in a request."""
    return PROVIDERS[provider].read_order(msgspec.json.encode(said))


def test_a_whole_evolink_request_reads_as_an_order() -> None:
    """Every field that the documents name, and the ticket in the callback URL in none of them."""
    order = order_of(
        "evolink",
        model="gpt-image-2",
        prompt="a quiet harbour",
        size="16:9",
        resolution="2K",
        quality="high",
        n=4,
        output_format="webp",
        background="opaque",
        image_urls=["https://example.com/a.png?sig=secret", "https://example.com/b.png#x"],
        mask_url="https://user:word@example.com:8443/mask.png?sig=secret",
        callback_url="https://fixative.example/callbacks/evolink/secret-ticket",
    )
    assert order == Order(
        model="gpt-image-2", prompt="a quiet harbour", size="16:9", resolution="2K", quality="high", n=4,
        output_format="webp", background="opaque",
        references=("example.com/a.png", "example.com/b.png"), mask="example.com:8443/mask.png",
    )  # fmt: skip
    assert b"secret" not in order.to_json()


def test_a_whole_apiinone_request_reads_as_an_order() -> None:
    """Its ratio is our size, its inputs are our references, and it makes one image."""
    order = order_of(
        "apiinone",
        model="gpt-image-1-5",
        prompt="a quiet harbour",
        aspect_ratio="2:3",
        quality="medium",
        input_urls=["https://example.com/a.png?sig=secret"],
        callback_url="https://fixative.example/callbacks/apiinone/secret-ticket",
    )
    assert order == Order(
        model="gpt-image-1-5", prompt="a quiet harbour", size="2:3", quality="medium", n=1,
        references=("example.com/a.png",),
    )  # fmt: skip


def test_whole_requests_of_those_that_sign_read_as_orders() -> None:
    """Sizes in their own ways, links of what was sent, and neither base64 nor secrets."""
    sent = "https://example.com/a.png?sig=secret"
    inputs = {"prompt": "p", "width": 512, "height": 768, "num_outputs": 2, "image": [sent], "seed": 7}
    assert order_of("replicate", version="owner/name:0123", input=inputs, webhook="secret") == Order(
        model="owner/name", prompt="p", size="512x768", n=2, references=("example.com/a.png",)
    )
    said = {
        "model": "fal-ai/flux/dev",
        "prompt": "p",
        "num_images": 4,
        "output_format": "png",
        "image_url": sent,
    }
    assert order_of("fal", **said, image_size={"width": 640, "height": 480}) == Order(
        model="fal-ai/flux/dev", prompt="p", size="640x480", n=4, output_format="png",
        references=("example.com/a.png",),
    )  # fmt: skip
    assert order_of("fal", **said, image_size="square_hd").size == "square_hd"
    edited = {"input_image": "aGVsbG8=", "input_image_2": sent, "webhook_secret": "secret"}
    order = order_of("bfl", model="flux-2-pro", prompt="p", width=512, height=512, **edited)
    assert order == Order(
        model="flux-2-pro", prompt="p", size="512x512", references=("example.com/a.png",)
    )  # fmt: skip


def test_whole_requests_of_kie_read_as_orders_and_those_of_its_older_families() -> None:
    """Its ticket in neither, and of a model's own words only those of the documents."""
    inputs = {
        "prompt": "p", "aspect_ratio": "3:2", "resolution": "2K", "output_format": "png", "num_images": "2",
        "image_input": ["https://example.com/a.png?sig=secret"], "quality": "high",
    }  # fmt: skip
    order = order_of(
        "kie", model="nano-banana-pro", input=inputs, callBackUrl="https://h/callbacks/kie/secret"
    )
    assert order == Order(
        model="nano-banana-pro", prompt="p", size="3:2", resolution="2K", output_format="png", quality="high",
        references=("example.com/a.png",),
    )  # fmt: skip
    assert order_of("kie", input={"image_size": {"width": 512, "height": 768}}).size == "512x768"
    assert order_of(
        "kie", prompt="p", size="1:1", nVariants=4, filesUrl=["https://example.com/a.png"],
        maskUrl="https://example.com/m.png?sig=secret", callBackUrl="secret",
    ) == Order(prompt="p", size="1:1", n=4, references=("example.com/a.png",), mask="example.com/m.png")  # fmt: skip
    wrongs: list[dict[str, object]] = [
        {"input": []}, {"input": "a"}, {"input": {"image_size": {"width": "1"}}}, {"model": 7},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(Unreadable, match="the request"):
            order_of("kie", **wrong)


def test_openais_response_is_ordered_by_its_tool_and_a_line_of_a_batch_by_itself() -> None:
    """The text and the images of an input stand in parts of messages."""
    parts = [
        {"type": "input_text", "text": "Paint it"},
        {"type": "input_image", "image_url": "https://example.com/a.png?sig=1"},
    ]
    tool = {
        "type": "image_generation", "model": "gpt-image-2", "size": "1536x1024", "quality": "high",
        "background": "opaque", "input_image_mask": {"image_url": "data:image/png;base64,AAAA"},
    }  # fmt: skip
    told = order_of(
        "openai", model="gpt-5.2", input=["red", {"role": "user", "content": parts}], tools=[tool]
    )
    assert told == Order(
        model="gpt-image-2", size="1536x1024", quality="high", background="opaque", prompt="red\nPaint it",
        references=("example.com/a.png",), mask="data:image/png;base64",
    )  # fmt: skip
    line = order_of("openai", model="gpt-image-2", prompt="p", n=2, size="1024x1024", output_format="webp")
    assert line == Order(model="gpt-image-2", prompt="p", n=2, size="1024x1024", output_format="webp")
    assert Order(prompt="p") == order_of("openai", model="gpt-5.2", input="p")


def test_a_whole_request_of_wavespeed_reads_as_an_order() -> None:
    """Pixels go before a ratio, and stand with a star between."""
    said = {
        "model": "openai/gpt-image-2.5-flare/text-to-image", "prompt": "p", "aspect_ratio": "16:9", "resolution": "2k",
        "quality": "high", "output_format": "png", "num_images": 2, "images": ["https://example.com/a.png?sig=secret"],
        "mask_image": "https://example.com/m.png?sig=secret", "seed": 7, "enable_base64_output": False,
    }  # fmt: skip
    order = order_of("wavespeed", **said)
    assert order == Order(
        model="openai/gpt-image-2.5-flare/text-to-image", prompt="p", size="16:9", resolution="2k", quality="high",
        output_format="png", n=2, references=("example.com/a.png",), mask="example.com/m.png",
    )  # fmt: skip
    assert order_of("wavespeed", **said, size="1024*1536").size == "1024*1536"


@pytest.mark.parametrize("provider", [EVOLINK.name, APIINONE.name])
def test_what_a_request_does_not_say_is_none(provider: str) -> None:
    """Null and the empty string say nothing either; defaults are no affair of the reader."""
    order = order_of(provider, model="gpt-image-2", prompt=None, quality="", image_urls=None, mask_url="")
    assert order == Order(model="gpt-image-2", n=1 if provider == "apiinone" else None)


# OpenAI's `model` writes; its images are of the model that the tool names.
UNREAD = {"openai": {"model"}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_word_of_a_sample_request_is_read_and_checked(provider: str) -> None:
    """In whatever key it stands: left out, null and empty say the same, and what is no text is refused."""
    request = PROVIDERS[provider].samples.request
    for key in request.keys() - UNREAD.get(provider, set()):
        without = {other: said for other, said in request.items() if other != key}
        left_out = order_of(provider, **without)
        assert left_out != order_of(provider, **request)
        assert [left_out, left_out] == [order_of(provider, **without, **{key: said}) for said in (None, "")]
        with pytest.raises(Unreadable) as refusal:
            order_of(provider, **without, **{key: {}})
        assert refusal.value.reason == Reason.BAD_ORDER


@pytest.mark.parametrize("provider", [EVOLINK.name, APIINONE.name])
@pytest.mark.parametrize("wrong", [{"model": 2}, {"prompt": ["a"]}, {"quality": {}}, {"model": "x" * 65}])
def test_a_field_of_the_wrong_type_is_refused(provider: str, wrong: dict[str, object]) -> None:
    """The refusal names the field."""
    with pytest.raises(Unreadable, match=next(iter(wrong))) as refusal:
        order_of(provider, **wrong)
    assert refusal.value.reason == Reason.BAD_ORDER


@pytest.mark.parametrize("n", [0, -1, 101, "4", 1.5, True, [1]])
def test_an_impossible_number_of_images_is_refused(n: object) -> None:
    """From 1 to 100, as a number."""
    with pytest.raises(Unreadable):
        order_of("evolink", n=n)


@pytest.mark.parametrize("wrong", [[7], [None], 7, {"url": "https://example.com"}])
def test_references_that_are_no_strings_are_refused(wrong: object) -> None:
    """Nothing of the order is dropped silently."""
    with pytest.raises(Unreadable, match="image_urls"):
        order_of("evolink", image_urls=wrong)


def test_a_single_reference_without_its_array_is_one_reference() -> None:
    """Some clients send the bare string."""
    assert order_of("evolink", image_urls="https://example.com/a.png").references == ("example.com/a.png",)


def test_of_a_data_url_only_the_head_is_recorded() -> None:
    """The rest is the customer's image."""
    order = order_of("evolink", image_urls=["data:image/png;base64,iVBORw0KGgo"], mask_url="DATA:,x")
    assert (order.references, order.mask) == (("data:image/png;base64",), "DATA:")


# Hypothesis tries the words of this very file, too.
@given(url=st.text().filter(lambda url: "secret" not in url))
def test_no_reference_keeps_a_query(url: str) -> None:
    """Whatever the text before the question mark is."""
    (place,) = order_of("evolink", image_urls=[f"https://example.com/{url}?sig=secret"]).references
    assert "secret" not in place


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("body", "reason"), [(b"", Reason.NOT_JSON), (b"[]", Reason.NOT_AN_OBJECT)])
def test_a_request_that_is_no_object_is_refused(provider: str, body: bytes, reason: Reason) -> None:
    """In the words of a delivery."""
    with pytest.raises(Unreadable) as refusal:
        PROVIDERS[provider].read_order(body)
    assert refusal.value.reason == reason
