"""All that a body tells, each value with the pointer to it: what a mapping is learnt from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archive.errors import FixativeError
from providers.generic.pointer import EVERY, STEPS_MOST, Looking, written

# Callbacks have some tens; one of more is a whole account's export.
LEAVES_MOST = 20_000
# What echoes the request, or leads back to us: nothing of a result stands there.
_ECHOES = frozenset({
    "input", "inputs", "param", "params", "parameters", "request", "requestbody", "arguments", "options", "config",
    "webhook", "webhookurl", "callback", "callbackurl", "headers", "usage", "metrics", "logs", "urls",
})  # fmt: skip


class TooMuch(FixativeError):
    """A body that tells more than any callback does."""


class Leaf(NamedTuple):
    """A value that holds no others; items of an array all have the same steps."""

    steps: tuple[str, ...]
    value: Any  # a string, a number, a truth value or null
    echoed: bool

    @property
    def pointer(self) -> str:
        """The pointer to it, and to its likes in the same arrays."""
        return written(self.steps)

    @property
    def key(self) -> str:
        """The last key on the way, plain: lower case, without `_` and `-`."""
        return next((plain(step) for step in reversed(self.steps) if step != EVERY), "")

    @property
    def above(self) -> tuple[str, ...]:
        """The steps to the object that it stands in."""
        return self.steps[:-1]


def leaves_of(told: dict[str, Any]) -> list[Leaf]:
    """The leaves of a body, in its order. Raises TooMuch."""
    look, found = Looking(told), list[Leaf]()
    for leaf in _under(look, told, (), echoed=False):
        found.append(leaf)
        if len(found) > LEAVES_MOST:
            raise TooMuch(f"the body tells more than {LEAVES_MOST:,} values: this is no callback of one task")
    return found


def plain(key: str) -> str:
    """A key without case, `_` and `-`."""
    return key.replace("_", "").replace("-", "").lower()


def _under(look: Looking, value: Any, steps: Sequence[str], *, echoed: bool) -> Iterator[Leaf]:
    inner = look.within(value) if isinstance(value, str) else None
    value = value if inner is None else inner
    if len(steps) < STEPS_MOST and isinstance(value, dict):
        for key, item in value.items():
            # A key `*` cannot be pointed at, and an empty one is nobody's.
            if key not in {EVERY, ""}:
                yield from _under(look, item, (*steps, key), echoed=echoed or plain(key) in _ECHOES)
    elif len(steps) < STEPS_MOST and isinstance(value, list):
        for item in value:
            yield from _under(look, item, (*steps, EVERY), echoed=echoed)
    elif not isinstance(value, dict | list):
        yield Leaf(tuple(steps), value, echoed)
