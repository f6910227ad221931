"""What a provider's remarks come to: the seeds of a task's images, and whether it calls one of them unsafe.

`remarks` are kept as they were told, by the path at which they stood (`providers/reading/remarks.py`). What is no seed
there is a flag: a truth value, a word for one, or how likely it is, from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from archive.records.bounds import ELLIPSIS, Text, cut

SEED_MAX_BYTES = 64
Seed = Annotated[str, Text(SEED_MAX_BYTES)]

_SEEDS = frozenset({"seed", "seeds"})
# Words by which a flag says that nothing is wrong.
_SAFE = frozenset({"", "0", "false", "no", "none", "null", "ok", "pass", "passed", "safe"})
# From here on a likelihood counts.
_LIKELY = 0.5


def seeds_in(remarks: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The seeds as text, in the order in which they were told, each once."""
    told = (value for value, is_seed in _told(remarks) if is_seed and not isinstance(value, bool))
    return tuple(dict.fromkeys(cut(str(value), SEED_MAX_BYTES) for value in told))


def unsafe_in(remarks: Mapping[str, Any] | None) -> bool | None:
    """Whether the provider flagged an image as unsafe; None where it said nothing of that."""
    flags = [_is_raised(value) for value, is_seed in _told(remarks) if not is_seed]
    return any(flags) if flags else None


def _told(remarks: Mapping[str, Any] | None) -> Iterator[tuple[object, bool]]:
    """Each value that was told, and whether it is a seed."""
    for path, value in (remarks or {}).items():
        if path != ELLIPSIS:
            is_seed = path.rsplit(".", 1)[-1].lower() in _SEEDS
            values = value if isinstance(value, list) else [value]
            yield from ((each, is_seed) for each in values if isinstance(each, int | float | str))


def _is_raised(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _SAFE
    return isinstance(value, int | float) and value >= _LIKELY
