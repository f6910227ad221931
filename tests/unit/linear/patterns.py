"""Every pattern of the house, and texts that are hard for it: made from the pattern itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

HOUSE = ("archive", "console", "egress", "infra", "providers", "receiver", "runtime", "workers")
# The standard library's own reading of a pattern; no public module tells it.
_parser: Any = import_module("re._parser")
_constants: Any = import_module("re._constants")

# What may stand for a set of characters; the first that fits, begun at another place for each variant.
_CANDIDATES = 'aA0/:.-_= \n?#@h~%*\\"<xé\x00'
_LONGEST_PREFIX = 16
_NO_MATCH = "\x00"
VARIANTS = 4


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that a module of the house holds, by where it stands."""
    found: dict[str, re.Pattern[Any]] = {}
    for package in HOUSE:
        for module in walk_packages([package], f"{package}."):
            loaded = import_module(module.name)
            for name, value in vars(loaded).items():
                for place, pattern in enumerate(_within(value, module.name)):
                    found.setdefault(f"{module.name}:{name}:{place}", pattern)
    # The same pattern under two names is one.
    return {name: pattern for pattern, name in {pattern: name for name, pattern in found.items()}.items()}


def hard_texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginnings, what is repeated behind them, and ends: of all that a pattern may match, what begins like it.

    A pattern is slow where it runs over the same text again and again: because it begins anew within what it
    has just run over (its beginning repeated), or because two of its repeats share a run (the run, and no end).
    """
    known = set()
    for variant in range(VARIANTS):
        match = _match_of(_parser.parse(pattern.pattern, pattern.flags), variant)
        for length in range(1, min(len(match), _LONGEST_PREFIX) + 1):
            head, last = match[: length - 1], match[length - 1]
            known |= {("", head + last, _NO_MATCH), (head, last, _NO_MATCH), (head, last + match[0], "")}
        known.add((match, match[-1:] or "a", _NO_MATCH))
    yield from sorted(known)


def _within(value: object, module: str) -> Iterator[re.Pattern[Any]]:
    """The patterns that a name of a module stands for."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        yield from (one for one in value if isinstance(one, re.Pattern))
    elif isinstance(value, dict):
        yield from (one for pair in value.items() for one in pair if isinstance(one, re.Pattern))
    elif isinstance(value, type) and value.__module__ == module:
        yield from (one for one in vars(value).values() if isinstance(one, re.Pattern))


def _match_of(tree: Iterable[tuple[Any, Any]], variant: int) -> str:
    """A text that a pattern matches, or nearly; another for each variant."""
    return "".join(_piece(code, told, variant) for code, told in tree)


def _piece(code: Any, told: Any, variant: int) -> str:
    try:
        return _PIECES[str(code)](told, variant)
    except KeyError:
        raise NotImplementedError(f"teach the test what {code} matches") from None


def _repeated(told: Any, variant: int) -> str:
    """As often as it must stand; what may be left out stands in every other variant, so that its neighbours meet."""
    least, most, inner = told
    times = max(int(least), 1 if most > 1 or variant % 2 == 0 else 0)
    return _match_of(inner, variant) * times


def _before(told: Any, variant: int) -> str:
    """What an assertion demands before a match; what one demands behind it is left out."""
    direction, inner = told
    return _match_of(inner, variant) if direction < 0 else ""


def _nothing(_told: Any, _variant: int) -> str:
    return ""


def _one_of(members: list[tuple[Any, Any]], variant: int) -> str:
    """A character of a set, or the set's first where no candidate is one."""
    negated = str(members[0][0]) == "NEGATE"
    inside = members[1:] if negated else members
    turned = _CANDIDATES[variant:] + _CANDIDATES[:variant]
    for candidate in turned:
        if any(_is_member(candidate, code, told) for code, told in inside) != negated:
            return candidate
    code, told = inside[0]
    return chr(told if str(code) == "LITERAL" else told[0])


def _is_member(character: str, code: Any, told: Any) -> bool:
    match str(code):
        case "LITERAL":
            return character == chr(told)
        case "RANGE":
            return ord(character) in range(told[0], told[1] + 1)
        case _:
            kind = str(told).removeprefix("CATEGORY_").removeprefix("NOT_")
            within = {"SPACE": str.isspace, "DIGIT": str.isdigit, "WORD": _is_of_a_word}[kind](character)
            return within != ("NOT_" in str(told))


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_PIECES: dict[str, Callable[[Any, int], str]] = {
    "LITERAL": lambda told, _: chr(told),
    "NOT_LITERAL": lambda told, variant: _one_of(
        [(_constants.NEGATE, None), (_constants.LITERAL, told)], variant
    ),
    "ANY": lambda _, variant: _CANDIDATES[variant],
    "IN": _one_of,
    "BRANCH": lambda told, variant: _match_of(told[1][variant % len(told[1])], variant),
    "SUBPATTERN": lambda told, variant: _match_of(told[-1], variant),
    "ATOMIC_GROUP": _match_of,
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "POSSESSIVE_REPEAT": _repeated,
    "ASSERT": _before,
    "ASSERT_NOT": _nothing,
    "AT": _nothing,
}
