"""The JSON object in a body that somebody sent, or why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from archive.errors import Unreadable
from archive.reasons import Reason

# The deepest body in the documents has five levels. What is read here is written again as part of our
# own records, at another depth of the stack: the limit keeps that far from Python's recursion limit.
DEEPEST = 64

# A whole surrogate pair, a lone surrogate, or any other escape, so that `\\ud800` is not taken for one.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.",
    re.DOTALL,
)
_LONE = len(r"\ud800")


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 are read. Of a key that stands twice the
    last counts. Half a surrogate pair (a message that was cut inside an emoji) becomes U+FFFD.

    Raises:
        Unreadable: `not_json` (also where it is nested too deep), `not_an_object`.
    """
    try:
        value = read_json(body.decode(json.detect_encoding(body)))
    except UnicodeDecodeError as error:
        raise Unreadable(Reason.NOT_JSON, f"the body is no text: {error.reason}") from error
    if not isinstance(value, dict):
        raise Unreadable(Reason.NOT_AN_OBJECT, f"the body is {json_kind(value)}")
    return value


def read_json(text: str) -> Any:  # JSON is of any type
    """The value that a text of JSON is.

    Raises:
        Unreadable: `not_json`.
    """
    try:
        value = msgspec.json.decode(_ESCAPE.sub(_whole_or_mark, text))
    except (ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors
        raise Unreadable(Reason.NOT_JSON, str(error)) from error
    if _is_deeper_than(DEEPEST, value):
        raise Unreadable(Reason.NOT_JSON, f"nested deeper than {DEEPEST} levels")
    return value


def json_kind(value: object) -> str:
    """What JSON calls a value, with its article: for the detail of a refusal."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _whole_or_mark(escape: re.Match[str]) -> str:
    return r"\ufffd" if len(escape[0]) == _LONE else escape[0]


def _is_deeper_than(levels: int, value: object) -> bool:
    """Whether containers are nested in more than so many levels; counted level by level, without recursion."""
    level = _containers([value])
    for _ in range(levels):
        level = _containers(child for parent in level for child in _children(parent))
        if not level:
            return False
    return True


def _containers(values: Iterable[object]) -> list[list[Any] | dict[str, Any]]:
    return [value for value in values if isinstance(value, list | dict)]


def _children(container: list[Any] | dict[str, Any]) -> Iterable[Any]:
    return container if isinstance(container, list) else container.values()
