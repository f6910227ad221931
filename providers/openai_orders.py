"""What a request to OpenAI asks for: a response with the tool for images, or a line of a batch. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.order import Order
from providers.reading.body import json_kind, read_object, unwrapped_object
from providers.reading.orders import order_in

IMAGE_TOOL = "image_generation"
_UNSAID = (None, "")


def read_order(request: bytes) -> Order:
    """What a request asks for: a response with the tool for images, or a line of a batch.

    A response's `model` writes; that of its images is the tool's, where it names one.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    told = read_object(request)
    for key, kinds in (("tools", (list,)), ("input", (list, str))):
        if told.get(key) not in _UNSAID and not isinstance(told[key], kinds):
            raise Unreadable(Reason.BAD_ORDER, f"the request: {key} holds {json_kind(told[key])}")
    tools = tools_in(told)
    asked = (
        tools[0]
        if tools
        else {key: value for key, value in told.items() if key != "model" or "prompt" in told}
    )
    parts = list(_parts(told.get("input")))
    words = [text for part in parts if isinstance(text := part.get("text"), str)]
    links = [link for part in parts if isinstance(link := part.get("image_url"), str)]
    mask = unwrapped_object(asked.get("input_image_mask"))
    said = {
        **{
            word: asked.get(word) for word in ("model", "size", "quality", "output_format", "background", "n")
        },
        "prompt": told.get("prompt") if not words else "\n".join(words),
        "references": links,
        "mask": mask.told.get("image_url") if mask is not None else None,
    }
    fields = ("model", "size", "quality", "output_format", "background", "n", "prompt")
    return order_in(said, {field: field for field in fields}, references="references", mask="mask")


def tools_in(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tool for images, in a request or in the response to it."""
    tools = listed(told.get("tools"))
    return [tool for tool in tools if isinstance(tool, dict) and tool.get("type") == IMAGE_TOOL]


def listed(value: object) -> list[Any]:
    """A list, or what stands in the place of one alone."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _parts(value: object) -> Iterator[dict[str, Any]]:
    """The parts of an input: a text, or messages whose content is a text or parts."""
    for message in listed(value):
        content = message.get("content") if isinstance(message, dict) else message
        for part in listed(content):
            if isinstance(part, str):
                yield {"text": part}
            elif isinstance(part, dict):
                yield part
