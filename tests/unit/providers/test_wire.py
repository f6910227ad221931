"""Where and how a request is submitted: the callback URL, the model and the secret in their places."""

from __future__ import annotations

import json

import msgspec
import pytest

from providers.registry import PROVIDERS

URL = "https://h.example/callbacks/x/T?a=b"


def submission(name: str, secret: str = "", **request: object) -> tuple[str, object]:
    raw = {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in request.items()}
    address, body = PROVIDERS[name].wire.submission(raw, URL, secret)
    return address, json.loads(body)


def test_each_provider_has_the_callback_url_where_it_wants_it() -> None:
    assert submission("evolink", model="m") == ("/v1/images/generations", {"model": "m", "callback_url": URL})
    assert submission("replicate", version="v") == ("/v1/predictions", {"version": "v", "webhook": URL})
    assert submission("kie", "ignored", model="m", input={"prompt": "p"}) == (
        "/api/v1/jobs/createTask", {"model": "m", "input": {"prompt": "p"}, "callBackUrl": URL},
    )  # fmt: skip
    assert submission("wavespeed", "ignored", model="openai/gpt-image-2.5-flare/text-to-image", prompt="p") == (
        "/api/v3/openai/gpt-image-2.5-flare/text-to-image?webhook=https%3A%2F%2Fh.example%2Fcallbacks%2Fx%2FT%3Fa%3Db",
        {"prompt": "p"},
    )  # fmt: skip
    assert submission("bfl", "s3cret", model="flux-2-pro", prompt="p") == (
        "/v1/flux-2-pro", {"prompt": "p", "webhook_url": URL, "webhook_secret": "s3cret"},
    )  # fmt: skip
    assert submission("fal", "ignored", model="fal-ai/flux/dev", prompt="p") == (
        "/fal-ai/flux/dev?fal_webhook=https%3A%2F%2Fh.example%2Fcallbacks%2Fx%2FT%3Fa%3Db", {"prompt": "p"},
    )  # fmt: skip


@pytest.mark.parametrize("model", [None, "", 7, "../x", "a//b", "a/../b", "a?b", "/a", "a/", "a b"])
def test_an_address_is_made_of_no_other_model_than_words_and_slashes(model: object) -> None:
    with pytest.raises(ValueError, match="`model`"):
        submission("fal", model=model, prompt="p")
