"""A data: URI where a link may stand, in the words of each provider whose callbacks tell links."""

from __future__ import annotations

import json

import pytest

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.inline import inline_name
from providers.registry import PROVIDERS
from providers.sample import Sample
from tests.fakes.words import NOW

PNG = "data:image/png;base64," + "iVBORw0KGgo" * 5_000
JPEG = "DATA:image/jpeg,%ff%d8"
LINK = "https://files.example/a.png"


def body_of(name: str, *links: str) -> bytes:
    samples = PROVIDERS[name].samples
    return json.dumps(
        samples.body(Sample(samples.task_id(NOW, "abcdefgh"), "completed", links, NOW))
    ).encode()


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_name_stands_in_its_place_and_its_text_beside(name: str) -> None:
    links = (PNG,) if name == "bfl" else (PNG, LINK, JPEG)
    told, images = PROVIDERS[name].read_whole(body_of(name, *links))

    names = {link: inline_name(link) for link in links if link != LINK}
    assert tuple(names.get(link, link) for link in links) == told.sources
    assert {name: link for link, name in names.items()} == images
    assert told == PROVIDERS[name].read(body_of(name, *links))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_link_is_what_it_was(name: str) -> None:
    told, images = PROVIDERS[name].read_whole(body_of(name, LINK))
    assert ((LINK,), {}) == (told.sources, images)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("kind", ["video/mp4", "audio/mpeg"])
def test_what_says_that_it_is_no_image_is_none(name: str, kind: str) -> None:
    body = json.loads(body_of(name, f"data:{kind};base64,AAAA"))
    if name == "fal":
        body["payload"]["images"][0]["content_type"] = kind
    with pytest.raises(Unreadable) as refused:
        PROVIDERS[name].read(json.dumps(body).encode())
    # The first says what kind of task it is: an image task without an image.
    assert refused.value.reason in {Reason.NOT_AN_IMAGE_TASK, Reason.NO_SOURCES}
