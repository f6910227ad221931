r"""The value that a text of JSON is; what senders get wrong is forgiven where it leaves no doubt.

{"a": NaN}, Infinity, 1e999, undefined     null: JSON has no word for it, and nobody needs it
{"a": "two<line break>lines"}              a control character that should be escaped stands for itself
{"a": "no \ud83d"}                         half a surrogate pair (a message cut inside an emoji) is U+FFFD
{"a": 1, "a": 2}                           the last counts, and `Doubled` says so: for what matters it is refused
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven

# The deepest body in the documents has five levels. What is read here is written again as part of our
# own records, at another depth of the stack: the limit keeps that far from Python's recursion limit.
DEEPEST = 64
# Python's own bound, which holds when a number is written again as well.
# https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation
INTEGER_MAX_DIGITS = 4_300

# A whole surrogate pair, a lone surrogate, or any other escape, so that `\\ud800` is not taken for one.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.",
    re.DOTALL,
)
_LONE = len(r"\ud800")
# A string, which is passed over, or a word that no number is.
_STRING_OR_WORD = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?|(?<![\w.])-?(?:nan|inf|infinity|undefined)(?![\w.])', re.IGNORECASE | re.DOTALL
)


class JSONText(NamedTuple):
    """What a text says, and what was forgiven."""

    value: Any  # JSON is of any type
    forgave: tuple[Forgiven, ...]


class Doubled(dict[str, Any]):
    """An object of which keys stand twice with different values; of each the last is held."""

    def __init__(self, told: dict[str, Any], differing: frozenset[str]) -> None:
        super().__init__(told)
        self.differing = differing

    def without(self, keys: Iterable[str]) -> Doubled:
        """The same without some of its keys."""
        gone = frozenset(keys)
        return Doubled({key: self[key] for key in self if key not in gone}, self.differing - gone)


def without(told: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """An object without some of its keys; that others stand twice is still known."""
    if isinstance(told, Doubled):
        return told.without(keys)
    return {key: value for key, value in told.items() if key not in set(keys)}


def read_json(text: str) -> JSONText:
    """The value that a text of JSON is.

    Raises:
        Unreadable: `not_json`, also where it is nested too deep.
    """
    forgave: set[Forgiven] = set()
    whole = _ESCAPE.sub(_whole_or_mark, text)
    if whole != text:
        forgave.add("surrogate")
    value = _value_of(whole, forgave)
    if _is_deeper_than(DEEPEST, value):
        raise Unreadable(Reason.NOT_JSON, f"nested deeper than {DEEPEST} levels")
    return JSONText(value, tuple(sorted(forgave)))


def _value_of(text: str, forgave: set[Forgiven]) -> Any:  # JSON is of any type
    """The value, read as JSON demands it first, and then with ever more forgiven. Raises Unreadable."""
    try:
        return _decoded(text, forgave, strict=True)
    except RecursionError as error:
        raise Unreadable(Reason.NOT_JSON, str(error)) from error
    except ValueError:
        worded = _STRING_OR_WORD.sub(_string_or_null, text)
    if worded != text:
        forgave.add("nan")
        with suppress(ValueError):
            return _decoded(worded, forgave, strict=True)
    try:
        value = _decoded(worded, forgave, strict=False)
    except ValueError as error:
        raise Unreadable(Reason.NOT_JSON, str(error)) from error
    forgave.add("control_characters")
    return value


def _decoded(text: str, forgave: set[Forgiven], *, strict: bool) -> Any:  # JSON is of any type
    """The value; a number that cannot be kept is null. Raises ValueError, or RecursionError."""

    def fraction(digits: str) -> float | None:
        number = float(digits)
        if math.isfinite(number):
            return number
        forgave.add("nan")
        return None

    def integer(digits: str) -> int | None:
        if len(digits) <= INTEGER_MAX_DIGITS:
            return int(digits)
        forgave.add("nan")
        return None

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        told = dict(pairs)
        if len(told) == len(pairs):
            return told
        differing = frozenset(key for key, value in pairs if value != told[key])
        if not differing:
            return told
        forgave.add("doubled_key")
        return Doubled(told, differing)

    return json.loads(
        text,
        strict=strict,
        parse_float=fraction,
        parse_int=integer,
        parse_constant=_no_json,
        object_pairs_hook=object_of,
    )


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _string_or_null(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else "null"


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
