"""What was ordered, and the fields that both providers' requests share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.simulator.refusal import bad_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulator.faults import Switches

FORMATS = ("png", "jpeg", "webp")
# https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation
MOST_IMAGES = 10
LONGEST_URL_CHARS = 2048
LONGEST_MODEL_CHARS = 100  # ours: it comes back in every body


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """An order of `count` images of `width` x `height` pixels as png, jpeg or webp."""

    model: str
    quality: str
    width: int
    height: int
    image_format: str
    count: int
    callback_url: str | None
    switches: Switches
    secret: str | None = None  # what the callback is to be signed with, where a request says that


def text(body: Mapping[str, object], name: str, default: str | None = None) -> str:
    """Read a text field; without a default it must be there; raises `RefusalError`."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value.strip():
        raise bad_field(name, f"a text, not {value!r:.40}")
    return value


def model(body: Mapping[str, object]) -> str:
    """Read the model: any name, for providers have many aliases."""
    name = text(body, "model")
    if len(name) > LONGEST_MODEL_CHARS:
        raise bad_field("model", f"at most {LONGEST_MODEL_CHARS} characters")
    return name


def image_format(body: Mapping[str, object]) -> str:
    """Read `output_format`: png (the default), jpeg (also called jpg) or webp."""
    name = text(body, "output_format", "png").lower()
    name = "jpeg" if name == "jpg" else name
    if name not in FORMATS:
        raise bad_field("output_format", f"one of {', '.join(FORMATS)}, not {name!r:.40}")
    return name


def count(body: Mapping[str, object], name: str = "n") -> int:
    """Read the number of images: 1 (the default) to 10."""
    value = body.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_IMAGES:
        raise bad_field(name, f"a whole number from 1 to {MOST_IMAGES}, not {value!r:.40}")
    return value


def callback_url(body: Mapping[str, object], name: str = "callback_url") -> str | None:
    """Read the callback URL: http or https with a host.

    The real one takes only https and public hosts; this one is there to call 127.0.0.1.
    """
    if body.get(name) is None:
        return None
    url = text(body, name)
    if len(url) > LONGEST_URL_CHARS:
        raise bad_field(name, f"at most {LONGEST_URL_CHARS} characters")
    try:
        parts = urlsplit(url)
        reachable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        reachable = False
    if not reachable:
        raise bad_field(name, "an http or https address with a host")
    return url
