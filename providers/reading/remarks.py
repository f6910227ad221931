"""What a body remarks on its images besides their links: seeds, and the provider's own word that one is unsafe.

Kept as it was told, under the path at which it stood (`seed`, `result_data.0.seed`, `payload.has_nsfw_concepts`):
what a provider calls unsafe is its own judgement, and an image is not lost for it. What echoes the request (`input`,
`param`) is not read: a seed there is one that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from archive.records.notification import WORD_MAX_BYTES
from archive.redaction import redacted_json

# Lower case, without `_` and `-`.
_TOLD: Final = frozenset({
    "seed", "seeds",
    "nsfw", "isnsfw", "hasnsfw", "hasnsfwconcept", "hasnsfwconcepts", "hasnsfwcontent", "hasnsfwcontents",
    "nsfwcontent", "nsfwcontentdetected", "unsafe", "isunsafe", "flagged", "isflagged", "safetyflagged",
    "sensitive", "issensitive", "moderated", "ismoderated", "contentfiltered",
})  # fmt: skip
# Where the facts of a task's outputs stand.
_WITHIN: Final = frozenset({
    "results", "result", "resultdata", "resultjson", "output", "outputs", "images", "image", "data", "info",
    "response", "payload", "taskinfo",
})  # fmt: skip
_DEEPEST: Final = 4
_MOST: Final = 64  # two of each image that a task may have


def remarks_in(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The remarks of these objects, by their paths, or None. The first of a path holds."""
    found: dict[str, Any] = {}
    for told in objects:
        for path, value in _under(told, "", _DEEPEST):
            if len(found) < _MOST:
                found.setdefault(path, redacted_json(value, WORD_MAX_BYTES))
    return found or None


def _under(told: object, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    match told:
        case dict():
            for key, value in told.items():
                plain = str(key).replace("_", "").replace("-", "").lower()
                if plain in _TOLD and _is_plain(value):
                    yield f"{path}{key}", value
                elif plain in _WITHIN and depth:
                    yield from _under(value, f"{path}{key}.", depth - 1)
        case list() if depth:
            for place, value in enumerate(told[:_MOST]):
                yield from _under(value, f"{path}{place}.", depth - 1)


def _is_plain(value: object) -> bool:
    """A number, a truth value, a text, or a list of these."""
    if isinstance(value, list):
        return (
            bool(value) and len(value) <= _MOST and all(isinstance(each, int | float | str) for each in value)
        )
    return isinstance(value, int | float | str)
