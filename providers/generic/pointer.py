"""Where in a body a fact stands: a JSON pointer, with `*` for each item of an array or each value of an object. Pure.

    /job/task_id            {"job": {"task_id": "mill-1"}}
    /images/*/url           {"images": [{"url": "https://..."}, {"url": "https://..."}]}
    /data/0/a~1b            an index; `~1` is a slash within a key, `~0` a tilde

https://www.rfc-editor.org/rfc/rfc6901 has all but the `*`. Libraries for it answer one value or raise, read no `*`, and take the
last of two keys that differ. A string that holds JSON is looked into, as gateways send such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archive.errors import Unreadable
from providers.reading.json_text import read_json
from providers.reading.told import refuse_doubled

EVERY = "*"
POINTER_MAX_CHARACTERS = 256
STEPS_MOST = 16
_BAD_TILDE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


class Pointer(NamedTuple):
    """A pointer, and its steps."""

    text: str
    steps: tuple[str, ...]

    @property
    def is_of_many(self) -> bool:
        """Whether it may lead to several values."""
        return EVERY in self.steps


def read_pointer(text: str) -> Pointer:
    """A pointer as somebody wrote it. Raises ValueError, which says what to write instead."""
    if not text.startswith("/") or text == "/":
        raise ValueError(
            f"{text[:40]!r} is no JSON pointer: it begins with a slash, as /task/id or /images/*/url"
        )
    if len(text) > POINTER_MAX_CHARACTERS or text.count("/") > STEPS_MOST:
        raise ValueError(
            f"{text[:40]!r}... is too long: at most {POINTER_MAX_CHARACTERS} characters and {STEPS_MOST} steps"
        )
    if _BAD_TILDE.search(text):
        raise ValueError(f"{text[:40]!r}: a tilde within a key is written ~0, a slash ~1")
    return Pointer(text, tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/")))


def written(steps: Sequence[str]) -> str:
    """The pointer of some steps."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


class Looking:
    """One body that is looked at; each string that holds JSON is decoded once."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._decoded: dict[int, Any] = {}

    def at(self, pointers: Sequence[Pointer]) -> Iterator[Any]:
        """What stands at these places, in their order; null and the empty string are as good as nothing.

        Raises:
            Unreadable: `ambiguous`, where a key on the way stands twice with different values.
        """
        for pointer in pointers:
            yield from (
                each for each in self._under(self._told, pointer.steps) if each is not None and each != ""
            )

    def first(self, pointers: Sequence[Pointer]) -> Any:
        """The first of it, or None. Raises as `at`."""
        return next(self.at(pointers), None)

    def within(self, value: str) -> Any:
        """What a string holds as JSON, an object or an array; None: neither."""
        if value.lstrip()[:1] not in {"{", "["}:
            return None
        if id(value) not in self._decoded:
            try:
                self._decoded[id(value)] = read_json(value).value
            except Unreadable:
                self._decoded[id(value)] = None
        return self._decoded[id(value)]

    def _under(self, value: Any, steps: Sequence[str]) -> Iterator[Any]:
        if not steps:
            yield value
            return
        if isinstance(value, str):
            value = self.within(value)
        step, rest = steps[0], steps[1:]
        if step == EVERY:
            for item in (
                value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
            ):
                yield from self._under(item, rest)
        elif isinstance(value, dict) and step in value:
            refuse_doubled([value], [step])
            yield from self._under(value[step], rest)
        elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            yield from self._under(value[int(step)], rest)


def put(told: dict[str, Any], pointer: Pointer, value: object, place: int = 0) -> None:
    """Let a value stand at a pointer's place, where there is none; `place` is the item that its first `*` means.

    Raises:
        ValueError: if something else stands there, or on the way.
    """
    steps = list(pointer.steps)
    stars = [at for at, step in enumerate(steps) if step == EVERY]
    kinds: list[type] = [list if step == EVERY or _INDEX.fullmatch(step) else dict for step in steps]
    for at in stars:
        steps[at] = str(place if at == stars[0] else 0)
    at_last: Any = told
    for step, kind in zip(steps[:-1], kinds[1:], strict=True):
        at_last = _entered(at_last, step, kind, pointer)
    _set(at_last, steps[-1], value, pointer)


def _entered(holder: Any, step: str, kind: type, pointer: Pointer) -> Any:
    """What stands one step further, made where nothing does."""
    inner = _got(holder, step, pointer)
    if inner is None:
        inner = kind()
        _set(holder, step, inner, pointer)
    return inner


def _got(holder: Any, step: str, pointer: Pointer) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    if not isinstance(holder, list) or not _INDEX.fullmatch(step):
        raise ValueError(f"{pointer.text} leads through a place where another pointer has a value")
    return holder[int(step)] if int(step) < len(holder) else None


def _set(holder: Any, step: str, value: object, pointer: Pointer) -> None:
    if _got(holder, step, pointer) is not None:
        raise ValueError(f"{pointer.text} leads to a place that another pointer has, or leads through")
    if isinstance(holder, list):
        holder.extend([None] * (int(step) + 1 - len(holder)))
        holder[int(step)] = value
    else:
        holder[step] = value
