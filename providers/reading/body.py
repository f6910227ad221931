"""The object in a body that somebody sent, or why there is none.

What is wrong and leaves no doubt is forgiven, and said (`BodyRead.forgave`); what could mean two things is refused. Below
that, `json_text.py` forgives what is wrong with the JSON, `content_coding.py` with its compression.

    utf8             bytes that are no UTF-8 (a text that was cut within a character) are U+FFFD
    charset          UTF-16 or UTF-32, with or without a byte order mark
    trailing_bytes   NULs and white space that JSON does not know, before or behind
    form             a field of a form holds the JSON
    encoded_twice    a string holds the JSON
    array_of_one     an array holds the object, and nothing else (the same one several times included)
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven
from providers.reading.form import json_in_form
from providers.reading.json_text import read_json

# An array around a string around an array: nobody was seen to wrap a body more than twice.
WRAPPERS_MOST = 4

_BYTE_ORDER_MARK = "\ufeff"
_JSON_SPACE = " \t\r\n"
# What senders were seen to leave around JSON besides: ends of C strings and of DOS files, other spaces, marks.
_NO_PART = f"{_JSON_SPACE}\0\v\f\x1a\x85\xa0\u200b\u2028\u2029{_BYTE_ORDER_MARK}"


class BodyRead(NamedTuple):
    """The object that a body is, and what was forgiven."""

    told: dict[str, Any]
    forgave: tuple[Forgiven, ...]


def read_body(body: bytes) -> BodyRead:
    """The JSON object that a body is.

    Raises:
        Unreadable: `not_json`, `not_an_object`, or `ambiguous`, where a form holds several.
    """
    text, forgave = _text_in(body)
    inner = json_in_form(text)
    if inner is not None:
        text, forgave = inner, {*forgave, "form"}
    value, more = read_json(text)
    unwrapped = unwrapped_object(value)
    if unwrapped is None:
        raise Unreadable(Reason.NOT_AN_OBJECT, f"the body is {json_kind(value)}")
    return BodyRead(unwrapped.told, tuple(sorted({*forgave, *more, *unwrapped.forgave})))


def read_object(body: bytes) -> dict[str, Any]:
    """The same without what was forgiven."""
    return read_body(body).told


def unwrapped_object(value: object) -> BodyRead | None:
    """The object that a value is, or that a string or an array of one element is wrapped around; else None."""
    forgave: set[Forgiven] = set()
    for _ in range(WRAPPERS_MOST):
        match value:
            case dict():
                return BodyRead(value, tuple(sorted(forgave)))
            case [first, *others] if all(other == first for other in others):
                value = first
                forgave.add("array_of_one")
            case str() if value.strip(_NO_PART)[:1] in {"{", "[", '"'}:
                try:
                    value, more = read_json(value.strip(_NO_PART))
                except Unreadable:
                    return None
                forgave |= {"encoded_twice", *more}
            case _:
                return None
    return BodyRead(value, tuple(sorted(forgave))) if isinstance(value, dict) else None


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
            return f"an array of {len(value)}"
        case _:
            return "an object"


def _text_in(body: bytes) -> tuple[str, set[Forgiven]]:
    """The text that a body is, bare of what is no part of it."""
    forgave: set[Forgiven] = set()
    bare_bytes = body.lstrip(b"\0")
    if bare_bytes[1:2] != b"\0":  # UTF-16 and UTF-32 may begin with NULs of their own, and go on with them
        forgave |= {"trailing_bytes"} if bare_bytes != body else set()
        body = bare_bytes
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        forgave.add("charset")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = body.decode(encoding, "replace")
        forgave.add("utf8")
    text = text.removeprefix(_BYTE_ORDER_MARK).strip(_JSON_SPACE)
    bare = text.strip(_NO_PART)
    return bare, forgave | ({"trailing_bytes"} if bare != text else set())
