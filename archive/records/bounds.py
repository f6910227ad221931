"""How large the words of others may become in what is kept: each type of text, list and free value has its bound.

A bound stands in the type itself, as `Meta(extra=...)`: one function (`bounded`) cuts a whole record, and a test
adds up from the same types the most that a record can take. So it has a size that nothing passes, by construction.

    Text(n)     at most n bytes as JSON; what is longer is cut and ends in an ellipsis
    Whole(n)    the same, never cut: who takes it in refuses it by name, or its form allows no more
    Free(n)     any JSON of others, at most n bytes and DEEPEST levels; what has no room is left out, and that is said
    Most(n)     a list of at most n

Fields of newer versions (archive/records/unknown.py) are not counted: they are ours, with bounds that this version does
not know.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Meta, inspect, structs

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# Of what a provider says of its costs, this version's deepest has three levels.
DEEPEST = 5
Word = TypeVar("Word", bound=msgspec.Struct)
Rule = Callable[[Any], Any]


def Text(most_bytes: int) -> Meta:  # noqa: N802 - stands in types, like one
    """A text that is cut where it is longer."""
    return Meta(extra={"most_bytes": most_bytes, "cut": True})


def Whole(most_bytes: int) -> Meta:  # noqa: N802 - the same
    """A text that is never cut."""
    return Meta(extra={"most_bytes": most_bytes})


def Free(most_bytes: int) -> Meta:  # noqa: N802 - the same
    """JSON of others."""
    return Meta(extra={"most_bytes": most_bytes, "free": True})


def Most(items: int) -> Meta:  # noqa: N802 - the same
    """A list of at most so many."""
    return Meta(extra={"most": items})


def bounded(word: Word) -> Word:
    """A record with each text and each free value within its bound, at every level."""
    changed = {
        name: new
        for name, rule in _rules(type(word))
        if (old := getattr(word, name)) is not None and (new := rule(old)) is not old
    }
    return structs.replace(word, **changed) if changed else word


def cut(text: str, most_bytes: int) -> str:
    """A text of at most so many bytes as JSON; one that is longer ends in an ellipsis."""
    # A character takes from one byte to six: a control character as \\u0001.
    if len(text) * 6 <= most_bytes or (len(text) <= most_bytes and in_json(text) <= most_bytes):
        return text
    room = most_bytes - in_json(ELLIPSIS)
    fits = bisect.bisect_right(range(room + 1), room, key=lambda length: in_json(text[:length]))
    return text[: fits - 1] + ELLIPSIS


def in_json(text: str) -> int:
    """How many bytes a text takes as JSON, its quotes not counted."""
    return len(msgspec.json.encode(text)) - 2


def free(told: dict[str, Any], most_bytes: int) -> dict[str, Any]:
    """The first entries of an object of others that have room; how many were left out stands under an ellipsis."""
    if _levels(told, DEEPEST) <= DEEPEST and len(msgspec.json.encode(told)) <= most_bytes:
        return told
    kept: dict[str, Any] = {}
    # Room for what is said of the rest.
    room = most_bytes - 80
    for name, value in told.items():
        size = len(msgspec.json.encode({name: value}))
        if name != ELLIPSIS and size <= room and _levels(value, DEEPEST) < DEEPEST:
            kept[name] = value
            room -= size
    return {**kept, ELLIPSIS: f"{len(told) - len(kept)} of {len(told)} left out for their size"}


def _levels(value: object, most: int) -> int:
    """How many containers stand in one another; counted no further than one beyond `most`."""
    level, levels = [value], 0
    while (level := [each for each in level if isinstance(each, list | dict)]) and levels <= most:
        levels += 1
        level = [child for each in level for child in (each.values() if isinstance(each, dict) else each)]
    return levels


@functools.cache
def _rules(kind: type[msgspec.Struct]) -> tuple[tuple[str, Rule], ...]:
    """How the fields of a kind are bounded, those that can grow."""
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    rules = ((field.name, _rule(field.type, {})) for field in shape.fields)
    return tuple((name, rule) for name, rule in rules if rule is not None)


def _rule(shape: inspect.Type, extra: dict[str, Any]) -> Rule | None:
    rule: Rule | None = None
    match shape:
        case inspect.Metadata():
            rule = _rule(shape.type, {**extra, **(shape.extra or {})})
        case inspect.UnionType():
            rule = next((found for each in shape.types if (found := _rule(each, extra)) is not None), None)
        case inspect.StructType():
            rule = bounded
        case inspect.VarTupleType():
            of_item = _rule(shape.item_type, {})
            rule = functools.partial(_each, of_item) if of_item is not None else None
        case inspect.StrType() if extra.get("cut"):
            rule = functools.partial(cut, most_bytes=extra["most_bytes"])
        case inspect.DictType() if extra.get("free"):
            rule = functools.partial(free, most_bytes=extra["most_bytes"])
    return rule


def _each(rule: Rule, items: tuple[Any, ...]) -> tuple[Any, ...]:
    new = tuple(rule(item) for item in items)
    return new if any(one is not other for one, other in zip(new, items, strict=True)) else items
